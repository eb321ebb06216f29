import { defineCheck } from '#joints/define.ts'
import { guardrailEvidence, guardrailText } from '../guardrail.ts'
import { permissionKinds } from '../permission-state.ts'
import { accountText, actionsText, permissionVerdict } from '../permission-verdict.ts'

export default defineCheck({
  id: 'irsa/permission-blocked-by-guardrail',
  title: 'A guardrail takes away what the role of pods allows',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: permissionKinds,
  sources: [
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html',
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html',
  ],

  test({ subject: serviceAccount, world }) {
    return permissionVerdict(world, serviceAccount, {
      about: ({ judged }) => ({ needs: judged.filter(({ cause }) => cause === undefined || cause === 'guardrail') }),
      fires: ({ cause }) => cause === 'guardrail',
      none: 'nothing that its pods need gets as far as a guardrail',
      otherwise: 'nothing that its pods need gets as far as a guardrail',
      say({ role }, denied) {
        const [first] = denied
        const guardrail = guardrailText(first.answer)
        return {
          message: `role ${role.body.RoleName} allows ${accountText(serviceAccount)} ${actionsText(denied)}, and ${guardrail.denies}`,
          evidence: [...guardrailEvidence(role, first.answer), ...(first.need.at === undefined ? [] : [first.need.at])],
          effect: `AWS answers AccessDenied for ${first.need.action}${first.need.resource === '*' ? '' : ` on ${first.need.resource}`}, whatever the role's own policies say.`,
          help: guardrail.isOurs
            ? `Decide whether the guardrail is meant. If it is not, let it allow ${actionsText(denied)}; if it is, take that out of the role.`
            : 'Ask whoever runs the organization for an exception, or take the permission out of the role so that it says what holds.',
        }
      },
    })
  },
})
