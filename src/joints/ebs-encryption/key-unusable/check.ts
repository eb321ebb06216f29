import { defineCheck } from '#joints/define.ts'
import { keyFault, soundKey } from '#joints/key-fault.ts'
import { fail, skip } from '#model/verdict.ts'
import { ebsKey } from '../ebs-key.ts'
import { keyUseKinds } from '../kinds.ts'
import { keyText, usesOf } from '../keys.ts'

export default defineCheck({
  id: 'ebs-encryption/key-unusable',
  title: 'The KMS key of EBS volumes is disabled, to be deleted, or of a sort that EBS does not take',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/kms/Key',
  reads: keyUseKinds,
  sources: [
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/unusable-kms-keys.html',
    'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html',
  ],

  test({ subject: key, world }) {
    const uses = usesOf(world, key)
    const [first] = uses
    if (first === undefined) return skip('no class and no volume of a cluster uses the key')
    const fault = keyFault(key, ebsKey, world.readAt)
    if (fault === undefined) return soundKey(key, first.at('it is the key of this'))
    const volumes = uses.filter(({ by }) => by === 'volume')
    const others = uses.length === 1 ? '' : ` and ${uses.length - 1} more`
    return fail({
      message: `${keyText(key)} of ${first.text}${others} is ${fault.what}`,
      evidence: [fault.at, first.at('it is the key of this'), ...uses.slice(1, 3).map(use => use.at('and of this'))],
      effect:
        volumes.length === 0
          ? 'No volume is made with it: EC2 takes each one back, and the driver says InvalidVolume.NotFound.'
          : `Pods that run keep what is attached; when one moves, or its node is replaced, its volume cannot be attached again (CustomerKeyHasBeenRevoked): ${volumes.length === 1 ? 'one volume' : `${volumes.length} volumes`}.`,
      ...fault.remedy,
    })
  },
})
