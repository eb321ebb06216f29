import type { Address } from '../addresses.ts'
import { add, forEachMember, type Bitset } from '../bitset.ts'
import type { AddressAtoms } from '../address-atoms.ts'
import { selects, type Labels } from '../selector.ts'
import type { Columns } from './columns.ts'
import type { NumberedPort, PodSelection, PolicyDocument, WrittenPort } from './document.ts'
import { portNamed, type ContainerPort, type PodRecord } from './pod-record.ts'
import { openedPorts } from './aws-service-ports.ts'
import type { ServiceRecord } from './service-record.ts'
import { portsText, uniquePorts, type Term } from './term.ts'

/** What AWS's controller reads of the cluster when it resolves a rule to addresses. */
export interface AwsCluster {
  readonly columns: Columns
  readonly addresses: AddressAtoms
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly services: ReadonlyMap<string, readonly ServiceRecord[]>
  /** Pods with an address that have not ended, by namespace. */
  readonly pods: ReadonlyMap<string, readonly PodRecord[]>
  /** The family of addresses that the cluster uses: blocks of the other are passed over. */
  readonly family: 4 | 6
}

/** Peers with the ports that they get. */
export type Resolved = Pick<Term, 'peers' | 'ports' | 'maybe'>

/** Addresses of pods, hostNetwork pods' (their node's) among them, whatever ports. */
export function podAddresses({ columns }: AwsCluster, selection: PodSelection, policy: PolicyDocument): { peers: Bitset; things: Bitset } {
  const things = columns.selectThings(selection, policy.namespace)
  const { pods, hosts } = columns.bitsOf(things)
  for (let i = 0; i < pods.length; i++) pods[i]! |= hosts[i]!
  return { peers: pods, things }
}

/** Named ports of egress are numbers of each destination pod; those that it does not have are left out, and the pod with them. */
export function egressToPods(
  cluster: AwsCluster,
  selection: PodSelection,
  policy: PolicyDocument,
  ports: readonly WrittenPort[] | undefined,
): Resolved[] {
  const { peers, things } = podAddresses(cluster, selection, policy)
  const services = egressToServices(cluster, selection, policy, ports)
  if (ports === undefined || ports.every((port): port is NumberedPort => !('name' in port))) return [{ peers, ports }, ...services]
  const { columns } = cluster
  const groups = new Map<string, { ports: NumberedPort[]; peers: Bitset }>()
  forEachMember(things, thing => {
    const { classId, ports: container } = columns.things[thing]!
    const resolved = portsOn(container, ports)
    const key = portsText(resolved)
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { ports: resolved, peers: columns.empty() }))
    add(group.peers, columns.base + classId)
  })
  return [...[...groups.values()].filter(group => group.ports.length > 0), ...services]
}

/** https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go getPortList: init containers are not looked at. */
export function portsOn(container: readonly ContainerPort[], ports: readonly WrittenPort[]): NumberedPort[] {
  return ports.flatMap(port => {
    if (!('name' in port)) return [port]
    const found = port.protocol === undefined ? undefined : portNamed(container, port.name, port.protocol, false)
    return found === undefined ? [] : [{ protocol: found.protocol, port: found.port }]
  })
}

/** A named ingress port is every number that it has on any of the pods that the policy selects, hostNetwork pods among them. */
export function ingressPorts({ columns }: AwsCluster, policy: PolicyDocument, ports: readonly WrittenPort[]): NumberedPort[] {
  if (ports.every((port): port is NumberedPort => !('name' in port))) return [...ports]
  if (policy.subject === undefined) return []
  const found: NumberedPort[] = []
  forEachMember(columns.selectThings(policy.subject, policy.namespace), thing => {
    const { ports: own, classId } = columns.things[thing]!
    // A pod without an address yet is none that the controller looks names up on.
    if (columns.atomOfClass[classId]! >= 0) found.push(...portsOn(own, ports))
  })
  return uniquePorts(found).sort((a, b) => (portsText([a]) < portsText([b]) ? -1 : 1))
}

/**
 * Addresses of Services whose own selector, read as labels, satisfies the peer's selector. What the pods behind them carry does not count, and a
 * Service without a selector satisfies what an object without labels does.
 */
function egressToServices(
  cluster: AwsCluster,
  { namespaces, pods }: PodSelection,
  policy: PolicyDocument,
  ports: readonly WrittenPort[] | undefined,
): Resolved[] {
  const inside =
    namespaces === 'own'
      ? [policy.namespace ?? '']
      : [...cluster.services.keys()].filter(name => selects(namespaces, cluster.namespaces.get(name) ?? {}))
  const resolved: Resolved[] = []
  for (const namespace of inside) {
    for (const service of cluster.services.get(namespace) ?? []) {
      if (!selects(pods, service.selector)) continue
      const opened = openedPorts(service, ports, cluster.pods.get(namespace) ?? [])
      if (opened === undefined) continue
      const peers = bitOf(cluster, service.address)
      if ('ports' in opened) resolved.push({ peers, ports: opened.ports })
      else resolved.push({ peers: cluster.columns.empty(), ports: undefined, maybe: { peers, reason: opened.ambiguous } })
    }
  }
  return merged(resolved, cluster)
}

function bitOf({ columns, addresses }: AwsCluster, address: Address): Bitset {
  const bits = columns.empty()
  add(bits, addresses.atomOf(address))
  return bits
}

/** Services of equal ports are one entry. */
function merged(list: readonly Resolved[], { columns }: AwsCluster): Resolved[] {
  const groups = new Map<string, { peers: Bitset; ports: Resolved['ports'] }>()
  const rest: Resolved[] = []
  for (const each of list) {
    if (each.maybe !== undefined) {
      rest.push(each)
      continue
    }
    const key = portsText(each.ports)
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { peers: columns.empty(), ports: each.ports }))
    forEachMember(each.peers, member => add(group.peers, member))
  }
  return [...groups.values(), ...rest]
}
