import { verdictCodes, type VerdictCode } from './aws/rows.ts'
import { trafficKey } from './aws/traffic.ts'
import type { NetworkEnd } from './find-ends.ts'
import { placementOf, type Joined } from './joined-layers.ts'
import type { MatrixAnswer, MatrixCell, MatrixOptions, PodGroup, ReachMatrix, Traffic } from './network.ts'
import type { Answer } from './question.ts'

/** Pods of one group that both layers treat alike, but for where they are. */
interface Sort {
  readonly example: NetworkEnd
  readonly members: readonly NetworkEnd[]
  /** The first on each node. */
  readonly byNode: ReadonlyMap<string, NetworkEnd>
}

/** Groups by groups, in classes: a thousand pods of one Deployment cost what one of them costs. */
export function makeMatrix(joined: Joined): (options: MatrixOptions) => ReachMatrix {
  const sorts = new Map<PodGroup, readonly Sort[]>()
  const sortsOf = (group: PodGroup): readonly Sort[] => {
    const known = sorts.get(group)
    if (known !== undefined) return known
    const made = sortPods(joined, group)
    sorts.set(group, made)
    return made
  }
  return ({ from, to, traffic, onlyDisagreements = false }) => {
    const destinations = to.map(group => ({
      group,
      sorts: sortsOf(group),
      traffic: typeof traffic === 'function' ? traffic(group) : traffic,
    }))
    const cells: MatrixCell[] = []
    for (const [row, source] of from.entries()) {
      const own = sortsOf(source)
      for (const [column, destination] of destinations.entries()) {
        if (source.id === destination.group.id && source.pods.length < 2) continue
        const pairs = pairsOf(own, destination.sorts)
        if (pairs.length === 0) continue
        const answers = destination.traffic.map(asked => answerOf(joined, pairs, asked))
        if (onlyDisagreements && answers.every(({ aws, kubernetes }) => aws === kubernetes)) continue
        cells.push({ from: row, to: column, answers })
      }
    }
    return { cells }
  }
}

function sortPods({ ends, policies }: Joined, { pods }: PodGroup): readonly Sort[] {
  const found = pods.map(pod => ends.pod(pod))
  const byClass = Map.groupBy(found, ({ aws, pod, isUnplaced }) => `${aws.classId} ${policies.classOf(pod ?? '')?.id} ${isUnplaced}`)
  return [...byClass.values()].map(members => ({
    example: members[0]!,
    members,
    byNode: new Map([...members].reverse().flatMap(member => (member.node === undefined ? [] : [[member.node, member] as const]))),
  }))
}

interface Pair {
  readonly from: NetworkEnd
  readonly to: NetworkEnd
  readonly isOnOneNode: boolean
}

/** For each two sorts one pair on one node and one on two, as far as there are such pods, or may be. */
function pairsOf(from: readonly Sort[], to: readonly Sort[]): readonly Pair[] {
  return from.flatMap(a => to.flatMap(b => [...onOneNode(a, b), ...onTwoNodes(a, b)]))
}

function onOneNode(a: Sort, b: Sort): Pair[] {
  const placement = placementOf(a.example, b.example, undefined)
  if (placement === 'either') return a.example.pod === b.example.pod ? [] : [{ from: a.example, to: b.example, isOnOneNode: true }]
  if (a.byNode.size === 0 || b.byNode.size === 0) return []
  const [few, many] = a.byNode.size <= b.byNode.size ? [a, b] : [b, a]
  for (const node of few.byNode.keys()) {
    if (!many.byNode.has(node)) continue
    const from = a.byNode.get(node)!
    const to = b.members.find(member => member.node === node && member.pod !== from.pod)
    if (to !== undefined) return [{ from, to, isOnOneNode: true }]
  }
  return []
}

function onTwoNodes(a: Sort, b: Sort): Pair[] {
  for (const from of a.members.slice(0, 2)) {
    const to = b.members.find(member => member.pod !== from.pod && placementOf(from, member, undefined) !== 'same-node')
    if (to !== undefined) return [{ from, to, isOnOneNode: false }]
  }
  return []
}

function answerOf({ aws, policyCode }: Joined, pairs: readonly Pair[], { protocol, port }: Traffic): MatrixAnswer {
  const key = trafficKey(protocol, port)
  const codes = pairs.map(({ from, to, isOnOneNode }) => {
    const own = aws.code(from.aws, to.aws, isOnOneNode, key)
    const policies = policyCode(from, to, { protocol, ...(port === undefined ? {} : { port }) })
    return { aws: own, kubernetes: policies, both: Math.min(own, policies) as VerdictCode }
  })
  return {
    protocol,
    ...(port === undefined ? {} : { port }),
    aws: alike(codes.map(code => code.aws)),
    kubernetes: alike(codes.map(code => code.kubernetes)),
    verdict: alike(codes.map(({ both }) => both)),
  }
}

const alike = (codes: readonly VerdictCode[]): Answer['verdict'] => {
  const [first] = codes
  return first !== undefined && codes.every(code => code === first) ? verdictCodes[first] : 'split'
}
