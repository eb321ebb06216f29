import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { keyFault } from '#joints/key-fault.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import type { JudgedNeed } from '../../irsa/need.ts'
import { decidingEvidence, whyUnknown } from '../../irsa/pod-role.ts'
import { settled } from '../../secrets-store/settled.ts'
import { autoScalingRole, autoScalingStatements, judgeAutoScaling } from '../auto-scaling.ts'
import { ebsKey } from '../ebs-key.ts'
import { allowsByKey, withStatements } from '../key-fix.ts'
import { keyNamed, keyText, parseKeyName, type Key } from '../keys.ts'
import { makerText, nodeKeys, nodePlace } from '../node-keys.ts'
import type { Role } from '../operator.ts'

const told = 'ebs-encryption/node-volume-key-unusable tells of the key'

export default defineCheck({
  id: 'ebs-encryption/node-key-denies-auto-scaling',
  title: 'Auto Scaling may not use the KMS key of the volumes of a node group',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Nodegroup',
  reads: [...accessKinds, 'aws/ec2/LaunchTemplateVersion', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html',
    'https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AutoScalingServiceRolePolicy.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html',
  ],

  test({ subject: group, world }) {
    return settled(
      nodeKeys(world, group),
      ({ value, at }) => {
        const place = nodePlace(world, group)
        const name = parseKeyName(value, place)
        if (name.is === 'malformed' || parseArn(name.arn)?.region !== place.region) return skip(told)
        const key = keyNamed(world, name)
        if (key === undefined || keyFault(key, ebsKey, world.readAt) !== undefined) return skip(told)
        if (key.body.KeyManager === 'AWS') return skip('AWS keeps the key, and lets Auto Scaling use it')
        const role = world.find('aws/iam/Role', autoScalingRole(place))
        if (role === undefined) return skip('the account has no service-linked role of Auto Scaling')
        const judged = judgeAutoScaling(world, role, key, place)
        const denied = judged.filter(({ is }) => is === 'denied')
        const [first] = denied
        const names = at('new nodes get volumes of this key')
        if (first === undefined) {
          const open = judged.find(({ answer }) => answer.decision.answer !== 'allow')
          if (open !== undefined) throw whyUnknown(open.answer, role)
          const proofs = judged.map(({ answer, need }) => decidingEvidence(answer, `this allows ${need.action}`))
          return pass(...proofs.map(proof => proof ?? key.at(['Arn'], 'the key allows it')), names)
        }
        requireWhole(key)
        const fix = keyPolicyFix(role, key, denied)
        return fail({
          message: `${keyText(key)}, with which ${makerText(group)} encrypts the volumes of nodes, does not let Auto Scaling do ${denied.map(({ need }) => need.action).join(', ')}`,
          evidence: [
            decidingEvidence(first.answer, `this denies ${first.need.action}`) ??
              key.at(['Policy'], `nothing here lets ${role.body.RoleName} do ${first.need.action}`),
            names,
          ],
          effect:
            'Each new node of the group is ended as it starts (Client.InvalidKMSKey.InvalidState), so the group neither grows nor replaces nodes; those that run stay.',
          ...(fix === undefined
            ? {
                help: `Let ${role.id} use the key: in its policy, or, where the key is another account's, by a grant (aws kms create-grant); nothing may deny it.`,
              }
            : { fix }),
        })
      },
      'its launch template names no key',
    )
  },
})

/** Nothing is denied by a policy or grants that nobody read. */
function requireWhole({ id, body: { Policy, Grants } }: Key): void {
  if (Policy === undefined)
    throw new Unread({
      kind: 'aws/kms/Key',
      id,
      reason: 'the key was read without its policy',
      settle: { by: 'iam', action: 'kms:GetKeyPolicy', resource: id },
    })
  if (Grants === undefined)
    throw new Unread({
      kind: 'aws/kms/Key',
      id,
      reason: 'the key was read without its grants',
      settle: { by: 'iam', action: 'kms:ListGrants', resource: id },
    })
}

/** The role is AWS's own and cannot be given more, so the policy of the key is what can change. Of another account's key that is not enough. */
function keyPolicyFix(role: Role, key: Key, denied: readonly JudgedNeed[]): Fix | undefined {
  const after = withStatements(key.body.Policy ?? undefined, autoScalingStatements(role.id, denied))
  if (after === undefined || !denied.every(({ answer }) => allowsByKey(answer, after))) return undefined
  const risk = 'Every Auto Scaling group of the account may then start instances with volumes of the key.'
  return {
    title: `let Auto Scaling use key ${key.body.KeyId}`,
    safe: false,
    changes: policyChanges(key, ['Policy'], after, { permissions: ['kms:PutKeyPolicy'], risk }),
  }
}
