import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'

export default defineCheck({
  id: 'ebs-encryption/encryption-by-default-off',
  title: 'An account with a cluster does not encrypt new EBS volumes by default',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/ec2/EbsEncryptionByDefault',
  reads: ['aws/eks/Cluster'],
  sources: ['https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html'],

  test({ subject: own, world }) {
    const [account = '', region = ''] = own.id.split(':')
    const cluster = world.seen('aws/eks/Cluster').find(({ id }) => id.split(':')[3] === region && id.split(':')[4] === account)
    if (cluster === undefined) {
      world.list('aws/eks/Cluster', { account, region })
      return skip('no cluster is in this account and region')
    }
    if (own.body.EbsEncryptionByDefault === undefined) return skip('it was not told')
    const on = own.body.EbsEncryptionByDefault
    if (on) return pass(own.at(['EbsEncryptionByDefault'], 'every new volume is encrypted'), cluster.at(['name'], 'a cluster is here'))
    return fail({
      message: `account ${account} does not encrypt EBS volumes by default in ${region}, where cluster ${cluster.body.name} is`,
      evidence: [
        own.at(['EbsEncryptionByDefault'], 'a volume that nobody asks to encrypt is not'),
        cluster.at(['name'], 'a cluster is here'),
      ],
      effect: 'Root volumes of nodes, volumes of classes that do not ask, and restored snapshots are not encrypted.',
      fix: {
        title: `encrypt EBS volumes of account ${account} in ${region} by default`,
        safe: false,
        changes: [
          {
            target: targetOf(own),
            edit: setting(own, ['EbsEncryptionByDefault'], true),
            permissions: ['ec2:EnableEbsEncryptionByDefault'],
            risk: 'New volumes then take the default key of the account: who makes them must be allowed to use it, Auto Scaling among others.',
          },
        ],
      },
    })
  },
})
