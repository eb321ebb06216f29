import { Unread } from '#base/errors.ts'
import { whyNoCluster, eksCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotating } from '../annotate.ts'
import { meantRole } from '../meant-role.ts'
import { roleArnFault } from '../role-arn-fault.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'

export default defineCheck({
  id: 'irsa/role-arn-malformed',
  title: 'The annotation of the service account is not the ARN of an IAM role',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns',
    'https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/cache/cache.go',
  ],

  test({ subject: serviceAccount, world }) {
    const value = roleArnOf(serviceAccount)
    if (value === undefined) return skip('the service account names no role')
    const at = annotationPath(annotation.roleArn)
    const fault = roleArnFault(value)
    const name = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
    const cluster = eksCluster(world, name)
    const partition = cluster?.body.arn.split(':')[1]
    if (fault === undefined) {
      if (cluster === undefined || partition === undefined) throw new Unread(whyNoCluster(world, name))
      if (parseRoleArn(value)?.partition === partition)
        return pass(serviceAccount.at(at, 'well-formed'), cluster.at(['arn'], 'and of this partition'))
    }
    const what = fault?.what ?? `the cluster is in partition ${partition}`
    const meant = fault === undefined ? value.replace(/^arn:[^:]*/, `arn:${partition}`) : (fault.repaired ?? meantRole(world, value)?.id)
    return fail({
      message: `service account ${serviceAccount.id} asks for a role that cannot be: ${what}`,
      evidence: [
        serviceAccount.at(at, what),
        ...(fault === undefined && cluster !== undefined ? [cluster.at(['arn'], 'credentials do not cross partitions')] : []),
      ],
      effect:
        'The webhook injects the text as it is, and STS answers "Request ARN is invalid" or denies, so the pods get no AWS credentials.',
      ...(meant === undefined
        ? {
            help: 'Annotate the service account with the ARN that aws iam get-role prints: arn:aws:iam::111122223333:role/name, with the path of the role if it has one.',
          }
        : { fix: { title: `ask for ${meant}`, safe: false, changes: [annotating(serviceAccount, meant)] } }),
    })
  },
})
