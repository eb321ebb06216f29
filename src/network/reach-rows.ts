import { emptyBitset, type Bitset } from './bitset.ts'
import { protocolNumber, trafficKey } from './aws/traffic.ts'
import type { PairRows } from './aws/aws-layer.ts'
import type { Row, RowId } from './aws/rows.ts'
import type { NetworkEnd } from './find-ends.ts'
import type { Joined } from './joined-layers.ts'
import type { ReachClass, ReachRows } from './network.ts'
import type { PolicyLayer } from './policy-layer.ts'
import { makeRowRuns, type ReachSets, type TellRun } from './row-runs.ts'

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
  const runs = runsOfAtoms(policies)
  const places = placesOf(classes, policies.matrix.size)
  const joined = makeRowRuns(classes.length, visit)
  const own = collectAtoms(policies, classes.length)
  const walkSources = (policyClass: number): void => {
    for (let from = places[policyClass]!; from < places[policyClass + 1]!; from++) {
      const sweep = sweepOf(pairs, from, classes.length)
      let start = 0
      runs.forEach(({ end, atom }, i) => {
        const policy = own.row(atom)
        if (i + 1 < runs.length && own.row(runs[i + 1]!.atom) === policy) return
        while (start < end) {
          const stop = Math.min(end, sweep.advance(start))
          join(sweep, policy, joined.next())
          joined.put(from, start)
          start = stop
        }
      })
      joined.finish(from, start)
    }
  }
  own.forEachClass(places, walkSources)
}

/** What both layers say together: what neither denies and not both allow is unknown. */
function join(sweep: Sweep, policy: ReachSets, { allowed, unknown }: ReachSets): void {
  for (let i = 0; i < allowed.length; i++) allowed[i] = sweep.allowed[i]! & policy.allowed[i]!
  for (let i = 0; i < unknown.length; i++) unknown[i] = sweep.maybe[i]! & (policy.allowed[i]! | policy.unknown[i]!) & ~allowed[i]!
}

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
  const pool: ReachSets[] = []
  const byAtom: ReachSets[] = []
  let used = 0
  const forEachClass = (places: Uint32Array, visit: (policyClass: number) => void): void =>
    matrix.forEachRow((policyClass, start, end, allowed, unknown) => {
      if (start === 0) used = 0
      const row = (pool[used++] ??= { allowed: emptyBitset(size), unknown: emptyBitset(size) })
      row.allowed.set(allowed)
      row.unknown.set(unknown)
      for (let atom = start; atom < end; atom++) byAtom[atom] = row
      if (end === ports.count) visit(policyClass)
    }, places)
  return { forEachClass, row: (atom: number): ReachSets => byAtom[atom]! }
}

/** Of each class of policies the first of the classes that are of it. */
function placesOf(classes: readonly Class[], size: number): Uint32Array {
  const places = new Uint32Array(size + 1)
  for (const { policyClass } of classes) places[policyClass + 1]!++
  for (let i = 0; i < size; i++) places[i + 1]! += places[i]!
  return places
}

/** What AWS says of all classes as destinations of one source, at one key after the other. */
interface Sweep {
  readonly allowed: Bitset
  /** What is allowed, or may be. */
  readonly maybe: Bitset
  /** Goes to a key, not backwards; gives the next one at which something changes. */
  readonly advance: (key: number) => number
}

/** Boundaries are sorted as numbers: a key, and the place of its row in a list, which stays below. */
const placeBase = 2 ** 20

/** Classes of one row change together: at each boundary of the row its classes are flipped. */
function sweepOf({ from, deny, row }: PairRows, source: number, size: number): Sweep {
  const byRow = new Map<RowId, number[]>()
  const pairs = from(source)
  for (let id = 0; id < size; id++) {
    const of = pairs[id]!
    if (of === deny) continue
    const members = byRow.get(of)
    if (members === undefined) byRow.set(of, [id])
    else members.push(id)
  }
  const rows = [...byRow.keys()].map(row)
  const members = [...byRow.values()]
  const sure = makeFlips(rows, members, 'allow', size)
  if (rows.every(({ allow, maybe }) => allow === maybe)) return { allowed: sure.set, maybe: sure.set, advance: sure.advance }
  const possible = makeFlips(rows, members, 'maybe', size)
  return { allowed: sure.set, maybe: possible.set, advance: key => Math.min(sure.advance(key), possible.advance(key)) }
}

function makeFlips(rows: readonly Row[], members: readonly (readonly number[])[], half: keyof Row, size: number) {
  const set = emptyBitset(size)
  const count = rows.reduce((sum, row) => sum + row[half].length, 0)
  const boundaries = new Float64Array(count)
  let filled = 0
  rows.forEach((row, place) => {
    for (const key of row[half]) boundaries[filled++] = key * placeBase + place
  })
  boundaries.sort()
  let next = 0
  let nextKey = count === 0 ? Infinity : Math.floor(boundaries[0]! / placeBase)
  const advance = (key: number): number => {
    while (nextKey <= key) {
      for (const of of members[boundaries[next]! % placeBase]!) set[of >>> 5]! ^= 1 << (of & 31)
      next++
      nextKey = next < count ? Math.floor(boundaries[next]! / placeBase) : Infinity
    }
    return nextKey
  }
  return { set, advance }
}
