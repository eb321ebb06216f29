import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { ebsDriverOf, keyParameter } from '../classes.ts'
import { clusterOf, homeOf } from '../home.ts'
import { parseKeyName } from '../keys.ts'

export default defineCheck({
  id: 'ebs-encryption/class-key-malformed',
  title: 'A StorageClass names its KMS key in a way that EC2 does not understand',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: ['aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md',
  ],

  test({ subject: storageClass, world }) {
    if (ebsDriverOf(storageClass) === undefined) return skip('it is not of EBS')
    const parameter = keyParameter(storageClass)
    if (parameter === undefined) return skip('it names no key')
    const home = homeOf(world, clusterOf(storageClass))
    const name = parseKeyName(parameter.value, home)
    if (name.is !== 'malformed') return pass(storageClass.at(parameter.path, 'EC2 understands this name'))
    return fail({
      message: `StorageClass ${storageClass.id} names key ${parameter.value}, which is neither the ARN nor the id nor an alias of a key`,
      evidence: [storageClass.at(parameter.path, 'EC2 finds no key by this name')],
      effect:
        'EC2 looks at the key only after it has answered: it takes the volume back, and the driver says InvalidVolume.NotFound, not a word of the key.',
      help: `Name the full ARN of the key, arn:${home.partition}:kms:${home.region}:${home.account}:key/…, in a class that is made again.`,
    })
  },
})
