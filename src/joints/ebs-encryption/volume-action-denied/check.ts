import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { decidingEvidence, whyUnknown } from '../../irsa/pod-role.ts'
import { clusterOf } from '../home.ts'
import { operatorKinds } from '../kinds.ts'
import { judgeVolume } from '../needs.ts'
import { operatorOf } from '../operator.ts'
import { handleOf, volumeOf, volumeText, type Volume } from '../volumes.ts'

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md */
const driverTag = { Key: 'ebs.csi.aws.com/cluster', Value: 'true' }
const withTag = (volume: Volume): Volume => volume.with({ ...volume.body, Tags: [...(volume.body.Tags ?? []), driverTag] })

export default defineCheck({
  id: 'ebs-encryption/volume-action-denied',
  title: 'The EBS CSI controller may not attach or delete a volume',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/PersistentVolume',
  reads: [...operatorKinds, 'aws/ec2/Volume'],
  sources: [
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/2918',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/AmazonEBSCSIDriverPolicyV2.json',
  ],

  test({ subject: volume, world }) {
    const handle = handleOf(volume)
    if (handle === undefined) return skip('it is not of EBS')
    const real = volumeOf(world, volume, handle)
    if (real === undefined) return skip('EC2 has no such volume, which another check tells')
    const state = operatorOf(world, clusterOf(volume), handle.driver)
    if (state.is === 'none') return skip(state.why)
    const { operator } = state
    const { persistentVolumeReclaimPolicy: reclaim } = volume.body.spec ?? {}
    const actions = ['ec2:AttachVolume', 'ec2:DetachVolume', ...(reclaim === 'Delete' ? ['ec2:DeleteVolume'] : [])]
    const judged = judgeVolume(world, operator, real, actions)
    const denied = judged.filter(({ is }) => is === 'denied')
    const [first] = denied
    if (first === undefined) {
      const open = judged.find(({ is }) => is === 'unknown')
      if (open !== undefined) throw whyUnknown(open.answer, operator.role)
      const proofs = judged.flatMap(each => decidingEvidence(each.answer, `this allows ${each.need.action}`) ?? [])
      return pass(real.at(['VolumeId'], 'the controller may attach it'), ...proofs, operator.at)
    }
    const mended = judgeVolume(world, operator, withTag(real), actions).every(({ is }) => is === 'allowed')
    const tags = real.body.Tags ?? []
    const { role } = operator
    return fail({
      message: `role ${role.body.RoleName} does not let ${operator.text} do ${denied.map(({ need }) => need.action).join(', ')} on ${volumeText(volume, handle)}`,
      evidence: [
        decidingEvidence(first.answer, `this denies ${first.need.action}`) ??
          (mended
            ? real.at(tags.length === 0 ? ['VolumeId'] : ['Tags'], `the tag ${driverTag.Key} is not among these`)
            : role.at(['RoleName'], `no policy of the role allows ${first.need.action}`)),
        volume.at(handle.path, 'this volume'),
        operator.at,
      ],
      effect: denied.some(({ need }) => need.action === 'ec2:AttachVolume')
        ? 'It stays attached where it is, and cannot follow its pod to another node: UnauthorizedOperation.'
        : 'When its claim is deleted the volume stays, and is paid for: UnauthorizedOperation.',
      ...(mended
        ? {
            fix: {
              title: `tag volume ${handle.volumeId} with ${driverTag.Key}=${driverTag.Value}`,
              safe: false,
              changes: [
                {
                  target: targetOf(real),
                  edit: setting(real, tags.length === 0 ? ['Tags'] : ['Tags', tags.length], tags.length === 0 ? [driverTag] : driverTag),
                  permissions: ['ec2:CreateTags'],
                  risk: 'Every EBS CSI driver of the account whose policy asks for the tag alone may then attach and delete the volume.',
                },
              ],
            },
          }
        : { help: 'Attach AmazonEBSCSIDriverPolicyV2 to the role, and give the volume the tags that it asks for.' }),
    })
  },
})
