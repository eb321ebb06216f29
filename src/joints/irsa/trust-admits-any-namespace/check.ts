import { defineCheck } from '#joints/define.ts'
import { openingVerdict } from '../opening-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-admits-any-namespace',
  title: 'The role trusts service accounts of every namespace',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],

  test({ subject: role, world }) {
    return openingVerdict(world, role, 'any-namespace', ({ trust }) => ({
      message: `role ${role.body.RoleName} trusts service account ${trust.token.subject.split(':').at(-1)} of every namespace`,
    }))
  },
})
