import type { LabelSelector } from '#joints/label-selector.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import { clusterOf } from './deviation-verdict.ts'
import { asksForSomething, selectedWorkloads, type Selection, type SelectionReader } from './selected-workloads.ts'

export type NetworkPolicy = Resource<'k8s/NetworkPolicy'>

/** A peer of a rule that selects pods, and where it stands. */
export interface PodPeer {
  readonly path: Path
  readonly selection: Selection
  readonly pods: LabelSelector | undefined
  readonly namespaces: LabelSelector | undefined
}

/** The peers of each rule that select pods; blocks of addresses are left out. */
export function podPeersOf(policy: NetworkPolicy): readonly (readonly PodPeer[])[] {
  const { ingress = [], egress = [] } = policy.body.spec ?? {}
  const rules = [
    ...ingress.map(({ from = [] }, index) => ({ peers: from, path: ['spec', 'ingress', index, 'from'] })),
    ...egress.map(({ to = [] }, index) => ({ peers: to, path: ['spec', 'egress', index, 'to'] })),
  ]
  return rules.map(({ peers, path }) =>
    peers.flatMap(({ podSelector, namespaceSelector, ipBlock }, index): PodPeer[] => {
      if (ipBlock !== undefined || (podSelector === undefined && namespaceSelector === undefined)) return []
      const selection = {
        cluster: clusterOf(policy),
        namespace: policy.body.metadata.namespace,
        namespaces: namespaceSelector,
        pods: podSelector,
      }
      return [{ path: [...path, index], selection, pods: podSelector, namespaces: namespaceSelector }]
    }),
  )
}

/** Two peers of one rule that were meant as one. */
export interface SeparatedPeers {
  readonly namespaces: PodPeer
  readonly pods: PodPeer
  readonly meant: Selection
}

/**
 * A rule with one peer for namespaces and one for pods, where the second selects nothing in the policy's own namespace and something in those
 * namespaces: whoever wrote it meant both at once.
 */
export function separatedPeersOf(world: SelectionReader, policy: NetworkPolicy): readonly SeparatedPeers[] {
  return podPeersOf(policy).flatMap(peers => {
    const namespaces = peers.filter(peer => peer.pods === undefined && asksForSomething(peer.namespaces))
    const pods = peers.filter(peer => peer.namespaces === undefined && asksForSomething(peer.pods))
    const [first, second] = [namespaces[0], pods[0]]
    if (first === undefined || second === undefined || namespaces.length > 1 || pods.length > 1) return []
    const meant = { ...second.selection, namespaces: first.namespaces }
    const isApart = selectedWorkloads(world, second.selection).length === 0 && selectedWorkloads(world, meant).length > 0
    return isApart ? [{ namespaces: first, pods: second, meant }] : []
  })
}
