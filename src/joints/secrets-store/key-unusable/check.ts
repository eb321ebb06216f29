import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { keyArn, namedKey } from '../stored-key.ts'
import { overWanted, storedKinds, wantedText } from '../over-wanted.ts'
import { storedOf } from '../reads.ts'

export default defineCheck({
  id: 'secrets-store/key-unusable',
  title: 'The KMS key of what pods mount is disabled, to be deleted, or gone',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html',
  ],

  test({ subject: workload, world }) {
    return overWanted(world, workload, (wanted, home, taken) => {
      const stored = storedOf(world, wanted, home)
      if (stored === undefined) return skip('what it mounts does not exist, which other checks say')
      const name = namedKey(stored)
      if (name === undefined) return skip('AWS keeps the key of what it mounts')
      const arn = keyArn(world, stored, name)
      const key = world.find('aws/kms/Key', arn)
      const names = stored.at(
        [stored.kind === 'aws/ssm/Parameter' ? 'KeyId' : 'KmsKeyId'],
        `${wantedText(wanted)} is encrypted with this key`,
      )
      if (key === undefined) {
        return fail({
          message: `${wantedText(wanted)} of ${workload.name} is encrypted with key ${arn}, which does not exist`,
          evidence: [names],
          effect: 'Nobody can decrypt it any more: the pods wait in ContainerCreating.',
          help: 'Store the value anew with a key that exists; what was encrypted with the old one is lost.',
        })
      }
      const verdict = ofState(key)
      if (verdict === undefined) return pass(key.at(['KeyState'], 'the key can be used'), names)
      return fail({
        message: `${wantedText(wanted)} of ${workload.name} is encrypted with key ${key.body.KeyId}, which is ${verdict.what}`,
        evidence: [key.at(verdict.path, verdict.label), names],
        effect: `Pods that run keep the value that they have; new ones wait in ContainerCreating: ${taken.parsed.objects.length === 1 ? 'it' : 'none of what the class mounts'} can be decrypted.`,
        ...verdict.remedy,
      })
    })
  },
})

interface State {
  readonly what: string
  readonly path: readonly string[]
  readonly label: string
  readonly remedy: Pick<Extract<Verdict, { is: 'fail' }>, 'fix' | 'help'>
}

function ofState(key: Resource<'aws/kms/Key'>): State | undefined {
  const { KeyState, KeySpec } = key.body
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
      remedy: { fix: { title: `enable key ${key.body.KeyId}`, safe: false, changes: [change] } },
    }
  }
  if (KeyState === 'PendingDeletion' || KeyState === 'PendingReplicaDeletion')
    return {
      what: 'to be deleted',
      path: ['KeyState'],
      label: 'the key is to be deleted',
      remedy: {
        help: `aws kms cancel-key-deletion --key-id ${key.body.KeyId}, then aws kms enable-key: after its waiting period nothing brings back what it encrypts.`,
      },
    }
  if (KeyState === 'PendingImport' || KeyState === 'Unavailable')
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
      label: 'only a symmetric key encrypts secrets',
      remedy: { help: 'Encrypt the secret with a symmetric key.' },
    }
  return undefined
}
