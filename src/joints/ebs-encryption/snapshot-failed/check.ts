import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { driverOf } from '../drivers.ts'

export default defineCheck({
  id: 'ebs-encryption/snapshot-failed',
  title: 'The driver could not take a snapshot',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/VolumeSnapshotContent',
  reads: [],
  sources: ['https://kubernetes.io/docs/concepts/storage/volume-snapshots/'],

  test({ subject: content }) {
    const { spec, status } = content.body
    if (driverOf(spec.driver) === undefined) return skip('it is not of EBS')
    if (status?.error?.message === undefined)
      return status?.readyToUse === true
        ? pass(content.at(['status', 'readyToUse'], 'the snapshot can be restored'))
        : skip('it is not finished')
    const { namespace = '', name = '' } = spec.volumeSnapshotRef
    return fail({
      message: `the snapshot of VolumeSnapshot ${namespace}/${name} failed`,
      evidence: [content.at(['status', 'error', 'message'], 'the driver says so')],
      effect: 'There is no backup of the volume of that time.',
      help: 'Mend what the message says: the permissions of the controller, or the tags of a volume that was made by hand.',
    })
  },
})
