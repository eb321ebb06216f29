import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { decidingEvidence, policyLines, whyUnknown } from '../../irsa/pod-role.ts'
import { settled } from '../../secrets-store/settled.ts'
import { homeOf } from '../home.ts'
import { keyFix } from '../key-fix.ts'
import { keyUseKinds, operatorKinds } from '../kinds.ts'
import { keyText, usesOf, type KeyUse } from '../keys.ts'
import { judgeKey } from '../needs.ts'
import { operatorOf } from '../operator.ts'

export default defineCheck({
  id: 'ebs-encryption/key-denies-controller',
  title: 'The EBS CSI controller may not use the KMS key of volumes',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/kms/Key',
  reads: [...new Set([...keyUseKinds, ...operatorKinds])],
  sources: [
    'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html',
    'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md#set-up-driver-permissions',
    'https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource',
  ],

  test({ subject: key, world }) {
    if (key.body.KeyManager === 'AWS') return skip('AWS keeps the key, and lets everybody of the account use it through EC2')
    // One use of each way of each driver stands for all: they ask the same of the same caller.
    const uses = [...new Map(usesOf(world, key).map(use => [[use.cluster, use.driver, use.by].join('\n'), use])).values()]
    return settled(uses, use => ofUse(use), 'no class and no volume of a cluster uses the key')

    function ofUse(use: KeyUse): Verdict {
      const state = operatorOf(world, use.cluster, use.driver)
      if (state.is === 'none') return skip(state.why)
      const { operator } = state
      const home = homeOf(world, use.cluster)
      const judged = judgeKey(world, operator, home, key.id, use.by)
      const denied = judged.filter(({ is }) => is === 'denied')
      const [first] = denied
      if (first === undefined) {
        const open = judged.find(({ is }) => is === 'unknown')
        if (open !== undefined) throw whyUnknown(open.answer, operator.role)
        const proofs = judged.map(each => decidingEvidence(each.answer, `this allows ${each.need.action}`))
        return pass(...proofs.map(proof => proof ?? key.at(['Arn'], 'the policies allow it')), use.at('it is the key of this'), operator.at)
      }
      if (key.body.Policy === undefined && first.cause !== 'role')
        throw new Unread({ kind: 'aws/kms/Key', id: key.id, reason: 'the key was read without its policy' })
      const { role } = operator
      const isRole = first.cause === 'role'
      const actions = denied.map(({ need }) => need.action).join(', ')
      const silent = isRole
        ? role.at(['RoleName'], `no policy of the role allows ${first.need.action} through EC2`)
        : key.at([key.body.Policy === undefined ? 'Arn' : 'Policy'], `nothing here lets the role do ${first.need.action} through EC2`)
      const fix = keyFix(role, key, home, denied)
      return fail({
        message: `${isRole ? `role ${role.body.RoleName}` : keyText(key)} does not let ${operator.text} do ${actions}${isRole ? ` on ${keyText(key)}` : ''}, which ${use.text} takes`,
        evidence: [
          decidingEvidence(first.answer, `this denies ${first.need.action}`) ?? silent,
          use.at('it is the key of this'),
          operator.at,
          ...(isRole ? policyLines(role).slice(0, 2) : []),
        ],
        effect:
          use.by === 'class'
            ? 'EC2 takes each new volume back, and the driver says InvalidVolume.NotFound, not a word of the key.'
            : 'Pods that run keep what is attached; on another node the volume cannot be attached (CustomerKeyHasBeenRevoked).',
        key: [use.cluster, use.driver].join('/'),
        ...(fix === undefined
          ? {
              help: 'Allow the three actions through EC2 in the role and, where it does not leave it to the account, in the key policy; nothing in between may deny them.',
            }
          : { fix }),
      })
    }
  },
})
