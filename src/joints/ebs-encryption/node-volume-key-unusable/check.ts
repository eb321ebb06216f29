import { parseArn } from '#iam/arn.ts'
import { defineCheck } from '#joints/define.ts'
import { keyFault, soundKey } from '#joints/key-fault.ts'
import { fail } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { ebsKey } from '../ebs-key.ts'
import { keyNamed, keyText, parseKeyName, shortKey } from '../keys.ts'
import { makerText, nodeKeys, nodePlace } from '../node-keys.ts'

const effect =
  'EC2 refuses to start new nodes, or ends each one at once (Client.InvalidKMSKey.InvalidState), so pods that wait for one stay Pending; nodes that run keep their volumes.'
const help = 'Name a symmetric key of the region that exists, by its ARN; the next node takes it.'

export default defineCheck({
  id: 'ebs-encryption/node-volume-key-unusable',
  title: 'The KMS key of the volumes of new nodes cannot be used',
  severity: 'high',
  since: '0.1.0',
  subject: ['aws/eks/Nodegroup', 'k8s/EC2NodeClass', 'k8s/NodeClass'],
  reads: ['aws/ec2/LaunchTemplateVersion', 'aws/eks/Cluster', 'aws/kms/Key'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/auto-kms.html',
    'https://karpenter.sh/docs/concepts/nodeclasses/#specblockdevicemappings',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html',
  ],

  test({ subject: maker, world }) {
    const text = makerText(maker)
    return settled(
      nodeKeys(world, maker),
      ({ value, at }) => {
        const home = nodePlace(world, maker)
        const names = at('new nodes get volumes of this key')
        const name = parseKeyName(value, home)
        const evidence = [names] as const
        if (name.is === 'malformed') return fail({ message: `${text} names a key that is none: ${value}`, evidence, effect, help })
        if (parseArn(name.arn)?.region !== home.region)
          return fail({
            message: `${text} names ${shortKey(name.arn)} of another region than its nodes, ${home.region}`,
            evidence,
            effect,
            help,
          })
        const key = keyNamed(world, name)
        if (key === undefined)
          return fail({
            message: `${text} encrypts the volumes of nodes with ${shortKey(name.arn)}, which does not exist`,
            evidence,
            effect,
            help,
          })
        const fault = keyFault(key, ebsKey, world.readAt)
        if (fault !== undefined)
          return fail({
            message: `${keyText(key)}, with which ${text} encrypts the volumes of nodes, is ${fault.what}`,
            evidence: [fault.at, names],
            effect,
            ...fault.remedy,
          })
        return soundKey(key, names)
      },
      'it names no key: the volumes are encrypted as the account has it',
    )
  },
})
