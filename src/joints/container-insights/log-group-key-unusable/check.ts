import { defineCheck } from '#joints/define.ts'
import { keyFault, soundKey, type KeyUse } from '#joints/key-fault.ts'
import { fail, skip } from '#model/verdict.ts'
import { keyOf } from '../log-group-key.ts'

export default defineCheck({
  id: 'container-insights/log-group-key-unusable',
  title: 'The KMS key of a log group is disabled, to be deleted, or gone',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/logs/LogGroup',
  reads: ['aws/kms/Key'],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
  ],

  test({ subject: group, world }) {
    const { logGroupName } = group.body
    const key = keyOf(world, group)
    if (key === undefined) return skip('the group is encrypted with a key of AWS')
    const names = group.at(['kmsKeyId'], 'the group is encrypted with this key')
    const effect = 'New events are refused, and those that are there cannot be read.'
    if (key === 'gone')
      return fail({
        message: `log group ${logGroupName} is encrypted with a KMS key that does not exist`,
        evidence: [names],
        effect,
        help: `aws logs disassociate-kms-key --log-group-name ${logGroupName} lets new events in; what the old key encrypts is lost.`,
      })
    const fault = keyFault(key, ofGroups)
    if (fault === undefined) return soundKey(key, names)
    return fail({
      message: `log group ${logGroupName} is encrypted with key ${key.body.KeyId}, which is ${fault.what}`,
      evidence: [fault.at, names],
      effect,
      ...fault.remedy,
    })
  },
})

const ofGroups: KeyUse = {
  afterDeletion: 'the logs are lost.',
  asymmetric: { label: 'only a symmetric key encrypts log groups', help: 'Associate the group with a symmetric key.' },
}
