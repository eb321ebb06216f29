import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip, type Fail } from '#model/verdict.ts'
import { keyOf, type Key } from '../log-group-key.ts'

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
    const state = stateOf(key)
    if (state === undefined) return pass(key.at(['KeyState'], 'the key can be used'), names)
    return fail({
      message: `log group ${logGroupName} is encrypted with key ${key.body.KeyId}, which is ${state.what}`,
      evidence: [key.at(state.path, state.label), names],
      effect,
      ...state.remedy,
    })
  },
})

interface State {
  readonly what: string
  readonly path: readonly string[]
  readonly label: string
  readonly remedy: Pick<Fail, 'fix' | 'help'>
}

/** Undefined for a key that can be used, or whose state is not told: what it does then, its policy says. */
function stateOf(key: Key): State | undefined {
  const { KeyState, KeySpec, KeyId } = key.body
  if (KeyState === 'Disabled') {
    const change = {
      target: targetOf(key),
      edit: setting(key, ['KeyState'], 'Enabled'),
      permissions: ['kms:EnableKey'],
      risk: 'Whoever disabled the key may have had a reason: everything that it encrypts can be read again.',
    }
    return {
      what: 'disabled',
      path: ['KeyState'],
      label: 'the key is disabled',
      remedy: { fix: { title: `enable key ${KeyId}`, safe: false, changes: [change] } },
    }
  }
  if (KeyState === 'PendingDeletion' || KeyState === 'PendingReplicaDeletion')
    return {
      what: 'to be deleted',
      path: ['KeyState'],
      label: 'the key is to be deleted',
      remedy: {
        help: `aws kms cancel-key-deletion --key-id ${KeyId}, then aws kms enable-key: after its waiting period the logs are lost.`,
      },
    }
  if (KeyState !== undefined && KeyState !== 'Enabled' && KeyState !== 'Creating' && KeyState !== 'Updating')
    return {
      what: `not usable (${KeyState})`,
      path: ['KeyState'],
      label: 'the material of the key is not there',
      remedy: { help: 'Import the key material, or connect the key store again.' },
    }
  if (KeySpec !== undefined && KeySpec !== 'SYMMETRIC_DEFAULT')
    return {
      what: `of specification ${KeySpec}`,
      path: ['KeySpec'],
      label: 'only a symmetric key encrypts log groups',
      remedy: { help: 'Associate the group with a symmetric key.' },
    }
  return undefined
}
