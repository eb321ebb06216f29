import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { accountDefault } from '../account-default.ts'
import { makerText, nodePlace } from '../node-keys.ts'
import { nodeVolumes, ofAwsImage, type NodeVolume } from '../node-volumes.ts'

export default defineCheck({
  id: 'ebs-encryption/node-volume-not-encrypted',
  title: 'Volumes of new nodes are not encrypted',
  severity: 'medium',
  since: '0.1.0',
  subject: ['aws/eks/Nodegroup', 'k8s/EC2NodeClass'],
  reads: ['aws/ec2/EbsEncryptionByDefault', 'aws/ec2/LaunchTemplateVersion', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html',
    'https://karpenter.sh/docs/concepts/nodeclasses/#specblockdevicemappings',
    'https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html',
  ],

  test({ subject: maker, world }) {
    return settled(
      nodeVolumes(world, maker),
      volume => {
        const { device, resource, path, encrypted, key, snapshot } = volume
        if (encrypted === true) return pass(resource.at([...path, volume.field], 'the volume is encrypted'))
        if (key !== undefined && key !== '') return skip('the volume has a key')
        const byDefault = accountDefault(world, nodePlace(world, maker))
        const says = encrypted === false ? resource.at([...path, volume.field], 'it says no') : resource.at(path, 'it does not ask for it')
        const account = byDefault.at(
          ['EbsEncryptionByDefault'],
          byDefault.body.EbsEncryptionByDefault === true ? 'every new volume is encrypted' : 'a volume that nobody asks to encrypt is not',
        )
        if (byDefault.body.EbsEncryptionByDefault === true) return pass(account, says)
        if (snapshot !== undefined || !ofAwsImage(world, maker))
          throw new Unread({
            kind: 'aws/ec2/Snapshot',
            ...(snapshot === undefined ? {} : { id: snapshot }),
            reason: `whether ${snapshot === undefined ? 'the snapshots of the image' : 'the snapshot'} that ${makerText(maker)} makes volumes of is encrypted is not looked at`,
            settle: { by: 'user', step: 'say Encrypted: true for the volume' },
          })
        const fix = classFix(volume)
        return fail({
          message: `${makerText(maker)} makes ${device} of new nodes without encryption`,
          evidence: [says, account],
          effect: 'Images, logs, and what pods write to emptyDir volumes and to their own file systems lie on the volume unencrypted.',
          ...(fix === undefined
            ? {
                help: 'Make a version of the launch template that says Encrypted: true for the volume, and update the node group to it: aws eks update-nodegroup-version.',
              }
            : { fix }),
        })
      },
      'it names no volume: Karpenter encrypts its own, and of others ebs-encryption/encryption-by-default-off tells',
    )
  },
})

/** A version of a launch template never changes; a class does. */
function classFix({ resource, path, field }: NodeVolume): Fix | undefined {
  if (resource.kind !== 'k8s/EC2NodeClass') return undefined
  return {
    title: `encrypt the volumes of EC2NodeClass ${resource.id}`,
    safe: false,
    changes: [
      {
        target: targetOf(resource),
        edit: setting(resource, [...path, field], true),
        permissions: ['patch ec2nodeclasses'],
        risk: 'Karpenter replaces the nodes of the class one by one, since they drift from it.',
      },
    ],
  }
}
