import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'
import { nearRoles } from '../../irsa/near-role.ts'
import { parseRoleArn } from '../../irsa/service-account.ts'
import { accountText, roleArnOf } from '../association.ts'

export default defineCheck({
  id: 'pod-identity/role-missing',
  title: 'The association names an IAM role that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: ['aws/iam/Role'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html'],

  test({ subject: association, world }) {
    const arn = roleArnOf(association)
    const role = world.find('aws/iam/Role', arn)
    if (role !== undefined) return pass(role.at(['Arn'], 'the role exists'))

    const parts = parseRoleArn(arn)
    const [near] = parts === undefined ? [] : nearRoles(world, parts)
    return fail({
      message: `the Pod Identity association of ${accountText(association.body)} names role ${arn.slice(arn.lastIndexOf('/') + 1)}, which does not exist`,
      evidence: [
        association.at(['roleArn'], 'no such role in the account'),
        ...(near === undefined ? [] : [near.role.at(['Arn'], near.label)]),
      ],
      effect: 'EKS cannot assume the role, so pods of the service account get no AWS credentials.',
      help: 'Create the role again with a trust policy for pods.eks.amazonaws.com, or name another with aws eks update-pod-identity-association.',
    })
  },
})
