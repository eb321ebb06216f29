import { defineCheck } from '#joints/define.ts'
import { escalationKinds, escalationVerdict } from '../escalation.ts'
import { trustEdits } from '../trust-edits.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-trust-edit',
  title: 'A role that pods get may write the trust policy of a stronger role',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds],
  sources: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html'],

  test({ subject: role, world }) {
    const say = {
      way: 'may write the trust policy of',
      effect: 'Whoever gets into one of its pods lets itself into the other role, and has everything that it may do.',
      help: 'Limit iam:UpdateAssumeRolePolicy by Resource to roles that are no stronger, such as those of one path.',
    }
    return escalationVerdict(world, role, say, search => void search.found.push(...trustEdits(world, search, role)))
  },
})
