import { emptyBitset, isEmpty } from './bitset.ts'
import { protocolNumber, trafficKey } from './aws/traffic.ts'
import type { NetworkEnd } from './find-ends.ts'
import type { Joined } from './joined-layers.ts'
import type { ReachClass, ReachRows } from './network.ts'
import type { PolicyLayer } from './policy-layer.ts'
import { makeRowRuns, type ReachSets, type TellRun } from './row-runs.ts'
import { makeSweeps, type Sweep } from './sweep.ts'

interface Class extends ReachClass {
  readonly end: NetworkEnd
  readonly policyClass: number
}

/**
 * Every class as a source, every kind of traffic, both layers. A pod of the host network is left out: whether it is on the node of the other end
 * matters to policies; and so is one that policies do not know.
 */
export function reachRows(joined: Joined, pods: readonly string[], isOnOneNode: boolean): ReachRows {
  const classes = classesOf(joined, pods)
  return { classes, forEachRow: visit => walk(joined, classes, isOnOneNode, visit) }
}

/** In the order of their policy classes, so that those of one are a run. */
function classesOf({ ends, policies }: Joined, pods: readonly string[]): readonly Class[] {
  const found = new Map<string, { readonly end: NetworkEnd; readonly policyClass: number; readonly pods: string[] }>()
  for (const pod of pods) {
    const end = ends.pod(pod)
    const own = policies.classOf(pod)
    if (own === undefined || own.unenforced === 'host-network') continue
    const key = `${end.aws.classId} ${own.id}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { end, policyClass: own.id, pods: [pod] })
    else known.pods.push(pod)
  }
  return [...found.values()].sort((a, b) => a.policyClass - b.policyClass)
}

function walk({ aws, policies }: Joined, classes: readonly Class[], isOnOneNode: boolean, visit: TellRun): void {
  const pairs = aws.rows(
    classes.map(({ end }) => end.aws),
    isOnOneNode,
  )
  const sweepOf = makeSweeps(pairs, classes.length)
  const atoms = runsOfAtoms(policies)
  const places = placesOf(classes, policies.matrix.size)
  const joined = makeRowRuns(classes.length, visit)
  const own = collectAtoms(policies, classes.length)
  own.forEachClass(places, policyClass => {
    const runs = runsOfRows(atoms, own.row)
    for (let from = places[policyClass]!; from < places[policyClass + 1]!; from++) walkSource(from, sweepOf(from), runs, joined)
  })
}

/** Where policies let nothing pass, AWS is not asked: it is so of most traffic. */
function walkSource(from: number, sweep: Sweep, runs: readonly RowRun[], joined: ReturnType<typeof makeRowRuns>): void {
  let start = 0
  for (const { end, row } of runs) {
    if (row.isEmpty) {
      const { allowed, unknown } = joined.next()
      allowed.fill(0)
      unknown.fill(0)
      joined.put(from, start)
      start = end
    }
    while (start < end) {
      const stop = Math.min(end, sweep.advance(start))
      join(sweep, row, joined.next())
      joined.put(from, start)
      start = stop
    }
  }
  joined.finish(from, start)
}

/** What both layers say together: what neither denies and not both allow is unknown. */
function join(sweep: Sweep, policy: PolicyRow, { allowed, unknown }: ReachSets): void {
  const [sure, maybe] = [sweep.allowed, sweep.maybe]
  const [admitted, doubted] = [policy.allowed, policy.unknown]
  for (let i = 0; i < allowed.length; i++) allowed[i] = sure[i]! & admitted[i]!
  if (sure === maybe && policy.isCertain) unknown.fill(0)
  else for (let i = 0; i < unknown.length; i++) unknown[i] = maybe[i]! & (admitted[i]! | doubted[i]!) & ~allowed[i]!
}

interface PolicyRow extends ReachSets {
  /** Nothing is allowed, nor unknown. */
  isEmpty: boolean
  /** Nothing is unknown. */
  isCertain: boolean
}

/** A policy's row, up to a `trafficKey`, exclusive. */
interface RowRun {
  readonly end: number
  readonly row: PolicyRow
}

/** Runs of one row that follow one another are one. */
const runsOfRows = (atoms: readonly AtomRun[], rowOf: (atom: number) => PolicyRow): readonly RowRun[] =>
  atoms.flatMap(({ end, atom }, i) => {
    const row = rowOf(atom)
    const next = atoms[i + 1]
    return next !== undefined && rowOf(next.atom) === row ? [] : [{ end, row }]
  })

interface AtomRun {
  /** As `trafficKey`, exclusive. */
  readonly end: number
  readonly atom: number
}

/** All traffic in the order of its keys, cut where policies tell ports apart. */
function runsOfAtoms({ ports }: PolicyLayer): readonly AtomRun[] {
  const found: { readonly start: number; readonly end: number; readonly atom: number }[] = []
  for (let atom = 0; atom < ports.count; atom++) {
    const range = ports.range(atom)
    if (range === undefined) continue
    const base = protocolNumber(range.protocol) * 65_536
    found.push({ start: base + range.from, end: base + range.to + 1, atom })
  }
  found.sort((a, b) => a.start - b.start)
  const rest = ports.count - 1
  const runs: AtomRun[] = []
  let reached = 0
  for (const { start, end, atom } of found) {
    if (start > reached) runs.push({ end: start, atom: rest })
    runs.push({ end, atom })
    reached = end
  }
  return [...runs, { end: trafficKey('256'), atom: rest }]
}

/** The rows of one class of policies at a time, by atom of ports: those of a run are one object, and serve the next class again. */
function collectAtoms({ matrix, ports }: PolicyLayer, size: number) {
  const pool: PolicyRow[] = []
  const byAtom: PolicyRow[] = []
  let used = 0
  const forEachClass = (places: Uint32Array, visit: (policyClass: number) => void): void =>
    matrix.forEachRow((policyClass, start, end, allowed, unknown) => {
      if (start === 0) used = 0
      const row = (pool[used++] ??= { allowed: emptyBitset(size), unknown: emptyBitset(size), isEmpty: true, isCertain: true })
      row.allowed.set(allowed)
      row.unknown.set(unknown)
      row.isCertain = isEmpty(unknown)
      row.isEmpty = row.isCertain && isEmpty(allowed)
      byAtom.fill(row, start, end)
      for (let atom = byAtom.length; atom < end; atom++) byAtom.push(row)
      if (end === ports.count) visit(policyClass)
    }, places)
  return { forEachClass, row: (atom: number): PolicyRow => byAtom[atom]! }
}

/** Of each class of policies the first of the classes that are of it. */
function placesOf(classes: readonly Class[], size: number): Uint32Array {
  const places = new Uint32Array(size + 1)
  for (const { policyClass } of classes) places[policyClass + 1]!++
  for (let i = 0; i < size; i++) places[i + 1]! += places[i]!
  return places
}
