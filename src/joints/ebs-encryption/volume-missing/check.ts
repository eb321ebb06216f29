import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf, homeOf } from '../home.ts'
import { handleOf, volumeOf, volumeText } from '../volumes.ts'

export default defineCheck({
  id: 'ebs-encryption/volume-missing',
  title: 'A PersistentVolume stands for an EBS volume that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/PersistentVolume',
  reads: ['aws/ec2/Volume', 'aws/eks/Cluster'],
  sources: [
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/3010',
  ],

  test({ subject: volume, world }) {
    const handle = handleOf(volume)
    if (handle === undefined) return skip('it is not of EBS')
    const real = volumeOf(world, volume, handle)
    if (real !== undefined) return pass(real.at(['VolumeId'], 'EC2 has the volume'), volume.at(handle.path, 'it stands for this volume'))
    const { account, region, cluster } = homeOf(world, clusterOf(volume))
    return fail({
      message: `PersistentVolume ${volume.id} stands for ${volumeText(volume, handle)}, which account ${account} does not have in ${region}`,
      evidence: [volume.at(handle.path, 'EC2 has no such volume'), cluster.at(['arn'], 'the driver looks where the cluster is')],
      effect: 'Pods that mount it wait for ever: InvalidVolume.NotFound. What was on it is in its snapshots, if there are any.',
      help: 'Restore a snapshot into a new claim, and delete the claim and the PersistentVolume that lead nowhere.',
    })
  },
})
