import type { IAMClient } from '@aws-sdk/client-iam'
import { attachedPolicyArns, publishedPolicies } from '#sources/published-policies.ts'
import type { AccountDetails } from './iam-details.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/iam/Policy'
const scope = { account: 'aws' } as const
const atOnce = 4

/** The account's own managed policies, and those of AWS's that are attached to something that was read. */
export async function readPolicies(session: Session, details: AccountDetails): Promise<Part> {
  const where = { kind, scope: { account: session.account } } as const
  const own = details.resources.filter(resource => resource.kind === kind)
  const listed = details.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, details.refused)
  return together([{ ...nothing, resources: own }, listed, await readAttached(session, attachedPolicyArns(details.resources))])
}

/** One by one, with the default version alone: there are more than a thousand, each with all its versions, and a handful is attached. */
async function readAttached(session: Session, arns: readonly string[]): Promise<Part> {
  const { IAMClient } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const parts = await inParallel(arns, atOnce, arn => readManagedPolicy(iam, session, arn))
  const published = await publishedPolicies(parts.flatMap(part => part.unread.flatMap(({ id }) => id ?? [])))
  const known = new Set(published.map(({ id }) => id))
  const { resources, read, unread } = together(parts)
  return { resources: [...resources, ...published], read, unread: unread.filter(({ id }) => id === undefined || !known.has(id)) }
}

async function readManagedPolicy(iam: IAMClient, session: Session, arn: string): Promise<Part> {
  const { GetPolicyCommand, GetPolicyVersionCommand } = await import('@aws-sdk/client-iam')
  const where = { kind, scope, id: arn } as const
  const answer = await session.ask('iam', 'GetPolicy', request => iam.send(new GetPolicyCommand({ PolicyArn: arn }), request))
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  const { Policy: policy } = answer.value
  const input = { PolicyArn: arn, VersionId: policy?.DefaultVersionId }
  const version = await session.ask('iam', 'GetPolicyVersion', request => iam.send(new GetPolicyVersionCommand(input), request))
  if (version.is === 'missing') return unreadPart(where, { is: 'failed', reason: 'iam:GetPolicyVersion answered NoSuchEntity' })
  if (version.is !== 'ok') return unreadPart(where, version, arn)
  const { PolicyVersion } = version.value
  return {
    ...nothing,
    resources: [awsResource(kind, scope, { ...policy, PolicyVersionList: [PolicyVersion] }, `iam:GetPolicyVersion ${arn}`)],
  }
}
