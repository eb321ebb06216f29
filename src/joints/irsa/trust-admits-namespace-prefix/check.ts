import { defineCheck } from '#joints/define.ts'
import { openingVerdict } from '../opening-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-admits-namespace-prefix',
  title: 'The role trusts namespaces by the beginning of their names',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],

  test({ subject: role, world }) {
    return openingVerdict(world, role, 'namespace-prefix', ({ namespace }) => ({
      message: `role ${role.body.RoleName} trusts every namespace whose name begins with ${namespace}`,
    }))
  },
})
