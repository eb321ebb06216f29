import { defineCheck } from '#joints/define.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from '../service-account.ts'

export default defineCheck({
  id: 'irsa/default-service-account-has-role',
  title: 'The default service account of a namespace asks for an IAM role',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: workloadKinds,
  sources: [
    'https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: serviceAccount, world }) {
    const { name, namespace } = serviceAccount.body.metadata
    if (name !== 'default') return skip('it is not the default service account')
    const arn = roleArnOf(serviceAccount)
    if (arn === undefined) return pass(serviceAccount.at([], 'the default service account asks for no role'))
    const cluster = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
    const users = workloadsByServiceAccount(world).get(serviceAccountKey(cluster, namespace, name)) ?? []
    const shown = users.slice(0, 5).map(({ resource }) => resource.at([], 'it runs as the default service account'))
    return fail({
      message: `the default service account of namespace ${namespace} asks for role ${parseRoleArn(arn)?.name ?? arn}`,
      evidence: [serviceAccount.at(annotationPath(annotation.roleArn), 'every pod that names no service account gets this role'), ...shown],
      effect: `Every pod in ${namespace} that names no service account gets the role, whoever made it and whatever it runs.`,
      help: 'Make a service account for the workload that needs the role, name it in its pod template and in the trust policy, and take the annotation away here.',
    })
  },
})
