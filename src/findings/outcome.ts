import type { InputProblem } from '#model/input-problem.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { Settle } from '#base/settle.ts'
import { subjectText } from '#joints/define.ts'
import type { JointRun } from '#joints/run.ts'
import type { Chain } from '#model/chain.ts'
import { compare, type UnreadEntry } from '#model/world.ts'
import { findingsOf, type Finding } from './finding.ts'

/** Unknown verdicts that one cause explains: forty of them for one missing permission are one line. */
export interface UnknownGroup {
  readonly kind: string
  readonly reason: string
  readonly settle?: Settle
  /** The checks and subjects that would be settled, in order. */
  readonly verdicts: readonly UnknownVerdict[]
}

export interface UnknownVerdict {
  /** The check; the joint alone, where not even its chains are known. */
  readonly check: string
  readonly subject: string
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
  /** What the sources could not read. */
  readonly unread: readonly UnreadEntry[]
  readonly resources: number
  readonly problems: readonly InputProblem[]
  readonly ignored: ReadonlyMap<string, number>
  readonly readAt?: string
}

export function outcomeOf(runs: readonly JointRun[], input: Input): Outcome {
  const { unread, ...facts } = input
  return {
    ...facts,
    findings: findingsOf(runs),
    unknowns: unknownsOf(runs, unread),
    joints: runs.map(run => countOf(run)),
    chains: runs.flatMap(run => run.chains),
  }
}

/**
 * Unknown verdicts by their cause, and beside them the kinds that could not be read and that no verdict names: workloads that nobody saw have no
 * verdicts, and their absence must not look like health.
 */
function unknownsOf(runs: readonly JointRun[], unread: readonly UnreadEntry[]): readonly UnknownGroup[] {
  const groups = new Map<string, UnknownGroup & { readonly verdicts: UnknownVerdict[] }>()
  const add = ({ kind, reason, settle }: UnreadFact, verdict: UnknownVerdict) => {
    const cause = JSON.stringify([kind, reason, settle])
    const group = groups.get(cause) ?? { kind, reason, ...(settle === undefined ? {} : { settle }), verdicts: [] }
    group.verdicts.push(verdict)
    groups.set(cause, group)
  }
  for (const { check, subject, verdict } of runs.flatMap(run => run.results)) {
    if (verdict.is === 'unknown') add(verdict.fact, { check: check.id, subject: subjectText(subject) })
  }
  const named = new Set([...groups.values()].map(group => group.kind))
  for (const { joint } of runs) {
    for (const entry of unread) {
      if (entry.id !== undefined || named.has(entry.kind) || !joint.reads.includes(entry.kind)) continue
      add(entry, { check: joint.id, subject: `every chain through a ${entry.kind.slice(entry.kind.lastIndexOf('/') + 1)}` })
    }
  }
  for (const group of groups.values()) group.verdicts.sort((a, b) => compare(a.check, b.check) || compare(a.subject, b.subject))
  return [...groups.values()].sort((a, b) => b.verdicts.length - a.verdicts.length || compare(a.kind + a.reason, b.kind + b.reason))
}

function countOf({ joint, chains }: JointRun): JointCount {
  const count = { holds: 0, broken: 0, unknown: 0 }
  for (const chain of chains) count[chain.state] += 1
  return { joint: joint.id, title: joint.title, ...count }
}
