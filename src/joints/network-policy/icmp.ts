import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { clusterOf, deviationLists, enforcedByAws, placeOf, podEvidence } from './deviation-verdict.ts'

const targetType = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type'

/**
 * Pods to which a Network Load Balancer sends packets of clients themselves: a router on the way that can pass on only smaller ones says so by ICMP.
 * https://docs.aws.amazon.com/vpc/latest/userguide/path_mtu_discovery.html
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function icmpVerdict(world: PolicyLayerReader, service: Resource<'k8s/Service'>): Verdict {
  const policies = policiesOf(world, clusterOf(service))
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  const { spec, metadata } = service.body
  if (spec?.type !== 'LoadBalancer') return skip('no load balancer sends to its pods')
  if (metadata.annotations?.[targetType] !== 'ip') return skip('its load balancer sends to nodes')
  requireLists(policies.input, deviationLists)
  const labels = Object.entries(spec.selector ?? {})
  const backends = policies.input.pods.all.filter(
    pod =>
      pod.metadata.namespace === metadata.namespace &&
      labels.length > 0 &&
      labels.every(([name, value]) => pod.metadata.labels?.[name] === value),
  )
  const layer = policies.layer()
  const protocol = backends.some(({ status }) => status?.podIP?.includes(':') === true) ? 'ICMPv6' : 'ICMP'
  for (const { metadata: own } of backends) {
    const pod = `${own.namespace}/${own.name}`
    const closing = layer.answer('ingress', pod, { outside: [] }, protocol)
    const port = spec.ports?.[0]
    const target = typeof port?.targetPort === 'number' ? port.targetPort : port?.port
    const isOpen =
      target !== undefined && layer.verdict('ingress', pod, { outside: [] }, port?.protocol === 'UDP' ? 'UDP' : 'TCP', target) === 'allow'
    if (closing.verdict !== 'deny' || !isOpen) continue
    const policy = [...(closing.asked ?? []), ...closing.by].flatMap(each =>
      placeOf(policies, { ...each, path: [] }, 'its rules have ports, and ICMP has none'),
    )
    return fail({
      message: `clients of Service ${service.id} reach its pods, and ICMP messages about their path do not`,
      evidence: [
        service.at(['metadata', 'annotations', targetType], 'packets of clients go to the pods themselves'),
        ...policy.flatMap(each => each ?? []),
        podEvidence(policies, pod, 'it concerns this pod'),
      ],
      effect: 'When a packet is too big for a link on the way, the pod never learns it: large answers hang for some clients.',
      help: 'Add a rule without ports for the blocks from which ICMP may come, or lower the MTU of the pods.',
    })
  }
  const [backend] = backends
  if (backend === undefined) return skip('it has no pods')
  return pass(
    podEvidence(policies, `${backend.metadata.namespace}/${backend.metadata.name}`, 'no rule drops ICMP on the way of its clients'),
  )
}
