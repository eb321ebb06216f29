import { Unread } from '#base/errors.ts'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Decision } from '#iam/decision.ts'
import { grantOf } from '#joints/access-resource.ts'
import type { Path } from '#model/place.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export const targetKinds = ['aws/kms/Key', 'aws/sns/Topic', 'aws/sqs/Queue'] as const
export type TargetReader = Reader<(typeof targetKinds)[number]>

export type Rule = Resource<'aws/events/Rule'>
export type Key = Resource<'aws/kms/Key'>
type Target = NonNullable<Rule['body']['Targets']>[number]

/** A topic or a queue to which a rule sends, by its own policy: EventBridge has no role there. */
export interface EventTarget {
  readonly rule: Rule
  /** Of its targets. */
  readonly index: number
  readonly resource: Resource<'aws/sns/Topic' | 'aws/sqs/Queue'>
  readonly action: 'sns:Publish' | 'sqs:SendMessage'
  /** To change its policy. */
  readonly permission: 'sns:SetTopicAttributes' | 'sqs:SetQueueAttributes'
  /** `topic on-call`. */
  readonly text: string
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html */
export const eventsPrincipal = 'events.amazonaws.com'
export const policyPath: Path = ['Attributes', 'Policy']
const keyActions = ['kms:GenerateDataKey', 'kms:Decrypt'] as const

/** @throws Unread when the topic or the queue was not read; undefined for what is neither, is gone, or is reached by a role */
export function eventTargetOf(world: TargetReader, rule: Rule, { Arn, RoleArn }: Target, index: number): EventTarget | undefined {
  const [, , service, , , name = ''] = (Arn ?? '').split(':')
  if (Arn === undefined || RoleArn !== undefined) return undefined
  if (service === 'sns') {
    const resource = world.find('aws/sns/Topic', Arn)
    return resource && { rule, index, resource, action: 'sns:Publish', permission: 'sns:SetTopicAttributes', text: `topic ${name}` }
  }
  if (service !== 'sqs') return undefined
  const resource = world.find('aws/sqs/Queue', Arn)
  return resource && { rule, index, resource, action: 'sqs:SendMessage', permission: 'sqs:SetQueueAttributes', text: `queue ${name}` }
}

/**
 * Whether the target takes events of the rule. EventBridge names the rule and its account; other keys of a request are not told.
 * @throws Unread when the target was read without its policy
 */
export function targetTakes({ rule, resource, action }: EventTarget, document = valueAt(resource.body, policyPath)): Decision {
  if (document === undefined) throw new Unread({ kind: resource.kind, id: resource.id, reason: 'it was read without its policy' })
  const policies = document === null ? [] : [compilePolicy(document, 'resource')]
  return decide(requestOf(rule, action, resource.id), { resource: policies })
}

/** The first thing that a key does not let EventBridge do; undefined when it lets it. @throws Unread */
export function keyRefuses({ rule }: EventTarget, key: Key): (typeof keyActions)[number] | undefined {
  const { Policy, Grants } = key.body
  const grants = Grants === undefined ? ('unread' as const) : Grants.flatMap(grantOf)
  if (Policy === undefined)
    throw new Unread({
      kind: key.kind,
      id: key.id,
      reason: 'the key was read without its policy',
      settle: { by: 'iam', action: 'kms:GetKeyPolicy' },
    })
  const decisions = keyActions.map(action => ({
    action,
    decision: decide(requestOf(rule, action, key.id), { resource: [compilePolicy(Policy, 'key')], grants }),
  }))
  const denied = decisions.find(({ decision: { answer } }) => answer === 'implicitDeny' || answer === 'explicitDeny')
  if (denied !== undefined) return denied.action
  const open = decisions.find(({ decision: { answer } }) => answer !== 'allow')
  if (open === undefined) return undefined
  throw new Unread({ kind: key.kind, id: key.id, reason: `whether EventBridge may do ${open.action}: ${open.decision.reason}` })
}

const requestOf = ({ body: { Arn } }: Rule, action: string, resource: string) => ({
  principal: { kind: 'service' as const, name: eventsPrincipal },
  action,
  resource,
  resourceAccount: resource.split(':')[4] ?? '',
  context: {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': eventsPrincipal,
    'aws:SourceArn': Arn,
    'aws:SourceAccount': Arn.split(':')[4] ?? '',
  },
  unlistedKeys: 'unknown' as const,
})

/** The key that a topic or a queue names; `own` is the one of AWS, which lets nobody but its own service in. @throws Unread */
export function keyOfTarget(world: TargetReader, { resource }: EventTarget): Key | 'own' | 'none' {
  const name = resource.body.Attributes.KmsMasterKeyId ?? ''
  if (name === '') return 'none'
  if (/(?:^|:)alias\/aws\/(?:sns|sqs)$/.test(name)) return 'own'
  const [, partition, , region = '', account = ''] = resource.id.split(':')
  const key = world.seen('aws/kms/Key').find(({ id, body }) => id === name || isNamed(body, name, region, account))
  if (key !== undefined) return key
  const id = name.startsWith('arn:')
    ? name
    : `arn:${partition}:kms:${region}:${account}:${name.startsWith('alias/') ? name : `key/${name}`}`
  throw new Unread({
    kind: 'aws/kms/Key',
    id,
    reason: 'the key of a target was not read',
    settle: { by: 'iam', action: 'kms:DescribeKey' },
  })
}

function isNamed({ Arn, KeyId, Aliases = [] }: Key['body'], name: string, region: string, account: string): boolean {
  const isHere = Arn.split(':').slice(3, 5).join(':') === `${region}:${account}`
  return isHere && (KeyId === name || Aliases.some(({ AliasName, AliasArn }) => AliasName === name || AliasArn === name))
}
