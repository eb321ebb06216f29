import { defineCheck } from '#joints/define.ts'
import { keyFault, soundKey } from '#joints/key-fault.ts'
import { fail, skip } from '#model/verdict.ts'
import { settled } from '../../secrets-store/settled.ts'
import { ebsKey } from '../ebs-key.ts'
import { keyText, shortKey } from '../keys.ts'

const effect = 'The API server can read neither Secrets nor, from 1.28 on, any object: the cluster stops, and is lost when the key is.'

export default defineCheck({
  id: 'ebs-encryption/cluster-key-unusable',
  title: 'The KMS key of a cluster is disabled, to be deleted, gone, or its grant revoked',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/kms/Key'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html',
  ],

  test({ subject: cluster, world }) {
    const { encryptionConfig = [], name, health } = cluster.body
    const issues = health?.issues ?? []
    const revoked = issues.findIndex(({ code }) => code === 'KmsGrantRevoked')
    const issue = revoked < 0 ? issues.findIndex(({ code = '' }) => code.startsWith('Kms')) : revoked
    return settled(
      encryptionConfig,
      config => {
        const index = encryptionConfig.indexOf(config)
        const arn = config.provider?.keyArn
        if (arn === undefined) return skip('it names no key')
        const names = cluster.at(['encryptionConfig', index, 'provider', 'keyArn'], 'the cluster encrypts with this key')
        const told = issue < 0 ? [] : [cluster.at(['health', 'issues', issue, 'code'], 'EKS says so')]
        const key = world.find('aws/kms/Key', arn)
        if (key === undefined)
          return fail({
            message: `cluster ${name} encrypts its objects with ${shortKey(arn)}, which does not exist`,
            evidence: [names, ...told],
            effect,
            help: 'Nothing decrypts what is in etcd any more: make a new cluster, and apply what you have in Git.',
          })
        const fault = keyFault(key, ebsKey, world.readAt)
        const [said] = told
        // What else EKS says of the key is of a state that it has no more.
        if (fault === undefined && said !== undefined && revoked >= 0)
          return fail({
            message: `the grant under which cluster ${name} encrypts its objects with ${keyText(key)} was revoked`,
            evidence: [said, names, ...(key.body.KeyState === undefined ? [] : [key.at(['KeyState'], 'the key itself can be used')])],
            effect,
            help: `aws eks describe-cluster --name ${name} --query cluster.health has the message of EKS; ask AWS Support how the cluster gets its grant back.`,
          })
        if (fault === undefined) return soundKey(key, names)
        return fail({
          message: `${keyText(key)}, with which cluster ${name} encrypts its objects, is ${fault.what}`,
          evidence: [fault.at, names, ...told],
          effect,
          ...fault.remedy,
        })
      },
      'AWS owns the key of the cluster',
    )
  },
})
