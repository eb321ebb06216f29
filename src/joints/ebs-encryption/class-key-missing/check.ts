import { parseArn } from '#iam/arn.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { ebsDriverOf, keyParameter } from '../classes.ts'
import { clusterOf, homeOf } from '../home.ts'
import { keyNamed, parseKeyName, shortKey } from '../keys.ts'

const effect =
  'EC2 looks at the key only after it has answered: it takes the volume back, and the driver says InvalidVolume.NotFound, not a word of the key.'

export default defineCheck({
  id: 'ebs-encryption/class-key-missing',
  title: 'A StorageClass names a KMS key that is not there',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/StorageClass',
  reads: ['aws/eks/Cluster', 'aws/kms/Key'],
  sources: [
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html',
  ],

  test({ subject: storageClass, world }) {
    if (ebsDriverOf(storageClass) === undefined) return skip('it is not of EBS')
    const parameter = keyParameter(storageClass)
    if (parameter === undefined) return skip('it names no key')
    const home = homeOf(world, clusterOf(storageClass))
    const name = parseKeyName(parameter.value, home)
    if (name.is === 'malformed') return skip('ebs-encryption/class-key-malformed tells it')
    const names = storageClass.at(parameter.path, 'volumes are encrypted with this key')
    const { region = '' } = parseArn(name.arn) ?? {}
    if (region !== home.region)
      return fail({
        message: `StorageClass ${storageClass.id} names a key of ${region}, and the volumes of cluster ${clusterOf(storageClass)} are in ${home.region}`,
        evidence: [names, home.cluster.at(['arn'], `the cluster is in ${home.region}`)],
        effect,
        help: name.arn.includes('key/mrk-')
          ? `Name the replica of the key in ${home.region}: a multi-Region key has an ARN of its own in each region.`
          : `Name a key of ${home.region}: EBS takes only keys of the region of the volume.`,
      })
    const key = keyNamed(world, name)
    if (key !== undefined) return pass(key.at(['Arn'], 'the key is there'), names)
    return fail({
      message: `StorageClass ${storageClass.id} names ${shortKey(name.arn)}, which account ${parseArn(name.arn)?.account ?? ''} does not have in ${region}`,
      evidence: [names],
      effect,
      help: 'Name the full ARN of a key that is there, in a class that is made again.',
    })
  },
})
