import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { withoutForeignExcepts } from '../rule-edits.ts'

export default defineCheck({
  id: 'network-policy/except-of-other-family',
  title: 'An except of the other address family is written as an address of this one',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/aws-network-policy-agent/blob/main/pkg/utils/utils.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'foreign-family-except', {
      message: (first, name) => `${name} has an except that closes unrelated addresses: ${first.detail}`,
      at: 'one of its blocks has an except of the other family',
      effect: 'Addresses of this cluster that begin with the same bytes are closed, and nobody can tell why.',
      fix: (found, policies) => withoutForeignExcepts(policies, found),
      help: 'Take the except out: blocks of the other family do nothing here.',
      passes: 'no except is of the other address family',
    })
  },
})
