import { compileGlob, globMatches } from '#iam/glob.ts'
import type { Statement } from '#iam/document.ts'
import type { BlueprintRead } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { nowhere } from './define-adoption.ts'

type ReadsReader = Reader<'aws/iam/Policy' | 'aws/secretsmanager/Secret' | 'aws/ssm/Parameter'>

interface AdoptedReads {
  readonly reads: readonly BlueprintRead[]
  readonly remarks: readonly string[]
}

/** What the policies of a role let it read, where they name it; what a pattern lets it read besides is remarked on, since a blueprint names things. */
export function adoptedReads(world: ReadsReader, cluster: Resource<'aws/eks/Cluster'>, role: Resource<'aws/iam/Role'>): AdoptedReads {
  const reads = new Map<string, BlueprintRead>()
  const remarks = new Set<string>()
  for (const { Effect, Action, Resource: resource } of statementsOf(world, role)) {
    if (Effect !== 'Allow' || Action === undefined || resource === undefined) continue
    for (const [service, action, named] of readers) {
      if (!asList(Action).some(pattern => globMatches(compileGlob(pattern.toLowerCase()), action))) continue
      for (const pattern of asList(resource)) {
        const found = named(world, cluster, pattern)
        if (found === undefined) continue
        if (typeof found === 'string') remarks.add(`its role may use ${action} on ${pattern}, ${found}.`)
        else reads.set(`${service} ${JSON.stringify(found)}`, found)
      }
    }
  }
  return { reads: [...reads.values()], remarks: [...remarks] }
}

const asList = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)

/** The reads that a blueprint names: how a pattern of resources is one of them; a text: why it is not; undefined: it is about something else. */
type Named = (world: ReadsReader, cluster: Resource<'aws/eks/Cluster'>, pattern: string) => BlueprintRead | string | undefined

const readers: readonly (readonly [service: string, action: string, named: Named])[] = [
  ['secretsmanager', 'secretsmanager:getsecretvalue', secretNamed],
  ['s3', 's3:getobject', objectsNamed],
  ['ssm', 'ssm:getparameter', parameterNamed],
]

function secretNamed(world: ReadsReader, cluster: Resource<'aws/eks/Cluster'>, pattern: string): BlueprintRead | string | undefined {
  if (pattern !== '*' && !pattern.includes(':secretsmanager:')) return undefined
  const glob = compileGlob(pattern)
  const matched = world.list('aws/secretsmanager/Secret', cluster.scope).filter(({ body }) => globMatches(glob, body.ARN))
  const [only] = matched
  if (only === undefined) return 'which is no secret of its account and region'
  const isExact = pattern === only.body.ARN || /-(?:\?{6}|\*)$/.test(pattern)
  if (matched.length > 1 || !isExact) return `which is ${matched.length === 1 ? 'one secret' : `${matched.length} secrets`} now`
  return { is: 'secret', name: only.body.Name, where: nowhere }
}

function objectsNamed(_world: ReadsReader, _cluster: Resource<'aws/eks/Cluster'>, pattern: string): BlueprintRead | string | undefined {
  if (pattern !== '*' && !/^arn:[^:]*:s3:::/.test(pattern)) return undefined
  const [, bucket = '', keys = ''] = /^arn:[^:]*:s3:::([^/*?]+)\/(.+)$/.exec(pattern) ?? []
  return bucket === '' ? 'which names no one bucket' : { is: 's3', bucket, keys, where: nowhere }
}

function parameterNamed(world: ReadsReader, cluster: Resource<'aws/eks/Cluster'>, pattern: string): BlueprintRead | string | undefined {
  if (pattern !== '*' && !pattern.includes(':ssm:')) return undefined
  if (/[*?]/.test(pattern)) return 'which is a pattern'
  const parameter = world.list('aws/ssm/Parameter', cluster.scope).find(({ body }) => body.ARN === pattern)
  return parameter === undefined
    ? 'which is no parameter of its account and region'
    : { is: 'parameter', name: (parameter.body.Name ?? '').replace(/^\//, ''), where: nowhere }
}

function statementsOf(world: ReadsReader, { body }: Resource<'aws/iam/Role'>): readonly Statement[] {
  const inline = (body.RolePolicyList ?? []).map(({ PolicyDocument }) => PolicyDocument)
  const attached = (body.AttachedManagedPolicies ?? []).flatMap(({ PolicyArn = '' }) => {
    const policy = world.find('aws/iam/Policy', PolicyArn)
    return policy?.body.PolicyVersionList?.find(({ IsDefaultVersion }) => IsDefaultVersion === true)?.Document ?? []
  })
  return [...inline, ...attached].flatMap(document => {
    const { Statement: statements = [] } = (document ?? {}) as { readonly Statement?: Statement | readonly Statement[] }
    return Array.isArray(statements) ? (statements as readonly Statement[]) : [statements as Statement]
  })
}
