import type { MatrixOptions, Network, PairDifference, PodGroup, ReachDifference, Traffic } from './network.ts'
import type { Answer } from './question.ts'

export interface DifferenceOptions {
  /** Compared by id. A group that only one network has reaches nothing, and is not reached, in the other. */
  readonly groups: readonly PodGroup[] | { readonly before: readonly PodGroup[]; readonly after: readonly PodGroup[] }
  readonly traffic: MatrixOptions['traffic']
}

/** What a change of the network opens and closes between groups. */
export function difference(before: Network, after: Network, { groups, traffic }: DifferenceOptions): ReachDifference {
  const [old, changed] = 'before' in groups ? [groups.before, groups.after] : [groups, groups]
  const was = verdictsOf(before, old, traffic)
  const is = verdictsOf(after, changed, traffic)
  const opened: PairDifference[] = []
  const closed: PairDifference[] = []
  const unsure: PairDifference[] = []
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const pair = was.get(key) ?? is.get(key)!
    const [from, to] = [was.get(key)?.verdict ?? 'deny', is.get(key)?.verdict ?? 'deny']
    if (from === to) continue
    const { verdict: _verdict, ...rest } = pair
    listFor(from, to, { opened, closed, unsure }).push({ ...rest, before: from, after: to })
  }
  return { opened, closed, unsure }
}

type Verdict = Answer['verdict']
type Lists = Readonly<Record<keyof ReachDifference, PairDifference[]>>

/** `split` is open for some: between deny and allow. */
const rank: Readonly<Record<Verdict, number>> = { deny: 0, unknown: 1, split: 1, allow: 2 }

function listFor(before: Verdict, after: Verdict, lists: Lists): PairDifference[] {
  if (before === 'unknown' || after === 'unknown') return lists.unsure
  return rank[after] > rank[before] ? lists.opened : lists.closed
}

interface Pair extends Traffic {
  readonly from: string
  readonly to: string
  readonly verdict: Verdict
}

function verdictsOf(network: Network, groups: readonly PodGroup[], traffic: MatrixOptions['traffic']): ReadonlyMap<string, Pair> {
  const { cells } = network.matrix({ from: groups, to: groups, traffic })
  const pairs = cells.flatMap(({ from, to, answers }) =>
    answers.map(({ aws: _aws, kubernetes: _kubernetes, ...answer }): Pair => ({ ...answer, from: groups[from]!.id, to: groups[to]!.id })),
  )
  return new Map(pairs.map(pair => [`${pair.from}\n${pair.to}\n${pair.protocol}/${pair.port}`, pair]))
}
