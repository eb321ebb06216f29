import { defineCheck } from '#joints/define.ts'
import { accountText, sendsTags } from '../association.ts'
import { podService } from '../pod-trust.ts'
import { podTrustVerdict } from '../pod-trust-verdict.ts'

export default defineCheck({
  id: 'pod-identity/trust-missing-principal',
  title: 'The role does not trust EKS Pod Identity',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: ['aws/iam/Role'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html'],

  test({ subject, world }) {
    return podTrustVerdict(world, subject, 'principal', ({ role }) => ({
      message: `role ${role.body.RoleName} does not trust ${podService}, which is to assume it for ${accountText(subject.body)}`,
      label: `no statement here allows ${podService}`,
      fix: sendsTags(subject)
        ? `trust ${podService} for ${accountText(subject.body)} of this cluster`
        : `trust ${podService}, for whichever association names the role`,
      help: `Add a statement that allows the service ${podService} to call sts:AssumeRole and sts:TagSession.`,
    }))
  },
})
