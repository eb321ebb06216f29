import { lastName } from '#iam/arn.ts'
import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, roleArnOf } from '../association.ts'
import { assertKnown, decidedAt, isDenied } from '../decided.ts'
import { targetChain } from '../target-chain.ts'
import { brokenChainEvidence } from '../target-evidence.ts'
import { chainFix, whyBroken } from '../target-repair.ts'

export default defineCheck({
  id: 'pod-identity/target-chain-broken',
  title: 'The role of an association cannot assume its target role',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: [...accessKinds],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html'],

  test({ subject: association, world }) {
    const { targetRoleArn } = association.body
    const arn = roleArnOf(association)
    if (targetRoleArn === undefined) return skip('the association has no target role')
    const first = world.find('aws/iam/Role', arn)
    if (first === undefined) return skip('the role of the association does not exist')
    const names = association.at(['targetRoleArn'], 'the association names this target')
    const chain = targetChain(world, association, first, targetRoleArn)
    const { answer } = chain
    const target = world.seen('aws/iam/Role').find(role => role.id === targetRoleArn)
    if (!isDenied(answer) && target === undefined && world.find('aws/iam/Role', targetRoleArn) === undefined) {
      return fail({
        message: `the Pod Identity association of ${accountText(association.body)} names target role ${lastName(targetRoleArn)}, which does not exist`,
        evidence: [association.at(['targetRoleArn'], 'no such role in its account')],
        effect: 'EKS cannot assume it, so pods of the service account get no AWS credentials.',
        help: 'Create the target role with a trust for the first role, or name another with aws eks update-pod-identity-association.',
      })
    }
    if (answer.decision.answer === 'allow')
      return pass(
        association.at(['targetRoleArn'], 'EKS may go on to this role'),
        decidedAt(answer, `this allows ${answer.request.action} on the target role`) ?? names,
      )
    assertKnown(answer, first)

    const fix = chainFix(chain, target)
    const { action } = answer.request
    return fail({
      message: `role ${first.body.RoleName} may not do ${action} on ${lastName(targetRoleArn)}, the target role of the association of ${accountText(association.body)}: ${whyBroken(chain)}`,
      evidence: [brokenChainEvidence(chain, target), names],
      effect: 'EKS cannot go on from the first role to the target role, so pods of the service account get no AWS credentials.',
      ...(fix === undefined
        ? {
            help: `Allow ${chain.actions.join(' and ')} in the policies of the first role, and in the trust policy of the target role with sts:ExternalId ${association.body.externalId ?? 'of the association'}.`,
          }
        : { fix }),
    })
  },
})
