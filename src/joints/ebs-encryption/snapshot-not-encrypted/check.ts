import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driverOf } from '../drivers.ts'
import { clusterOf, homeOf } from '../home.ts'

export default defineCheck({
  id: 'ebs-encryption/snapshot-not-encrypted',
  title: 'A snapshot of a volume of the cluster is not encrypted',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/VolumeSnapshotContent',
  reads: ['aws/ec2/Snapshot', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html',
  ],

  test({ subject: content, world }) {
    const { spec, status } = content.body
    if (driverOf(spec.driver) === undefined) return skip('it is not of EBS')
    const id = status?.snapshotHandle ?? spec.source.snapshotHandle
    if (id === undefined) return skip('it has no snapshot yet')
    const { partition, region, account } = homeOf(world, clusterOf(content))
    const real = world.find('aws/ec2/Snapshot', `arn:${partition}:ec2:${region}:${account}:snapshot/${id}`)
    if (real === undefined) return skip('the snapshot is of another account, or gone')
    const names = content.at(
      status?.snapshotHandle === undefined ? ['spec', 'source', 'snapshotHandle'] : ['status', 'snapshotHandle'],
      'it stands for this snapshot',
    )
    if (real.body.Encrypted === true) return pass(real.at(['Encrypted'], 'EC2 says that it is encrypted'), names)
    const { namespace = '', name = '' } = spec.volumeSnapshotRef
    return fail({
      message: `snapshot ${id} of VolumeSnapshot ${namespace}/${name} is not encrypted`,
      evidence: [real.at([real.body.Encrypted === undefined ? 'SnapshotId' : 'Encrypted'], 'EC2 says that it is not encrypted'), names],
      effect: 'Whoever may share it can give what is on it to any account, or to all.',
      help: `aws ec2 copy-snapshot --source-snapshot-id ${id} --encrypted makes an encrypted one; delete the other when nothing restores it.`,
    })
  },
})
