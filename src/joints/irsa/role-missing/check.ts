import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotateFix, nearRoles } from '../near-role.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'

export default defineCheck({
  id: 'irsa/role-missing',
  title: 'The service account names an IAM role that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],

  test({ subject: serviceAccount, world }) {
    const arn = roleArnOf(serviceAccount)
    if (arn === undefined) return skip('the service account names no role')
    const parts = parseRoleArn(arn)
    if (parts === undefined) return skip('the role ARN is malformed')

    const role = world.find('aws/iam/Role', arn)
    if (role !== undefined) return pass(role.at(['Arn'], 'the role exists'))

    const near = nearRoles(world, parts)
    const fix = annotateFix(world, serviceAccount, near)
    return fail({
      message: `service account ${serviceAccount.id} asks for ${arn}, which does not exist`,
      evidence: [
        serviceAccount.at(annotationPath(annotation.roleArn), 'no role has this ARN'),
        ...near.slice(0, 2).map(item => item.role.at(['Arn'], item.label)),
      ],
      effect: 'AssumeRoleWithWebIdentity is denied (STS does not say that the role is missing), so pods get no AWS credentials.',
      ...(fix === undefined
        ? {
            help: 'Create the role with a trust policy for this service account, or annotate the service account with the role that is meant.',
          }
        : { fix }),
    })
  },
})
