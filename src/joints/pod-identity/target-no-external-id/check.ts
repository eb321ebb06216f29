import { lastName } from '#iam/arn.ts'
import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { trustPath } from '#joints/trust.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, roleArnOf } from '../association.ts'
import { externalIdFix, externalIdUse } from '../external-id.ts'
import { targetChain } from '../target-chain.ts'

export default defineCheck({
  id: 'pod-identity/target-no-external-id',
  title: 'The target role of an association may be assumed without the external id of the association',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: [...accessKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
  ],

  test({ subject: association, world }) {
    const { targetRoleArn } = association.body
    const arn = roleArnOf(association)
    if (targetRoleArn === undefined) return skip('the association has no target role')
    const [first, target] = [world.find('aws/iam/Role', arn), world.find('aws/iam/Role', targetRoleArn)]
    if (first === undefined || target === undefined) return skip('one of the two roles does not exist')
    const use = externalIdUse(target, targetChain(world, association, first, targetRoleArn))
    if (use.is === 'denied') return skip('the target role does not let the first role in at all')
    const statement = [...trustPath, ...use.path]
    if (use.is === 'required') return pass(target.at(statement, 'this asks for the external id'))

    const fix = externalIdFix(association, target, use.path, first)
    return fail({
      message: `target role ${lastName(targetRoleArn)} lets ${first.body.RoleName} in without the external id of the association of ${accountText(association.body)}`,
      evidence: [
        target.at(statement, 'no condition on sts:ExternalId'),
        association.at(['targetRoleArn'], 'the association names this target'),
      ],
      effect: `Every association that uses ${first.body.RoleName} as its role, and everybody else who has that role, can go on to the target role, not this service account alone.`,
      ...(fix === undefined
        ? {
            help: `Give this association a statement of its own that names ${first.body.RoleName} and asks for sts:ExternalId ${association.body.externalId ?? 'of the association'}.`,
          }
        : { fix }),
    })
  },
})
