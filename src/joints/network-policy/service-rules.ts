import { has, type BlueprintPodReader, type BlueprintPods } from '#joints/blueprint-pods.ts'
import type { Flow } from '#joints/blueprint-flows.ts'
import type { Labels } from '#joints/label-selector.ts'
import { hostBlock } from '#joints/peer-places.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { parseAddress } from '#network/addresses.ts'
import { blockPeers, podPeer, portOf, type Port, type Rule } from './wanted-rules.ts'

type Service = Resource<'k8s/Service'>
type ServiceReader = BlueprintPodReader & Reader<'k8s/Service'>

/**
 * Rules by which pods reach other pods at a port, and by the Services that lead there. AWS's engine opens the address of a Service only to a selector
 * whose labels the Service selects by: of the labels of the pods those are taken, where they still select nobody else, or else its address is named.
 * https://github.com/aws/amazon-network-policy-controller-k8s/issues/224
 * @throws Unread when the Services of the namespace were not read
 */
export function serviceRules(world: ServiceReader, cluster: string, pods: BlueprintPods, flow: Flow): readonly Rule[] {
  const { namespace, labels, workloads } = pods
  const services = world.list('k8s/Service', { cluster, namespace }).filter(service => leadsTo(service, workloads))
  const common = Object.fromEntries(
    Object.entries(labels).filter(([key, value]) => services.every(({ body }) => body.spec?.selector?.[key] === value)),
  )
  if (isOnlyTheirs(world, cluster, pods, common)) return [{ peers: [podPeer(namespace, common)], ports: [portOf(flow)] }]
  return [
    { peers: [podPeer(namespace, labels)], ports: [portOf(flow)] },
    ...services.flatMap(service => addressRules(service, workloads, flow)),
  ]
}

function leadsTo({ body: { spec } }: Service, workloads: readonly Workload[]): boolean {
  const selector = spec?.selector ?? {}
  return Object.keys(selector).length > 0 && workloads.some(workload => has(workload, selector))
}

function isOnlyTheirs(world: ServiceReader, cluster: string, { namespace, workloads }: BlueprintPods, labels: Labels): boolean {
  if (Object.keys(labels).length === 0) return false
  const others = workloadsOf(world).filter(each => each.cluster === cluster && each.namespace === namespace && !workloads.includes(each))
  return !others.some(other => has(other, labels))
}

/** The address of a Service, at its own port. */
function addressRules({ body: { spec } }: Service, workloads: readonly Workload[], flow: Flow): readonly Rule[] {
  const addresses = (spec?.clusterIPs ?? [spec?.clusterIP ?? '']).filter(text => parseAddress(text) !== undefined)
  const ports = (spec?.ports ?? []).flatMap(({ port, protocol = 'TCP', targetPort = port }): readonly Port[] => {
    const isThere = targetPort === flow.port || workloads.some(workload => namesPort(workload, String(targetPort), flow))
    return protocol === flow.protocol && isThere ? [{ protocol, port }] : []
  })
  return addresses.length === 0 || ports.length === 0 ? [] : [{ peers: blockPeers(addresses.map(hostBlock)), ports }]
}

const namesPort = ({ template }: Workload, name: string, { protocol, port }: Flow): boolean =>
  (template.spec.containers ?? []).some(({ ports = [] }) =>
    ports.some(each => each.name === name && each.containerPort === port && (each.protocol ?? 'TCP') === protocol),
  )
