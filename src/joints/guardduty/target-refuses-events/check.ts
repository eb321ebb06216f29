import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { valueAt } from '#model/place.ts'
import { fail, pass, skip, unknown, type Fail, type Verdict } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { matchPattern } from '../event-pattern.ts'
import {
  eventsPrincipal,
  eventTargetOf,
  keyOfTarget,
  keyRefuses,
  policyPath,
  targetKinds,
  targetTakes,
  type EventTarget,
  type TargetReader,
} from '../event-targets.ts'
import { homeOf } from '../home.ts'
import { severeFinding } from '../publishing.ts'

export default defineCheck({
  id: 'guardduty/target-refuses-events',
  title: 'A topic or queue to which a rule sends findings does not let EventBridge in',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/events/Rule',
  reads: [...targetKinds, 'aws/guardduty/Detector'],
  sources: [
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html',
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html',
    'https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html',
  ],

  test({ subject: rule, world }) {
    const { EventPattern, State, Targets = [] } = rule.body
    if (EventPattern === undefined || State === 'DISABLED') return skip('the rule is off, or takes no events')
    const [detector] = world.list('aws/guardduty/Detector', homeOf(rule))
    if (detector === undefined || matchPattern(EventPattern, severeFinding(detector)) === 'no')
      return skip('it takes no findings of GuardDuty')
    return settled(
      Targets.map((target, index) => ({ target, index })),
      ({ target, index }) => {
        const found = eventTargetOf(world, rule, target, index)
        return found === undefined ? skip('its target is neither a topic nor a queue, or is reached by a role') : judged(world, found)
      },
      'the rule has no target, which another check tells',
    )
  },
})

function judged(world: TargetReader, target: EventTarget): Verdict {
  const { rule, index, resource, action, text } = target
  const sends = rule.at(['Targets', index, 'Arn'], `rule ${rule.body.Name} sends them here`)
  const { answer, reason } = targetTakes(target)
  if (answer === 'implicitDeny' || answer === 'explicitDeny')
    return fail({
      message: `${text} does not let EventBridge do ${action} for rule ${rule.body.Name}: ${reason}`,
      evidence: [resource.at(policyPath, `nothing here lets ${eventsPrincipal} in for this rule`, 'key'), sends],
      effect,
      key: resource.id,
      ...remedyOf(target),
    })
  if (answer !== 'allow')
    return unknown({ kind: resource.kind, id: resource.id, reason: `whether EventBridge may do ${action}: ${reason}` })
  return keyVerdict(world, target) ?? pass(resource.at(policyPath, 'this policy lets EventBridge in'), sends)
}

const effect =
  'EventBridge drops what its target refuses, after trying for a day: nobody hears of a finding, and only the metric FailedInvocations tells.'

/** Undefined: no key is in the way. */
function keyVerdict(world: TargetReader, target: EventTarget): Verdict | undefined {
  const { resource, text, rule, index } = target
  const key = keyOfTarget(world, target)
  if (key === 'none') return undefined
  const names = resource.at(['Attributes', 'KmsMasterKeyId'], 'it is encrypted with this key')
  const sends = rule.at(['Targets', index, 'Arn'], `rule ${rule.body.Name} sends them here`)
  const told = { effect, key: resource.id }
  if (key === 'own')
    return fail({
      ...told,
      message: `${text} is encrypted with a key of AWS, which does not let EventBridge in`,
      evidence: [names, sends],
      help: `Encrypt it with a key of your own whose policy lets ${eventsPrincipal} do kms:GenerateDataKey and kms:Decrypt.`,
    })
  const action = keyRefuses(target, key)
  if (action === undefined) return pass(names, key.at(['Policy'], 'this policy lets EventBridge use the key', 'key'), sends)
  return fail({
    ...told,
    message: `key ${key.body.KeyId} of ${text} does not let EventBridge do ${action}`,
    evidence: [key.at(['Policy'], `nothing here lets ${eventsPrincipal} use the key`, 'key'), names, sends],
    help: `Let ${eventsPrincipal} do kms:GenerateDataKey and kms:Decrypt in the policy of the key.`,
  })
}

/** A statement for this rule and no other, where the engine then lets EventBridge in. */
function remedyOf(target: EventTarget): Pick<Fail, 'fix' | 'help'> {
  const { rule, resource, action, permission, text } = target
  const document = valueAt(resource.body, policyPath)
  if (document === undefined) throw new Unread({ kind: resource.kind, id: resource.id, reason: 'it was read without its policy' })
  const statement = {
    Effect: 'Allow',
    Principal: { Service: eventsPrincipal },
    Action: action,
    Resource: resource.id,
    Condition: { ArnEquals: { 'aws:SourceArn': rule.body.Arn } },
  }
  const whole = typeof document === 'object' && document !== null ? document : { Version: '2012-10-17', Statement: [] }
  const before = [valueAt(whole, ['Statement']) ?? []].flat()
  const after = { ...whole, Statement: [...before, statement] }
  if (targetTakes(target, after).answer !== 'allow')
    return { help: `Let ${eventsPrincipal} do ${action} where aws:SourceArn is the rule; a statement of the policy denies it now.` }
  const risk = 'EventBridge may then send what this rule takes; nobody else may who could not.'
  const changes = policyChanges(resource, policyPath, after, { permissions: [permission], risk })
  return { fix: { title: `let rule ${rule.body.Name} send to ${text}`, safe: false, changes } }
}
