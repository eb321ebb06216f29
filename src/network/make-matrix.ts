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
  readonly byNode: ReadonlyMap<string, readonly NetworkEnd[]>
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
    const policies = new Map<string, Map<number, VerdictCode>>()
    for (const [row, source] of from.entries()) {
      const own = sortsOf(source)
      for (const [column, destination] of destinations.entries()) {
        if (source.id === destination.group.id && source.pods.length < 2) continue
        const pairs = pairsOf(own, destination.sorts)
        if (pairs.length === 0) continue
        const answers = destination.traffic.map(asked => answerOf(joined, pairs, asked, policies))
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
    byNode: new Map(
      [...Map.groupBy(members, ({ node }) => node)].flatMap(([node, all]) => (node === undefined ? [] : [[node, all] as const])),
    ),
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

function onTwoNodes(a: Sort, b: Sort): Pair[] {
  for (const from of a.members.slice(0, 2)) {
    const to = b.members.find(member => member.pod !== from.pod && placementOf(from, member, undefined) !== 'same-node')
    if (to !== undefined) return [{ from, to, isOnOneNode: false }]
  }
  return []
}

/** What policies say of two classes at a port, which is the same for all their pods, but for those of the host network. */
type PolicyCodes = Map<string, Map<number, VerdictCode>>

function answerOf(joined: Joined, pairs: readonly Pair[], { protocol, port }: Traffic, known: PolicyCodes): MatrixAnswer {
  const traffic = { protocol, ...(port === undefined ? {} : { port }) }
  const key = trafficKey(protocol, port)
  const name = `${protocol}/${port}`
  const own = known.get(name) ?? new Map<number, VerdictCode>()
  known.set(name, own)
  const codes = pairs.map(({ from, to, isOnOneNode }) => {
    const aws = joined.aws.code(from.aws, to.aws, isOnOneNode, key)
    const kubernetes = policyCodeOf(joined, from, to, traffic, own)
    return { aws, kubernetes, both: Math.min(aws, kubernetes) as VerdictCode }
  })
  return {
    ...traffic,
    aws: alike(codes.map(({ aws }) => aws)),
    kubernetes: alike(codes.map(({ kubernetes }) => kubernetes)),
    verdict: alike(codes.map(({ both }) => both)),
  }
}

const mostClasses = 2 ** 20

function policyCodeOf(
  { policies, policyCode }: Joined,
  from: NetworkEnd,
  to: NetworkEnd,
  traffic: Traffic,
  known: Map<number, VerdictCode>,
): VerdictCode {
  const [a, b] = [policies.classOf(from.pod ?? ''), policies.classOf(to.pod ?? '')]
  const isByClass = a !== undefined && b !== undefined && a.unenforced !== 'host-network' && b.unenforced !== 'host-network'
  if (!isByClass) return policyCode(from, to, traffic)
  const pair = a.id * mostClasses + b.id
  const code = known.get(pair) ?? policyCode(from, to, traffic)
  known.set(pair, code)
  return code
}

const alike = (codes: readonly VerdictCode[]): Answer['verdict'] => {
  const [first] = codes
  return first !== undefined && codes.every(code => code === first) ? verdictCodes[first] : 'split'
}
