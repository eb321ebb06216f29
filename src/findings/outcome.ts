import type { InputProblem } from '#model/input-problem.ts'
import type { Settle } from '#base/settle.ts'
import { subjectText } from '#joints/define.ts'
import type { JointRun } from '#joints/run.ts'
import type { Chain } from '#model/chain.ts'
import { compare } from '#model/world.ts'
import { findingsOf, type Finding } from './finding.ts'

/** Unknown verdicts that one cause explains: forty of them for one missing permission are one line. */
export interface UnknownGroup {
  readonly kind: string
  readonly reason: string
  readonly settle?: Settle
  /** The checks and subjects that would be settled, in order. */
  readonly verdicts: readonly { readonly check: string; readonly subject: string }[]
}

/** How the chains of one joint stand. */
export interface JointCount {
  readonly joint: string
  readonly title: string
  readonly holds: number
  readonly broken: number
  readonly unknown: number
}

/** All that a scan found: what every report format is made from. */
export interface Outcome {
  readonly findings: readonly Finding[]
  readonly unknowns: readonly UnknownGroup[]
  readonly joints: readonly JointCount[]
  readonly chains: readonly Chain[]
  /** What could not be read as it stands in the input. */
  readonly problems: readonly InputProblem[]
  /** Objects that no check reads, by kind. */
  readonly ignored: ReadonlyMap<string, number>
  /** How many resources were read. */
  readonly resources: number
  readonly readAt?: string
}

export interface Input {
  readonly resources: number
  readonly problems: readonly InputProblem[]
  readonly ignored: ReadonlyMap<string, number>
  readonly readAt?: string
}

export function outcomeOf(runs: readonly JointRun[], input: Input): Outcome {
  return {
    ...input,
    findings: findingsOf(runs),
    unknowns: unknownsOf(runs),
    joints: runs.map(run => countOf(run)),
    chains: runs.flatMap(run => run.chains),
  }
}

function unknownsOf(runs: readonly JointRun[]): readonly UnknownGroup[] {
  const groups = new Map<string, UnknownGroup & { readonly verdicts: { check: string; subject: string }[] }>()
  for (const result of runs.flatMap(run => run.results)) {
    if (result.verdict.is !== 'unknown') continue
    const { kind, reason, settle } = result.verdict.fact
    const cause = JSON.stringify([kind, reason, settle])
    const group = groups.get(cause) ?? { kind, reason, ...(settle === undefined ? {} : { settle }), verdicts: [] }
    group.verdicts.push({ check: result.check.id, subject: subjectText(result.subject) })
    groups.set(cause, group)
  }
  for (const group of groups.values()) group.verdicts.sort((a, b) => compare(a.check, b.check) || compare(a.subject, b.subject))
  return [...groups.values()].sort((a, b) => b.verdicts.length - a.verdicts.length || compare(a.kind + a.reason, b.kind + b.reason))
}

function countOf({ joint, chains }: JointRun): JointCount {
  const count = { holds: 0, broken: 0, unknown: 0 }
  for (const chain of chains) count[chain.state] += 1
  return { joint: joint.id, title: joint.title, ...count }
}
