import { defineCheck } from '#joints/define.ts'
import { openingVerdict } from '../opening-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-admits-any-service-account',
  title: 'The role trusts every service account of a cluster',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],

  test({ subject: role, world }) {
    return openingVerdict(world, role, 'any-service-account', (_, negated) => ({
      message: `role ${role.body.RoleName} trusts every service account of the cluster${negated ? ', except those that a negated condition names' : ''}`,
    }))
  },
})
