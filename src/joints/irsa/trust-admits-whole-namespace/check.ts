import { defineCheck } from '#joints/define.ts'
import { openingVerdict } from '../opening-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-admits-whole-namespace',
  title: 'The role trusts every service account of a namespace',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],

  test({ subject: role, world }) {
    return openingVerdict(world, role, 'whole-namespace', ({ namespace }) => ({
      message: `role ${role.body.RoleName} trusts every service account of namespace ${namespace}`,
    }))
  },
})
