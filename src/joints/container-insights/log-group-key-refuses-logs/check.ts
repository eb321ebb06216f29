import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { logGroupArn } from '#model/kinds-aws-operations.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { valueAt } from '#model/place.ts'
import { fail, pass, skip, type Fail } from '#model/verdict.ts'
import { logKeyStatement } from '../least-privilege.ts'
import { keyActions, keyOf, logsMay, logsPrincipal, type Group, type Key } from '../log-group-key.ts'

export default defineCheck({
  id: 'container-insights/log-group-key-refuses-logs',
  title: 'The policy of a log group’s KMS key does not let CloudWatch Logs use it for that group',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/logs/LogGroup',
  reads: ['aws/kms/Key'],
  sources: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html'],

  test({ subject: group, world }) {
    const key = keyOf(world, group)
    if (key === undefined) return skip('the group is encrypted with a key of AWS')
    if (key === 'gone') return skip('the key does not exist: container-insights/log-group-key-unusable says so')
    const names = group.at(['kmsKeyId'], 'the group is encrypted with this key')
    const decisions = keyActions.map(action => ({ action, decision: logsMay(key, group, action) }))
    const denied = decisions.find(({ decision: { answer } }) => answer === 'implicitDeny' || answer === 'explicitDeny')
    const { logGroupName } = group.body
    if (denied === undefined) {
      const open = decisions.find(({ decision }) => decision.answer !== 'allow')
      if (open !== undefined)
        throw new Unread({ kind: key.kind, id: key.id, reason: `whether CloudWatch Logs may do ${open.action}: ${open.decision.reason}` })
      return pass(key.at(['Policy'], 'the key policy lets CloudWatch Logs use it for this group'), names)
    }
    const [, partition = 'aws', , region = ''] = logGroupArn(group.body).split(':')
    return fail({
      message: `key ${key.body.KeyId} does not let ${logsPrincipal(partition, region)} do ${denied.action} for log group ${logGroupName}`,
      evidence: [key.at(['Policy'], `nothing here lets CloudWatch Logs in with the ARN of this group`), names],
      effect:
        'New events are refused and old ones cannot be read; of a new group, AccessDeniedException: The specified KMS key does not exist or is not allowed to be used.',
      ...remedyOf(key, group, partition, region),
    })
  },
})

/** A statement for this group and no other, where the engine then lets the service in. */
function remedyOf(key: Key, group: Group, partition: string, region: string): Pick<Fail, 'fix' | 'help'> {
  const document = key.body.Policy
  const statements = valueAt(document, ['Statement'])
  const statement = logKeyStatement({ partition, region }, [logGroupArn(group.body)])
  const before: readonly unknown[] = Array.isArray(statements) ? statements : [statements]
  const after = typeof document === 'object' && document !== null ? { ...document, Statement: [...before, statement] } : undefined
  if (after === undefined || !keyActions.every(action => logsMay(key, group, action, after).answer === 'allow'))
    return {
      help: `Let ${logsPrincipal(partition, region)} use the key where kms:EncryptionContext:aws:logs:arn is the ARN of the group, without :* at its end.`,
    }
  const changes = policyChanges(key, ['Policy'], after, {
    permissions: ['kms:PutKeyPolicy'],
    risk: 'CloudWatch Logs may then use the key for this group; nobody else may who could not.',
  })
  return { fix: { title: `let CloudWatch Logs encrypt ${group.body.logGroupName} with key ${key.body.KeyId}`, safe: false, changes } }
}
