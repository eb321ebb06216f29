import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md */
const clusterTag = /^kubernetes\.io\/cluster\/(.+)$/

export default defineCheck({
  id: 'ebs-encryption/volume-orphaned',
  title: 'An EBS volume that the driver made belongs to no PersistentVolume',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/ec2/Volume',
  reads: ['aws/eks/Cluster', 'k8s/PersistentVolume'],
  sources: ['https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md'],

  test({ subject: volume, world }) {
    const { Tags = [], State, VolumeId } = volume.body
    const [, , , region = '', account = ''] = volume.id.split(':')
    const named = Tags.flatMap(({ Key = '', Value = '' }, index) => {
      const name = Key === 'ebs.csi.aws.com/cluster-name' ? Value : clusterTag.exec(Key)?.[1]
      return name === undefined ? [] : [{ name, index }]
    })[0]
    if (!Tags.some(({ Key }) => Key === 'ebs.csi.aws.com/cluster') || named === undefined) return skip('no tag says which cluster made it')
    const cluster = world
      .where('aws/eks/Cluster', 'name', named.name, { account, region })
      .find(({ id }) => id.split(':')[3] === region && id.split(':')[4] === account)
    if (cluster === undefined) return skip('its cluster is gone, and who owns it now is not told')
    const within = { cluster: named.name }
    const owner = world.where('k8s/PersistentVolume', 'volumeHandle', VolumeId, within)[0]
    if (owner !== undefined) return pass(owner.at(['spec', 'csi', 'volumeHandle'], 'this PersistentVolume stands for it'))
    if (State !== 'available') return skip('it is attached, or is being made or deleted')
    return fail({
      message: `volume ${VolumeId} was made for cluster ${named.name} and belongs to no PersistentVolume of it`,
      evidence: [volume.at(['State'], 'it is attached to nothing'), volume.at(['Tags', named.index, 'Key'], 'this cluster made it')],
      effect: 'It is paid for, and what is on it outlives whoever believed that it was deleted.',
      help: `Look at what it was for (its tags kubernetes.io/created-for/…), keep a snapshot if in doubt, then aws ec2 delete-volume --volume-id ${VolumeId}.`,
    })
  },
})
