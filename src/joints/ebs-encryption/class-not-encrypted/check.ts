import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountDefault } from '../account-default.ts'
import { classFix } from '../class-edit.ts'
import { ebsDriverOf, encryptionAsked, parameterOf } from '../classes.ts'
import { clusterOf, homeOf } from '../home.ts'

export default defineCheck({
  id: 'ebs-encryption/class-not-encrypted',
  title: 'Volumes of a StorageClass are not encrypted',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: ['aws/ec2/EbsEncryptionByDefault', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md',
  ],

  test({ subject: storageClass, world }) {
    if (ebsDriverOf(storageClass) === undefined) return skip('it is not of EBS')
    const asked = encryptionAsked(storageClass)
    if (asked !== undefined) return pass(storageClass.at(asked.path, 'the class asks for encrypted volumes'))
    const encrypted = parameterOf(storageClass, 'encrypted')
    if (encrypted !== undefined && encrypted.value !== 'false') return skip('ebs-encryption/class-encrypted-ignored tells it')
    const home = homeOf(world, clusterOf(storageClass))
    const own = accountDefault(world, home)
    const says =
      encrypted === undefined
        ? storageClass.at(['metadata', 'name'], 'the class does not ask')
        : storageClass.at(encrypted.path, 'the class says no')
    if (own.body.EbsEncryptionByDefault === true)
      return pass(own.at(['EbsEncryptionByDefault'], 'the account encrypts every new volume'), says)
    return fail({
      message: `StorageClass ${storageClass.id} does not ask for encryption, and account ${home.account} does not encrypt by default in ${home.region}`,
      evidence: [says, own.at(['EbsEncryptionByDefault'], 'volumes that nobody asks to encrypt are not')],
      effect: 'Every volume of the class, and every snapshot of it, lies unencrypted in EBS; it stays so when the class is mended.',
      fix: classFix(
        storageClass,
        encrypted?.path ?? ['parameters', 'encrypted'],
        'true',
        `ask for encrypted volumes in StorageClass ${storageClass.id}`,
      ),
    })
  },
})
