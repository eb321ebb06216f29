import type { Judged, Probe } from '#model/probe.ts'
import type { InputProblem } from '#model/input-problem.ts'
import type { Target } from '#model/change.ts'

/** A chain that no probe tries, and why. */
export interface Untried {
  readonly joint: string
  readonly subject: string
  readonly why: string
}

/** What a validation would do: every object, every permission, and what the engines predict. */
export interface ValidationPlan {
  /** Names what this run makes. */
  readonly run: string
  readonly cluster: string
  readonly image: string
  readonly probes: readonly Probe[]
  readonly untried: readonly Untried[]
  /** What whoever runs it must be allowed, Kubernetes first. */
  readonly permissions: readonly string[]
  readonly problems: readonly InputProblem[]
}

/** One probe that ran, or was tried. */
export interface ValidatedProbe {
  readonly joint: string
  readonly subject: string
  readonly results: readonly Judged[]
  /** Why it could not be made or watched to its end. */
  readonly trouble?: string
  /** What could not be removed. */
  readonly left: readonly { readonly target: Target; readonly why: string }[]
  readonly seconds: number
}

export interface Validation extends Omit<ValidationPlan, 'probes'> {
  readonly probes: readonly ValidatedProbe[]
  readonly seconds: number
  readonly interrupted: boolean
}

export type JudgedState = Judged['state']

/** How many results are in each state. */
export function countStates(probes: readonly ValidatedProbe[]): Readonly<Record<JudgedState, number>> {
  const counts = { right: 0, broken: 0, differs: 0, 'not-predicted': 0, 'not-observed': 0 }
  for (const { results } of probes) for (const { state } of results) counts[state] += 1
  return counts
}

/** How one probe stands: by its worst result. */
export function stateOfProbe({ results }: ValidatedProbe): JudgedState {
  const order: readonly JudgedState[] = ['differs', 'broken', 'not-observed', 'not-predicted', 'right']
  return order.find(state => results.some(result => result.state === state)) ?? 'not-observed'
}
