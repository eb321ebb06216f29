import { Unread } from '#base/errors.ts'
import { principalAccount } from '#iam/question.ts'
import { accessKinds } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { defineCheck } from '#joints/define.ts'
import { keyFault } from '#joints/key-fault.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import { judgeNeed, type JudgedNeed } from '../../irsa/need.ts'
import { decidingEvidence, policyLines, whyUnknown } from '../../irsa/pod-role.ts'
import { settled } from '../../secrets-store/settled.ts'
import { allowsByKey, withStatements } from '../key-fix.ts'
import { ebsKey } from '../ebs-key.ts'
import { keyText, type Key } from '../keys.ts'
import type { Role } from '../operator.ts'

/** What EKS asks with the role of the cluster whenever it changes the cluster; objects are encrypted under the grant that it took when the key was given. */
const action = 'kms:DescribeKey'

export default defineCheck({
  id: 'ebs-encryption/cluster-key-denies-cluster-role',
  title: 'The role of a cluster may not describe the KMS key of the cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: accessKinds,
  sources: [
    'https://github.com/aws/containers-roadmap/issues/1533',
    'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSClusterPolicy.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html',
  ],

  test({ subject: cluster, world }) {
    const { encryptionConfig = [], name, roleArn } = cluster.body
    return settled(
      encryptionConfig,
      config => {
        const arn = config.provider?.keyArn
        if (arn === undefined) return skip('it names no key')
        if (roleArn === undefined)
          throw new Unread({ kind: 'aws/eks/Cluster', id: cluster.id, reason: 'the cluster was read without its role' })
        const key = world.find('aws/kms/Key', arn)
        if (key === undefined || keyFault(key, ebsKey, world.readAt) !== undefined)
          return skip('ebs-encryption/cluster-key-unusable tells of the key')
        const role = world.find('aws/iam/Role', roleArn)
        if (role === undefined) return skip('the role of the cluster does not exist')
        const caller = roleCaller(world, role)
        const account = principalAccount(caller.principal) ?? ''
        const judged = judgeNeed(world, caller, { action, resource: key.id, by: 'controller', context: { 'kms:CallerAccount': account } })
        const index = encryptionConfig.indexOf(config)
        const names = cluster.at(['encryptionConfig', index, 'provider', 'keyArn'], 'the cluster encrypts with this key')
        const acts = cluster.at(['roleArn'], 'EKS asks with this role')
        if (judged.is === 'unknown') throw whyUnknown(judged.answer, role)
        if (judged.is === 'allowed')
          return pass(decidingEvidence(judged.answer, `this allows ${action}`) ?? key.at(['Arn'], 'the policies allow it'), names, acts)
        const isRole = judged.cause === 'role'
        const silent = isRole
          ? role.at(['RoleName'], `no policy of the role allows ${action}`)
          : key.at([key.body.Policy === undefined ? 'Arn' : 'Policy'], `nothing here lets the role do ${action}`)
        const fix = keyPolicyFix(role, key, judged)
        return fail({
          message: isRole
            ? `role ${role.body.RoleName} of cluster ${name} does not let EKS do ${action} on ${keyText(key)}, with which the cluster encrypts its objects`
            : `${keyText(key)}, with which cluster ${name} encrypts its objects, does not let role ${role.body.RoleName} of the cluster do ${action}`,
          evidence: [
            decidingEvidence(judged.answer, `this denies ${action}`) ?? silent,
            names,
            acts,
            ...(isRole ? policyLines(role).slice(0, 2) : []),
          ],
          effect:
            'EKS refuses to update the cluster, its version too, and says that the role could not be assumed, not a word of the key. Objects can still be read, under the grant that EKS took when it was given the key.',
          ...(fix === undefined
            ? {
                help: 'Allow kms:DescribeKey on the key in the role, and in the key policy where that does not leave it to the account; nothing in between may deny it.',
              }
            : { fix }),
        })
      },
      'AWS owns the key of the cluster',
    )
  },
})

/** The least that is missing, when the key policy alone stands in the way. */
function keyPolicyFix(role: Role, key: Key, { cause, answer }: JudgedNeed): Fix | undefined {
  if (cause !== 'key') return undefined
  const statement = { Sid: 'ClusterDescribesTheKey', Effect: 'Allow', Principal: { AWS: role.id }, Action: action, Resource: '*' } as const
  const after = withStatements(key.body.Policy ?? undefined, [statement])
  if (after === undefined || !allowsByKey(answer, after)) return undefined
  const risk = 'Whoever may pass or assume the role sees how the key is set up; none of what it encrypts.'
  return {
    title: `let role ${role.body.RoleName} describe key ${key.body.KeyId}`,
    safe: false,
    changes: policyChanges(key, ['Policy'], after, { permissions: ['kms:PutKeyPolicy'], risk }),
  }
}
