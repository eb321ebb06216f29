import { defineCheck } from '#joints/define.ts'
import { trustVerdict } from '../trust-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-action-mismatch',
  title: 'The role trusts the cluster, but not for the call that pods make',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
  ],

  test({ subject, world }) {
    return trustVerdict(world, subject, 'action', ({ role, diagnosis }) => {
      const written = diagnosis.faults[0].written.join(', ')
      return {
        message: `role ${role.body.RoleName} trusts the cluster of service account ${subject.id} with ${written} only`,
        fix: 'allow sts:AssumeRoleWithWebIdentity in this statement',
        help: 'Allow sts:AssumeRoleWithWebIdentity in the statement that names the provider of the cluster.',
      }
    })
  },
})
