import { Unread } from '#base/errors.ts'
import { isAtLeast, parseVersion } from '#joints/container-image.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'

/** From this version on EKS encrypts every object with a key that AWS owns, or with the one that the cluster names. */
const byDefaultSince = '1.28'

export default defineCheck({
  id: 'ebs-encryption/cluster-secrets-not-encrypted',
  title: 'Secrets of a cluster have no envelope encryption',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html',
  ],

  test({ subject: cluster }) {
    const { encryptionConfig = [], version, name } = cluster.body
    const index = encryptionConfig.findIndex(({ resources = [] }) => resources.includes('secrets'))
    if (index >= 0) return pass(cluster.at(['encryptionConfig', index], 'Secrets are encrypted with a key of the account'))
    const parsed = version === undefined ? undefined : parseVersion(version)
    if (version === undefined || parsed === undefined)
      throw new Unread({
        kind: 'aws/eks/Cluster',
        id: cluster.id,
        reason: 'the cluster was read without its version',
        settle: { by: 'iam', action: 'eks:DescribeCluster' },
      })
    const says = cluster.at(['version'], `EKS encrypts every object since ${byDefaultSince}`)
    if (isAtLeast(parsed, byDefaultSince)) return pass(says)
    return fail({
      message: `cluster ${name} is ${version} and names no key for its Secrets`,
      evidence: [says],
      effect: 'Secrets lie in etcd as they are, under the encryption of its disks alone.',
      help: `Update the cluster to ${byDefaultSince} or above, or aws eks associate-encryption-config --cluster-name ${name}: a key cannot be taken away again.`,
    })
  },
})
