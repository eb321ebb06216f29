import { add, emptyBitset, type Bitset } from './bitset.ts'
import type { NetworkEnd } from './find-ends.ts'
import { placementOf, type Joined } from './joined-layers.ts'
import type { PodGroup } from './network.ts'

/** Pods of one group that both layers treat alike, but for where they are. */
export interface Sort {
  readonly members: readonly NetworkEnd[]
  readonly example: NetworkEnd
  /** Of policies; undefined of pods that no policy class stands for. */
  readonly policyClass: number | undefined
  /** Pods of the host network share its address, so that it matters which of them are asked about. */
  readonly isHost: boolean
  readonly isUnplaced: boolean
  readonly nodes: Bitset
  /** The node that all of them are on. */
  readonly onlyNode: number | undefined
  readonly byNode: ReadonlyMap<string, readonly NetworkEnd[]>
  readonly key: string
}

/** Sorts of groups, each group's once. */
export function makeSorter(joined: Joined): (group: PodGroup) => readonly Sort[] {
  const known = new Map<PodGroup, readonly Sort[]>()
  const numbers = new Map<string, number>()
  for (const { metadata } of joined.input.policies.nodes.all) numbers.set(metadata.name, numbers.size)
  for (const { spec } of joined.input.policies.pods.all) {
    if (spec?.nodeName !== undefined && !numbers.has(spec.nodeName)) numbers.set(spec.nodeName, numbers.size)
  }
  return group => {
    const found = known.get(group)
    if (found !== undefined) return found
    const made = sortPods(joined, group, numbers)
    known.set(group, made)
    return made
  }
}

function sortPods({ ends, policies }: Joined, { pods }: PodGroup, numbers: ReadonlyMap<string, number>): readonly Sort[] {
  const found = pods.map(pod => ends.pod(pod))
  const byKey = Map.groupBy(found, ({ aws, pod, isUnplaced }) => `${aws.classId} ${policies.classOf(pod ?? '')?.id} ${isUnplaced}`)
  return [...byKey].map(([key, members]) => {
    const example = members[0]!
    const policyClass = policies.classOf(example.pod ?? '')
    const nodes = emptyBitset(numbers.size)
    for (const { node } of members) if (node !== undefined) add(nodes, numbers.get(node)!)
    const { node } = example
    const isOnOne = node !== undefined && members.every(member => member.node === node)
    return {
      key,
      members,
      example,
      policyClass: policyClass?.id,
      isHost: policyClass?.unenforced === 'host-network',
      isUnplaced: example.isUnplaced,
      nodes,
      onlyNode: isOnOne ? numbers.get(node) : undefined,
      byNode: new Map(
        [...Map.groupBy(members, member => member.node)].flatMap(([of, all]) => (of === undefined ? [] : [[of, all] as const])),
      ),
    }
  })
}

/** One pod of each of two sorts, for each placement that there is, or may be. */
export interface SortPair {
  readonly from: NetworkEnd
  readonly to: NetworkEnd
  readonly isOnOneNode: boolean
}

/** Pods of two sorts differ, and but for those of the host network it is of no account which are taken. */
export const isOfTwoSorts = (a: Sort, b: Sort): boolean => a.key !== b.key && !a.isHost && !b.isHost

export function mayShareNode(a: Sort, b: Sort): boolean {
  if (a.isUnplaced || b.isUnplaced) return (a.isUnplaced || a.byNode.size > 0) && (b.isUnplaced || b.byNode.size > 0)
  const words = a.nodes.length
  for (let i = 0; i < words; i++) if ((a.nodes[i]! & b.nodes[i]!) !== 0) return true
  return false
}

export const mayBeApart = (a: Sort, b: Sort): boolean => a.onlyNode === undefined || a.onlyNode !== b.onlyNode

/** The same of sorts that may have pods in common: a pod is not asked about itself. */
export function pairsOf(a: Sort, b: Sort): readonly SortPair[] {
  return [...onOneNode(a, b), ...onTwoNodes(a, b)]
}

function onOneNode(a: Sort, b: Sort): SortPair[] {
  const placement = placementOf(a.example, b.example, undefined)
  if (placement === 'either') {
    const to = b.members.find(({ pod }) => pod !== a.example.pod)
    return to === undefined ? [] : [{ from: a.example, to, isOnOneNode: true }]
  }
  if (a.byNode.size === 0 || b.byNode.size === 0) return []
  const few = a.byNode.size <= b.byNode.size ? a.byNode : b.byNode
  for (const node of few.keys()) {
    const [sources, destinations] = [a.byNode.get(node), b.byNode.get(node)]
    if (sources === undefined || destinations === undefined) continue
    for (const from of sources.slice(0, 2)) {
      const to = destinations.find(({ pod }) => pod !== from.pod)
      if (to !== undefined) return [{ from, to, isOnOneNode: true }]
    }
  }
  return []
}

function onTwoNodes(a: Sort, b: Sort): SortPair[] {
  for (const from of a.members.slice(0, 2)) {
    const to = b.members.find(member => member.pod !== from.pod && placementOf(from, member, undefined) !== 'same-node')
    if (to !== undefined) return [{ from, to, isOnOneNode: false }]
  }
  return []
}
