import { defineCheck } from '#joints/define.ts'
import { trustVerdict } from '../trust-verdict.ts'

export default defineCheck({
  id: 'irsa/trust-subject-under-audience',
  title: 'The trust policy compares the subject with the audience, or the audience with the subject',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/eks/Cluster', 'aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif',
  ],

  test({ subject, world }) {
    return trustVerdict(world, subject, 'swapped', ({ role, diagnosis }) => {
      const { key = '', written } = diagnosis.faults[0]
      const claim = key.slice(key.lastIndexOf(':'))
      return {
        message: `role ${role.body.RoleName} looks for ${written.join(', ')} under ${claim}, where tokens of service account ${subject.id} never have it`,
        fix: 'ask for the subject under :sub and for the audience under :aud',
        help: 'Compare the subject under the key that ends in :sub and the audience under the one that ends in :aud.',
      }
    })
  },
})
