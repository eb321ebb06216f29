import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { policyName } from '../deviation-verdict.ts'
import { closedText, withoutExcepts } from '../except-rewrite.ts'

export default defineCheck({
  id: 'network-policy/except-acts-across-rules',
  title: 'An except of one rule closes what another rule allows',
  severity: 'high',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/tree/main/pkg/fwruleprocessor',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'except-pooled', {
      message: (first, name, policies) =>
        `${name} allows ${closedText(policies, first)}, and an except of ${first.with.map(policyName).join(' and ')} closes it`,
      at: 'this allows addresses that stay closed',
      with: 'the except of this rule closes them',
      effect: 'Packets to and from these addresses are dropped, although a rule allows them.',
      fix: (found, policies) => withoutExcepts(policies, found),
      help: 'Write the blocks around the except in place of the block with it.',
      passes: 'no except of another rule closes what its blocks allow',
    })
  },
})
