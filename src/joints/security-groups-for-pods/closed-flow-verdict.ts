import { distinctPlaces, fixFor, layerEvidence } from '#joints/denied-layers.ts'
import { networkOf, type ReachReader } from '#joints/network.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { declaredPathsOf, type ClosedPath } from './flow-paths.ts'
import { selectedBy, type Selected } from './workload-groups.ts'

/** What each layer says in its own words; `more` is ` (and 3 more like it)` or nothing. */
export interface ClosedFlowWords {
  message(first: ClosedPath, more: string): string
  effect(first: ClosedPath): string
  /** Evidence behind that of the flow. */
  readonly further?: (selected: Selected) => readonly Evidence[]
  /** Where there is no fix. */
  readonly help: string
}

/** More than this many flows are not healed one by one. */
const mostHealed = 6

/** The flows of a workload that somebody means and that a layer of AWS closes: one finding for all of them. */
export function closedFlowVerdict(
  world: ReachReader,
  workload: Workload,
  layer: 'securityGroup' | 'nacl',
  words: ClosedFlowWords,
): Verdict {
  const selected = selectedBy(world, workload)
  if (selected === undefined) return skip('no policy selects the workload')
  const { closed, open, count } = declaredPathsOf(world, workload, layer)
  const [first, ...others] = closed
  if (first === undefined)
    return count === 0 ? skip('no rule says who is meant to talk with it') : pass(...distinctPlaces(open).slice(0, 3))
  const view = networkOf(world, workload.cluster)
  const places = distinctPlaces(closed.flatMap(({ layers }) => layers.flatMap(each => layerEvidence(view, each))))
  const questions = closed.map(({ question }) => question)
  const fix = closed.length > mostHealed ? undefined : fixFor(view, questions)
  const because = distinctPlaces(closed.map(each => each.because)).slice(0, 3)
  return fail({
    message: words.message(first, others.length === 0 ? '' : ` (and ${others.length} more like it)`),
    evidence: [places[0] ?? first.because, ...places.slice(1, 3), ...because, ...(words.further?.(selected) ?? [])],
    effect: words.effect(first),
    ...(fix === undefined ? { help: words.help } : { fix }),
  })
}
