import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { agentPort, type AgentAddress } from './injection.ts'

/** One more rule in a policy that selects the pods. */
export function openingFix(policy: Resource<'k8s/NetworkPolicy'>, address: AgentAddress): Fix {
  const resource = policy as unknown as Resource
  const cidr = address.includes(':') ? `${address}/128` : `${address}/32`
  const rule = { to: [{ ipBlock: { cidr } }], ports: [{ protocol: 'TCP', port: agentPort }] }
  const count = policy.body.spec?.egress?.length ?? 0
  return {
    title: `allow egress to ${cidr} port ${agentPort}`,
    safe: false,
    changes: [
      {
        target: targetOf(resource),
        edit: setting(resource, ['spec', 'egress', count], rule),
        permissions: ['patch networkpolicies'],
        risk: 'Every pod that the policy selects then reaches the Pod Identity agent of its node, which serves only tokens of service accounts that have an association.',
      },
    ],
  }
}
