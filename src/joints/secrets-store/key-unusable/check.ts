import { defineCheck } from '#joints/define.ts'
import { keyFault, soundKey } from '#joints/key-fault.ts'
import { fail, skip } from '#model/verdict.ts'
import { keyArn, keyNameEvidence, namedKey, ofSecrets } from '../stored-key.ts'
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
      const names = keyNameEvidence(stored, `${wantedText(wanted)} is encrypted with this key`)
      if (key === undefined) {
        return fail({
          message: `${wantedText(wanted)} of ${workload.name} is encrypted with key ${arn}, which does not exist`,
          evidence: [names],
          effect: 'Nobody can decrypt it any more: the pods wait in ContainerCreating.',
          help: 'Store the value anew with a key that exists; what was encrypted with the old one is lost.',
        })
      }
      const fault = keyFault(key, ofSecrets)
      if (fault === undefined) return soundKey(key, names)
      return fail({
        message: `${wantedText(wanted)} of ${workload.name} is encrypted with key ${key.body.KeyId}, which is ${fault.what}`,
        evidence: [fault.at, names],
        effect: `Pods that run keep the value that they have; new ones wait in ContainerCreating: ${taken.parsed.objects.length === 1 ? 'it cannot' : 'none of what the class mounts can'} be decrypted.`,
        ...fault.remedy,
      })
    })
  },
})
