import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { shortKey } from '../keys.ts'
import { handleOf, volumeOf, volumeText } from '../volumes.ts'

export default defineCheck({
  id: 'ebs-encryption/volume-grant-missing',
  title: 'The KMS key of an attached volume has no grant by which EC2 may use it',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/PersistentVolume',
  reads: ['aws/ec2/Volume', 'aws/eks/Cluster', 'aws/kms/Key'],
  sources: [
    'https://docs.aws.amazon.com/kms/latest/developerguide/services-ebs.html',
    'https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html',
  ],

  test({ subject: volume, world }) {
    const handle = handleOf(volume)
    if (handle === undefined) return skip('it is not of EBS')
    const real = volumeOf(world, volume, handle)
    if (real?.body.KmsKeyId === undefined) return skip('it is not there, or not encrypted, which other checks tell')
    const instance = real.body.Attachments?.find(({ State }) => State === 'attached')?.InstanceId
    if (instance === undefined) return skip('it is attached to no instance')
    const key = world.find('aws/kms/Key', real.body.KmsKeyId)
    if (key === undefined) return skip('its key is not there, which another check tells')
    if (key.body.KeyManager === 'AWS') return skip('its key is of AWS, which nobody takes grants from')
    const grants = key.body.Grants
    if (grants === undefined)
      throw new Unread({
        kind: key.kind,
        id: key.id,
        reason: 'the key was read without its grants',
        settle: { by: 'iam', action: 'kms:ListGrants', resource: key.id },
      })
    // EC2 has one made for each attachment, and names the volume in it; it retires it when the volume is detached.
    const index = grants.findIndex(({ Constraints }) => {
      const { EncryptionContextSubset, EncryptionContextEquals } = Constraints ?? {}
      return { ...EncryptionContextSubset, ...EncryptionContextEquals }['aws:ebs:id'] === handle.volumeId
    })
    const attached = real.at(['VolumeId'], `attached to ${instance}`)
    if (index >= 0) return pass(key.at(['Grants', index, 'GrantId'], 'this grant is for the volume'), attached)
    return fail({
      message: `${volumeText(volume, handle)} is attached to ${instance}, and ${shortKey(key.id)} has no grant for it: somebody revoked it`,
      evidence: [
        key.at(['Grants'], `none of its grants names ${handle.volumeId}`, 'key'),
        attached,
        volume.at(handle.path, 'it stands for this volume'),
      ],
      effect:
        'The instance goes on with the data key in its memory. Once it stops and starts, or moves to another host, EC2 asks KMS anew and is refused.',
      help: 'Delete the pods that use the volume, so that they start on another node: each new attachment has a grant made. Then look in CloudTrail for RevokeGrant of the key.',
    })
  },
})
