import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { classFix } from '../class-edit.ts'
import { ebsDriverOf, keyParameter, parameterOf } from '../classes.ts'

export default defineCheck({
  id: 'ebs-encryption/class-encrypted-ignored',
  title: 'A StorageClass asks for encryption in a word that the driver reads as false',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: [],
  sources: ['https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/driver/controller.go'],

  test({ subject: storageClass }) {
    if (ebsDriverOf(storageClass) === undefined) return skip('it is not of EBS')
    const encrypted = parameterOf(storageClass, 'encrypted')
    if (encrypted === undefined) return skip('it does not say encrypted')
    if (keyParameter(storageClass) !== undefined) return skip('it names a key, and the driver encrypts whatever encrypted says')
    if (encrypted.value === 'true' || encrypted.value === 'false')
      return pass(storageClass.at(encrypted.path, 'the driver reads this word as it stands'))
    return fail({
      message: `StorageClass ${storageClass.id} says encrypted: "${encrypted.value}", which the driver reads as false`,
      evidence: [storageClass.at(encrypted.path, 'only "true", in these letters, asks for encryption')],
      effect: 'Volumes of the class are encrypted only where the account encrypts everything, and the driver says nothing of it.',
      fix: classFix(storageClass, encrypted.path, 'true', `say encrypted: "true" in StorageClass ${storageClass.id}`),
    })
  },
})
