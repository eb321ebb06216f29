import { networkKinds, networkOf } from '#joints/network.ts'
import { withEngine, type EngineOverride } from '#joints/network-engine-override.ts'
import { difference } from '#network/difference.ts'
import type { PairDifference, PodGroup } from '#network/network.ts'
import type { ReachDifferences } from '#report/reach-difference.ts'
import { groupsIn, trafficFor } from './reach-matrix.ts'
import { trafficText, type AskedTraffic } from './reach-traffic.ts'
import { oneCluster } from './reach.ts'
import { readWorld, type WorldInput } from './read-world.ts'

export interface DifferenceQuestion {
  readonly before: WorldInput
  readonly after: WorldInput
  readonly port: string | undefined
  readonly namespaces: readonly string[]
  readonly override: EngineOverride
}

/** What the second world opens and closes, between the workloads of either. */
export async function reachDifference(question: DifferenceQuestion): Promise<ReachDifferences> {
  const [before, after] = [await readWorld(question.before, networkKinds), await readWorld(question.after, networkKinds)]
  const [old, changed] = [before, after].map(read => withEngine(networkOf(read.world, oneCluster(read)), question.override))
  if (old === undefined || changed === undefined) throw new Error('two worlds were read')
  const groups = { before: groupsIn(old, question.namespaces), after: groupsIn(changed, question.namespaces) }
  const traffic = trafficOfBoth(trafficFor(old, question.port), trafficFor(changed, question.port))
  const { opened, closed, unsure } = difference(old.network, changed.network, { groups, traffic })
  return {
    opened: opened.map(pairText),
    closed: closed.map(pairText),
    unsure: unsure.map(pairText),
    problems: [...before.problems, ...after.problems],
  }
}

type TrafficFor = (to: PodGroup) => readonly AskedTraffic[]

/** A port that only one of the two declares is asked of both. */
const trafficOfBoth =
  (before: TrafficFor, after: TrafficFor): TrafficFor =>
  to => [...new Map([...before(to), ...after(to)].map(item => [trafficText(item), item])).values()]

const pairText = ({ from, to, before, after, ...traffic }: PairDifference) => ({ from, to, traffic: trafficText(traffic), before, after })
