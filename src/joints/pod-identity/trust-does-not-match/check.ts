import { defineCheck } from '#joints/define.ts'
import { accountText } from '../association.ts'
import { podService } from '../pod-trust.ts'
import { podTrustVerdict, type BrokenTrust } from '../pod-trust-verdict.ts'

export default defineCheck({
  id: 'pod-identity/trust-does-not-match',
  title: 'The role trusts EKS Pod Identity, but not for this association',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: ['aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html',
  ],

  test({ subject, world }) {
    return podTrustVerdict(world, subject, 'other', broken => {
      const isDenied = broken.decision.answer === 'explicitDeny'
      return {
        message: `role ${broken.role.body.RoleName} ${isDenied ? 'explicitly denies' : 'does not let'} ${podService} ${isDenied ? '' : 'in '}for ${accountText(subject.body)} of cluster ${subject.body.clusterName}${reason(broken)}`,
        label: isDenied ? 'this Deny matches the call' : label(broken),
        fix: isDenied ? 'exempt the association from the Deny' : 'let this association in',
        help: 'Decide whether the restriction is meant. If it is not, change it so that the statement matches the association.',
      }
    })
  },
})

const reason = ({ difference }: BrokenTrust): string =>
  difference?.key === undefined ? '' : `: it asks for ${difference.expected.join(' or ')} under ${difference.key}`

function label({ difference, action }: BrokenTrust): string {
  if (difference?.element === 'Action' || difference?.element === 'NotAction') return `this leaves ${action} out`
  return difference?.actual === undefined ? 'the call carries no such key' : `the call says ${difference.actual.join(', ')}`
}
