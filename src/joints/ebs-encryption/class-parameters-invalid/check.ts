import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { classFault } from '../class-fault.ts'
import { ebsDriverOf } from '../classes.ts'

export default defineCheck({
  id: 'ebs-encryption/class-parameters-invalid',
  title: 'The EBS CSI driver refuses the parameters of a StorageClass',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: [],
  sources: [
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/driver/controller.go',
  ],

  test({ subject: storageClass }) {
    if (ebsDriverOf(storageClass) === undefined) return skip('it is not of EBS')
    const fault = classFault(storageClass)
    if (fault === undefined) {
      const names = Object.keys(storageClass.body.parameters ?? {})
      return pass(
        names.length === 0
          ? storageClass.at(['provisioner'], 'the driver needs no parameters')
          : storageClass.at(['parameters'], 'the driver knows these parameters'),
      )
    }
    return fail({
      message: `StorageClass ${storageClass.id} ${fault.what}`,
      evidence: [storageClass.at(fault.parameter.path, fault.label)],
      effect: 'No volume is made of the class: its claims stay Pending with ProvisioningFailed, code = InvalidArgument.',
      help: 'Make the class again with parameters that the driver takes: those of a class that exists cannot change.',
    })
  },
})
