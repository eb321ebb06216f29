import { addressText, cidrText } from '../addresses.ts'
import { emptyBitset, isEmpty, subtract, unite, type Bitset } from '../bitset.ts'
import type { Deviation, Direction } from '../policy-layer.ts'
import { backendsOf, openedPorts } from './aws-service-ports.ts'
import { directions, noted, type DeviationSearch } from './deviation-parts.ts'
import type { PodSelection, PolicyDocument } from './document.ts'
import type { PodRecord } from './pod-record.ts'
import type { Cluster } from './read-cluster.ts'
import { referenceOf } from './explain.ts'
import { splitRegions } from './namespace-row.ts'
import { foreignExcept } from './compile.ts'
import { selects } from '../selector.ts'
import type { Side } from './side.ts'
import type { Term } from './term.ts'
import type { ServiceRecord } from './service-record.ts'

/** Blocks whose `except` reaches further than their rule, nodes that come along with a pod, Services that do not come along with theirs. */
export function deviationsOfPeers(search: DeviationSearch): Deviation[] {
  return [
    ...pooled(search),
    ...search.compiled.policies.flatMap(policy => ofPolicy(policy, search)),
    ...noted(search, ['host-network-peer']),
  ]
}

/** Addresses that some rule admits and that the table of blocks does not, because of another rule's `except`. */
function pooled({ compiled }: DeviationSearch): Deviation[] {
  const found = new Map<string, Deviation & { pods: string[] }>()
  compiled.classes.pods.forEach((pods, classId) => {
    const table = compiled.tables[classId]!
    if (table.unenforced !== undefined) return
    for (const direction of directions) {
      for (const side of table.sides(direction)) {
        for (const { loser, winners } of losers(side)) {
          const key = `${direction} ${loser.policy.id} ${loser.path.join('.')} ${winners.map(term => `${term.policy.id} ${term.path.join('.')}`).join()}`
          const known = found.get(key)
          if (known !== undefined) known.pods.push(...pods.map(pod => pod.id))
          else
            found.set(
              key,
              pooledDeviation(
                loser,
                winners,
                direction,
                pods.map(pod => pod.id),
              ),
            )
        }
      }
    }
  })
  return [...found.values()]
}

function pooledDeviation(loser: Term, winners: readonly Term[], direction: Direction, pods: string[]): Deviation & { pods: string[] } {
  const texts = winners.flatMap(term => term.block?.exceptTexts ?? []).join(', ')
  const detail = `addresses that this rule admits are closed by the \`except\` (${texts}) of another`
  const at = (term: Term) => ({ ...referenceOf(term), path: term.path })
  return { id: 'except-pooled', at: at(loser), with: winners.map(at), direction, error: 'closes', pods, detail }
}

function losers(side: Side): { loser: Term; winners: Term[] }[] {
  const excepting = side.terms.filter(term => (term.block?.except.length ?? 0) > 0)
  if (excepting.length === 0 || side.engine !== 'aws-vpc-cni') return []
  const regions = splitRegions(side) ?? []
  return side.terms.flatMap((term, i) => {
    if (term.block === undefined) return []
    const enforced = emptyBitset(side.columns.size)
    for (const region of regions) {
      if (region.lookup.includes(i)) unite(enforced, region.others)
      if (region.inherit.includes(i)) unite(enforced, region.keyed)
    }
    const lost = term.peers.slice()
    for (const part of term.block.except) subtract(lost, side.columns.bitsOfBlock(part))
    subtract(lost, enforced)
    if (isEmpty(lost)) return []
    const winners = excepting.filter(
      other => other !== term && other.block!.except.some(part => touches(side.columns.bitsOfBlock(part), lost)),
    )
    return winners.length === 0 ? [] : [{ loser: term, winners }]
  })
}

const touches = (a: Bitset, b: Bitset): boolean => a.some((word, i) => (word & b[i]!) !== 0)

function ofPolicy(policy: PolicyDocument, search: DeviationSearch): Deviation[] {
  const pods = search.podsOf(policy)
  const family = search.compiled.family
  const foreign = foreignExcept(policy, family).map((text): Deviation => {
    const detail = `an \`except\` of the other family (${text}) is written into the agent's tables as if it were of this one`
    return {
      id: 'foreign-family-except',
      at: { kind: policy.kind, id: policy.id, path: [] },
      with: [],
      error: 'unpredictable',
      pods,
      detail,
    }
  })
  return [
    ...foreign,
    ...directions.flatMap(direction => [...exceptedNodes(policy, direction, search, pods), ...hostPeers(policy, direction, search, pods)]),
    ...services(policy, search, pods),
  ]
}

/** A node whose address is an `except` of its own cannot reach its pods, its kubelet included. */
function exceptedNodes(policy: PolicyDocument, direction: Direction, { compiled }: DeviationSearch, pods: readonly string[]): Deviation[] {
  return policy.rules[direction].flatMap(rule =>
    (rule.peers ?? []).flatMap(peer => {
      const excepted = 'block' in peer ? peer.block.except.filter(part => isHost(cidrText(part))) : []
      return excepted.flatMap((part): readonly Deviation[] => {
        const node = nodesByAddress(compiled.cluster).get(addressText(part))
        if (node === undefined) return []
        const concerned = pods.filter(pod => compiled.cluster.pods.get(pod)?.node === node)
        const detail = `node ${node} stands in the \`except\`, and is closed to its own pods as well`
        const at = { ...referenceOf({ policy, rule }), path: peer.path }
        return [{ id: 'own-node-excepted', at, with: [], direction, error: 'closes', pods: concerned, detail }]
      })
    }),
  )
}

const nodesKnown = new WeakMap<Cluster, ReadonlyMap<string, string>>()

/** Names of nodes by the text of their address. */
function nodesByAddress(cluster: Cluster): ReadonlyMap<string, string> {
  const known =
    nodesKnown.get(cluster) ??
    new Map([...cluster.nodes].flatMap(([name, address]) => (address === undefined ? [] : [[addressText(address), name] as const])))
  nodesKnown.set(cluster, known)
  return known
}

const isHost = (cidr: string): boolean => cidr.endsWith(cidr.includes(':') ? '/128' : '/32')

/** Of NetworkPolicies: a selector that selects pods of the host network admits everything on their nodes. */
function hostPeers(policy: PolicyDocument, direction: Direction, { compiled }: DeviationSearch, pods: readonly string[]): Deviation[] {
  if (policy.tier !== 'namespace') return []
  return policy.rules[direction].flatMap(rule =>
    (rule.peers ?? []).flatMap((peer): Deviation[] => {
      if (!('pods' in peer)) return []
      const { hosts } = compiled.columns.bitsOf(compiled.columns.selectThings(peer.pods, policy.namespace))
      if (isEmpty(hosts)) return []
      const detail = 'the selector selects pods of the host network, whose address is their whole node'
      return [
        {
          id: 'host-network-peer',
          at: { ...referenceOf({ policy, rule }), path: peer.path },
          with: [],
          direction,
          error: 'opens',
          pods,
          detail,
        },
      ]
    }),
  )
}

const noPods: readonly PodRecord[] = []

/** Services whose pods a peer selects and whose address stays closed, because their own selector does not satisfy it or no port fits. */
function services(policy: PolicyDocument, { compiled }: DeviationSearch, pods: readonly string[]): Deviation[] {
  const { aws } = compiled
  if (aws === undefined) return []
  return policy.rules.egress.flatMap(rule =>
    (rule.peers ?? []).flatMap(peer => {
      if (!('pods' in peer)) return []
      return servicesIn(peer.pods, policy, compiled).flatMap((service): Deviation[] => {
        const backends = backendsOf(service, aws.pods.get(service.namespace) ?? noPods)
        const at = { ...referenceOf({ policy, rule }), path: peer.path }
        const to = [{ kind: 'k8s/Service', id: service.id, path: ['spec', 'selector'] } as const]
        const podsSelected =
          backends.length > 0 && Object.keys(service.selector).length > 0 && backends.every(pod => selects(peer.pods.pods, pod.labels))
        if (!selects(peer.pods.pods, service.selector)) {
          if (!podsSelected) return []
          const detail = `the pods of service ${service.id} are admitted and its address is not: its selector lacks labels that the peer asks for`
          return [{ id: 'service-selector-mismatch', at, with: to, direction: 'egress', error: 'closes', pods, detail }]
        }
        const opened = openedPorts(service, rule.ports, aws.pods.get(service.namespace) ?? noPods)
        const wide = opened !== undefined && 'ports' in opened ? (opened.ports ?? []).filter(port => port.end !== undefined) : []
        const others = service.ports.filter(each =>
          wide.some(port => each.protocol === port.protocol && each.port > port.port! && each.port <= port.end!),
        )
        if (others.length === 0) return []
        const detail = `the end of the range is copied beside the port of service ${service.id}, and opens its ${others.map(each => `${each.port} (to ${each.target})`).join(', ')} as well`
        return [{ id: 'service-port-bypass', at, with: to, direction: 'egress', error: 'opens', pods, detail }]
      })
    }),
  )
}

function servicesIn({ namespaces }: PodSelection, policy: PolicyDocument, { aws, cluster }: DeviationSearch['compiled']): ServiceRecord[] {
  const inside = (namespace: string) =>
    namespaces === 'own' ? namespace === policy.namespace : selects(namespaces, cluster.namespaces.get(namespace) ?? {})
  return [...(aws?.services ?? [])].flatMap(([namespace, list]) => (inside(namespace) ? list : []))
}
