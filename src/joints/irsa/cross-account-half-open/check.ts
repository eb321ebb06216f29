import { parseArn } from '#iam/arn.ts'
import { defineCheck } from '#joints/define.ts'
import { otherSideEvidence } from '../other-account.ts'
import { resourceFix } from '../permission-fix.ts'
import { permissionKinds } from '../permission-state.ts'
import { accountText, permissionVerdict } from '../permission-verdict.ts'

export default defineCheck({
  id: 'irsa/cross-account-half-open',
  title: 'The role of pods allows something in another account that the other account does not',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: permissionKinds,
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html',
  ],

  test({ subject: serviceAccount, world }) {
    return permissionVerdict(world, serviceAccount, {
      about: ({ judged, role }) => ({
        needs: judged.filter(
          ({ need, answer }) =>
            need.by === 'policy' && (answer.side.account ?? '') !== '' && answer.side.account !== parseArn(role.id)?.account,
        ),
      }),
      fires: ({ cause }) => cause === 'other-account',
      none: 'its policies name nothing in another account',
      otherwise: 'what stands in the way is no policy of the other account',
      say({ role }, denied) {
        const [first] = denied
        const { action, resource } = first.need
        const account = first.answer.side.account ?? 'the other'
        const fix = resourceFix(role, denied, `allow ${action} to role ${role.body.RoleName} in account ${account}`)
        return {
          message: `role ${role.body.RoleName} allows ${accountText(serviceAccount)} ${action} on ${resource}, and account ${account} does not`,
          evidence: otherSideEvidence(first),
          effect: `Across accounts both sides must allow, so AWS answers AccessDenied for ${action}.`,
          ...(fix === undefined
            ? { help: `Let account ${account} allow ${action} to ${role.id} in the policy of the resource.` }
            : { fix }),
        }
      },
    })
  },
})
