import { defineCheck } from '#joints/define.ts'
import { policyEngineKinds, policyEngineOf } from '#joints/policy-engine.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../deviation-verdict.ts'
import { Unread } from '#base/errors.ts'

export default defineCheck({
  id: 'network-policy/policy-types-mismatched',
  title: 'The policy types of a policy do not say what its rules seem to',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/NetworkPolicy',
  reads: policyEngineKinds,
  sources: ['https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec'],

  test({ subject: policy, world }) {
    const { policyTypes, ingress, egress } = policy.body.spec ?? {}
    if (policyTypes === undefined) {
      if (egress === undefined || egress.length === 0) return skip('its rules are about what comes in, and so is it')
      if (ingress !== undefined) return pass(policy.at(['spec', 'ingress'], 'what comes in is spoken of as well', 'key'))
      return fail({
        message: `policy ${policy.id} has rules for egress alone and no policyTypes, so it closes ingress too`,
        evidence: [
          policy.at(['spec', 'egress'], 'without policyTypes it is about Ingress always, and about Egress because of this', 'key'),
        ],
        effect: 'Nobody can connect to the pods that it selects, unless another policy lets them.',
        fix: {
          title: 'let it be about Egress alone',
          safe: false,
          changes: [
            {
              target: targetOf(policy),
              edit: setting(policy, ['spec', 'policyTypes'], ['Egress']),
              permissions: ['patch networkpolicies'],
              risk: 'What comes in is no longer closed by this policy: see that nobody counted on it.',
            },
          ],
        },
      })
    }
    const unlisted = [
      { key: 'ingress', type: 'Ingress', rules: ingress },
      { key: 'egress', type: 'Egress', rules: egress },
    ].filter(({ type, rules }) => rules !== undefined && !policyTypes.includes(type))
    const [first] = unlisted
    if (first === undefined) return pass(policy.at(['spec', 'policyTypes'], 'every direction that it has rules for is listed', 'key'))
    if (first.rules?.length !== 0 && enforcesUnlisted(world, clusterOf(policy)))
      return skip('the engine enforces the rules all the same: network-policy/unlisted-direction-enforced')
    return fail({
      message: `policy ${policy.id} has ${first.rules?.length === 0 ? 'an empty list' : 'rules'} for ${first.key} and does not list ${first.type} among its policyTypes`,
      evidence: [
        policy.at(['spec', first.key], 'nobody asks for these', 'key'),
        policy.at(['spec', 'policyTypes'], `${first.type} is not here`, 'key'),
      ],
      effect: `The policy says nothing of ${first.key}: what the pods ${first.key === 'ingress' ? 'receive' : 'send'} is open unless another policy closes it.`,
      fix: {
        title: `list ${first.type} too`,
        safe: false,
        changes: [
          {
            target: targetOf(policy),
            edit: setting(policy, ['spec', 'policyTypes'], [...policyTypes, first.type]),
            permissions: ['patch networkpolicies'],
            risk: `${first.type} of the pods is closed but for these rules.`,
          },
        ],
      },
    })
  },
})

/** @throws Unread when it was not read who enforces policies */
function enforcesUnlisted(world: Parameters<typeof policyEngineOf>[0], cluster: string): boolean {
  const { engine } = policyEngineOf(world, cluster)
  if ('unread' in engine) throw new Unread(engine.unread)
  return engine.value === 'aws-vpc-cni'
}
