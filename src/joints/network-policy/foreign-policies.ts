import type { BlueprintPods } from '#joints/blueprint-pods.ts'
import { isOwned } from '#model/owner.ts'
import { requirementsOf, type Labels } from '#joints/label-selector.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { containsCidr, parseCidr } from '#network/addresses.ts'
import type { Peer, Port } from './wanted-rules.ts'

export type Direction = 'Ingress' | 'Egress'
type Policy = Resource<'k8s/NetworkPolicy'>
type PolicyReader = Reader<'k8s/NetworkPolicy' | 'k8s/Namespace'>

/**
 * NetworkPolicies of somebody else that select pods of a blueprint.
 * @throws Unread when those of the namespace were not read
 */
export const foreignPolicies = (world: PolicyReader, cluster: string, { namespace, workloads, labels }: BlueprintPods): readonly Policy[] =>
  world.list('k8s/NetworkPolicy', { cluster, namespace }).filter(policy => !isOwned(policy.body) && selects(policy, workloads, labels))

/** Pods that nobody made yet are known by the labels that they will have. */
function selects({ body: { spec } }: Policy, workloads: readonly Workload[], labels: Labels): boolean {
  const wanted = requirementsOf(spec?.podSelector)
  if (workloads.length === 0) return wanted.every(each => each.holds(labels))
  return workloads.some(({ template, seenPods }) =>
    [template.labels, ...seenPods.map(({ body }) => body.metadata.labels ?? {})].some(own => wanted.every(each => each.holds(own))),
  )
}

/** https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
export const isolates = ({ body: { spec } }: Policy, direction: Direction): boolean =>
  spec?.policyTypes?.includes(direction) ?? (direction === 'Ingress' || (spec?.egress ?? []).length > 0)

/** One end of a flow, as rules of the other end's policies see it. */
export interface Caller {
  readonly pods: BlueprintPods
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  /** The workloads that have the port. */
  readonly listening: readonly Workload[]
}

/**
 * Whether rules of policies let a flow through, as they are published. A block admits pods only where it is everything.
 * @throws Unread when the namespaces were not read
 */
export function admits(world: PolicyReader, cluster: string, policies: readonly Policy[], direction: Direction, caller: Caller): boolean {
  return policies.some(({ body: { spec, metadata } }) => {
    const rules = direction === 'Ingress' ? spec?.ingress : spec?.egress
    return (rules ?? []).some(rule => {
      const peers: readonly Peer[] = ('from' in rule ? rule.from : 'to' in rule ? rule.to : undefined) ?? []
      const ports = rule.ports ?? []
      return (
        (peers.length === 0 || peers.some(peer => isPeer(world, cluster, metadata.namespace, peer, caller.pods))) &&
        (ports.length === 0 || ports.some(port => isPort(port, caller)))
      )
    })
  })
}

function isPeer(
  world: PolicyReader,
  cluster: string,
  own: string,
  { ipBlock, namespaceSelector, podSelector }: Peer,
  pods: BlueprintPods,
): boolean {
  if (ipBlock !== undefined) {
    const cidr = parseCidr(ipBlock.cidr)
    return cidr !== undefined && (ipBlock.except ?? []).length === 0 && containsCidr(cidr, { family: cidr.family, value: 0n, prefix: 0 })
  }
  const namespace = world.find('k8s/Namespace', pods.namespace, { cluster })
  const names: Labels = { ...namespace?.body.metadata.labels, 'kubernetes.io/metadata.name': pods.namespace }
  const isThere =
    namespaceSelector === undefined ? own === pods.namespace : requirementsOf(namespaceSelector).every(each => each.holds(names))
  const wanted = requirementsOf(podSelector)
  const labels = pods.workloads.length === 0 ? [pods.labels] : pods.workloads.map(({ template }) => template.labels)
  return isThere && labels.every(own => wanted.every(each => each.holds(own)))
}

function isPort({ protocol = 'TCP', port, endPort }: Port, flow: Caller): boolean {
  if (protocol !== flow.protocol) return false
  if (port === undefined) return true
  if (typeof port === 'number' || /^\d+$/.test(port)) return Number(port) <= flow.port && flow.port <= (endPort ?? Number(port))
  return flow.listening.some(({ template }) =>
    (template.spec.containers ?? []).some(({ ports = [] }) => ports.some(each => each.name === port && each.containerPort === flow.port)),
  )
}
