import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { classFix } from '../class-edit.ts'
import { ebsDriverOf } from '../classes.ts'

export default defineCheck({
  id: 'ebs-encryption/class-binds-immediately',
  title: 'A StorageClass makes volumes before it is known in which zone the pod will be',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: [],
  sources: ['https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode'],

  test({ subject: storageClass }) {
    if (ebsDriverOf(storageClass) === undefined) return skip('it is not of EBS')
    const { volumeBindingMode, allowedTopologies = [] } = storageClass.body
    if (volumeBindingMode === 'WaitForFirstConsumer')
      return pass(storageClass.at(['volumeBindingMode'], 'the volume is made where the pod will be'))
    if (allowedTopologies.length > 0) return skip('it says itself where its volumes may be')
    return fail({
      message: `StorageClass ${storageClass.id} makes volumes at once, in a zone that the scheduler did not choose`,
      evidence: [
        volumeBindingMode === undefined
          ? storageClass.at(['metadata', 'name'], 'without volumeBindingMode it is Immediate')
          : storageClass.at(['volumeBindingMode'], 'the volume is made before its pod is scheduled'),
      ],
      effect: 'A pod that can run in other zones alone stays Pending: volume node affinity conflict.',
      fix: classFix(storageClass, ['volumeBindingMode'], 'WaitForFirstConsumer', `let StorageClass ${storageClass.id} wait for the pod`),
    })
  },
})
