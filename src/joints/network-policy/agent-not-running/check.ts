import { defineCheck } from '#joints/define.ts'
import { policyEngineKinds } from '#joints/policy-engine.ts'
import { agentVerdict } from '../agent-state.ts'

export default defineCheck({
  id: 'network-policy/agent-not-running',
  title: 'The network policy agent does not run on some nodes',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: [...policyEngineKinds, 'k8s/Pod'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/network-policies-troubleshooting.html',
    'https://github.com/aws/aws-network-policy-agent',
  ],

  test({ subject, world }) {
    return agentVerdict(world, subject)
  },
})
