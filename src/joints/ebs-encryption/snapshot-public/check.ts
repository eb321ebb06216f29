import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { snapshotOrigin } from '../snapshot-origins.ts'

export default defineCheck({
  id: 'ebs-encryption/snapshot-public',
  title: 'Anyone may restore a snapshot of a volume of a cluster',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/ec2/Snapshot',
  reads: ['k8s/PersistentVolume', 'k8s/VolumeSnapshotContent'],
  sources: [
    'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html',
  ],

  test({ subject: snapshot, world }) {
    const { RestorableByAll, SnapshotId: id, VolumeId } = snapshot.body
    // Whosever it is, it is not public.
    if (RestorableByAll === false) return pass(snapshot.at(['RestorableByAll'], 'EC2 does not list it among those that all may restore'))
    const origin = snapshotOrigin(world, snapshot)
    if (origin === undefined) {
      world.list('k8s/PersistentVolume')
      world.list('k8s/VolumeSnapshotContent')
      return skip('it is of no volume of a cluster')
    }
    if (RestorableByAll === undefined)
      throw new Unread({
        kind: 'aws/ec2/Snapshot',
        id: snapshot.id,
        reason: 'the snapshot was read without who may restore it',
        settle: { by: 'iam', action: 'ec2:DescribeSnapshots' },
      })
    return fail({
      message: `snapshot ${id} of ${origin.text} can be restored by every AWS account`,
      evidence: [
        snapshot.at(['RestorableByAll'], 'EC2 lists it among those that all may restore'),
        origin.at,
        ...(VolumeId === undefined ? [] : [snapshot.at(['VolumeId'], 'it was taken of this volume')]),
      ],
      effect: 'Anyone with an AWS account can make a volume of it and read every file that the pods wrote, database and keys included.',
      help: `aws ec2 modify-snapshot-attribute --snapshot-id ${id} --attribute createVolumePermission --operation-type remove --group-names all; then take what was on it for known.`,
    })
  },
})
