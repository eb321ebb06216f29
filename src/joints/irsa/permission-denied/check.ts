import { defineCheck } from '#joints/define.ts'
import { deniedRemedy, deniedText, isSilent } from '../denied-permission.ts'
import { permissionKinds } from '../permission-state.ts'
import { accountText, permissionVerdict } from '../permission-verdict.ts'
import { deniedEvidence, policyLines } from '../pod-role.ts'

export default defineCheck({
  id: 'irsa/permission-denied',
  title: 'The role does not allow what its pods need',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: permissionKinds,
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html',
  ],

  test({ subject: serviceAccount, world }) {
    return permissionVerdict(world, serviceAccount, {
      about: ({ judged }) => ({ needs: judged.filter(({ need, cause }) => need.by === 'controller' || cause === 'resource') }),
      fires: ({ cause }) => cause === 'role' || cause === 'resource',
      none: 'no known controller runs as it',
      otherwise: 'what is denied is denied by a guardrail: irsa/permission-blocked-by-guardrail',
      say: ({ role, baseline }, denied) => ({
        message: deniedText(role, accountText(serviceAccount), denied),
        evidence: [deniedEvidence(role, denied[0].answer), ...(isSilent(denied[0]) ? policyLines(role) : [])],
        effect: `AWS answers AccessDenied, so ${baseline?.title ?? accountText(serviceAccount)} cannot do its work.`,
        ...deniedRemedy(role, baseline, denied),
      }),
    })
  },
})
