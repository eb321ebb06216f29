import { defineCheck } from '#joints/define.ts'
import { mismatch, mismatchFix, mismatchHelp } from '../trust-mismatch.ts'
import { trustVerdict } from '../trust-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-does-not-match',
  title: 'The IAM role does not trust this service account',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html',
  ],

  test({ subject, world }) {
    return trustVerdict(world, subject, 'other', broken => ({
      message: mismatch(broken),
      fix: mismatchFix(broken),
      help: mismatchHelp(broken),
    }))
  },
})
