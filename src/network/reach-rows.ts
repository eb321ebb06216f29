import { addRange, emptyBitset, forEachMember, wordsFor, type Bitset } from './bitset.ts'
import { protocolNumber, trafficKey } from './aws/traffic.ts'
import type { AwsEnd } from './aws/aws-layer.ts'
import type { Row, RowId } from './aws/rows.ts'
import type { NetworkEnd } from './find-ends.ts'
import type { Joined } from './joined-layers.ts'
import type { ReachClass, ReachRows } from './network.ts'
import type { PolicyLayer } from './policy-layer.ts'

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

function walk(joined: Joined, classes: readonly Class[], isOnOneNode: boolean, visit: Parameters<ReachRows['forEachRow']>[0]): void {
  const { out, in: into, row } = joined.aws.rows(isOnOneNode)
  const runs = runsOfAtoms(joined.policies)
  const policies = policyRows(joined.policies, classes)
  const kept = makeJoin(classes.length)
  classes.forEach(({ end: { aws: source }, policyClass }, from) => {
    const sent = sweepOf(classes, row, to => out(source, to))
    const received = sweepOf(classes, row, to => into(source, to))
    const own = policies[policyClass]!
    let begun = 0
    let start = 0
    for (const { end, atom } of runs) {
      const policy = own[atom]!
      while (start < end) {
        const stop = Math.min(end, sent.advance(start), received.advance(start))
        if (kept.isOther(sent, received, policy)) {
          if (start > begun) visit(from, begun, start, kept.allowed, kept.unknown)
          kept.take()
          begun = start
        }
        start = stop
      }
    }
    visit(from, begun, start, kept.allowed, kept.unknown)
  })
}

/** What all three say together: what nobody denies and not all allow is unknown. Kept until another row is taken: most boundaries change nothing. */
function makeJoin(size: number) {
  const words = wordsFor(size)
  const [allowed, unknown] = [new Uint32Array(words), new Uint32Array(words)]
  const [nextAllowed, nextUnknown] = [new Uint32Array(words), new Uint32Array(words)]
  return {
    allowed,
    unknown,
    isOther: (sent: Sweep, received: Sweep, policy: PolicyRow): boolean => {
      const [out, into] = [sent.allowed, received.allowed]
      let difference = 0
      for (let i = 0; i < words; i++) {
        const both = out[i]! & into[i]! & policy.allowed[i]!
        nextAllowed[i] = both
        difference |= both ^ allowed[i]!
      }
      if (policy.unknown === undefined && sent.isCertain && received.isCertain) nextUnknown.fill(0)
      else {
        for (let i = 0; i < words; i++) {
          const policyMay = policy.allowed[i]! | (policy.unknown?.[i] ?? 0)
          nextUnknown[i] = sent.maybe[i]! & received.maybe[i]! & policyMay & ~nextAllowed[i]!
        }
      }
      for (let i = 0; i < words; i++) difference |= nextUnknown[i]! ^ unknown[i]!
      return difference !== 0
    },
    take: (): void => {
      allowed.set(nextAllowed)
      unknown.set(nextUnknown)
    },
  }
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

interface PolicyRow {
  readonly allowed: Bitset
  readonly unknown: Bitset | undefined
}

/** What policies of both ends say, by policy class and atom of ports, over the classes of both layers. */
function policyRows({ matrix }: PolicyLayer, classes: readonly Class[]): readonly (readonly PolicyRow[])[] {
  const spread = spreadOver(classes, matrix.size)
  const wanted = new Set(classes.map(({ policyClass }) => policyClass))
  const made: PolicyRow[][] = []
  matrix.forEachRow((from, atoms, allowed, unknown) => {
    if (!wanted.has(from)) return
    const row = { allowed: spread(allowed), unknown: unknown.some(word => word !== 0) ? spread(unknown) : undefined }
    const own = (made[from] ??= [])
    for (const atom of atoms) own[atom] = row
  })
  return made
}

/** From a set of policy classes to the set of classes that are of them. */
function spreadOver(classes: readonly Class[], size: number): (row: Bitset) => Bitset {
  const starts = new Int32Array(size + 1).fill(-1)
  const ends = new Int32Array(size + 1)
  classes.forEach(({ policyClass }, id) => {
    if (starts[policyClass]! < 0) starts[policyClass] = id
    ends[policyClass] = id + 1
  })
  return row => {
    const spread = emptyBitset(classes.length)
    forEachMember(row, of => {
      if (of < size && starts[of]! >= 0) addRange(spread, starts[of]!, ends[of]!)
    })
    return spread
  }
}

/** What one end of AWS says of all classes as destinations, at one key after the other. */
interface Sweep {
  readonly allowed: Bitset
  /** What is allowed, or may be. */
  readonly maybe: Bitset
  /** The two are the same at every key. */
  readonly isCertain: boolean
  /** Goes to a key, not backwards; gives the next one at which something changes. */
  readonly advance: (key: number) => number
}

/** Boundaries are sorted as numbers: a key, and the place of its row in a list, which stays below. */
const placeBase = 2 ** 20

/** Classes of one row change together: at each boundary of the row its classes are flipped. */
function sweepOf(classes: readonly Class[], row: (id: RowId) => Row, rowOf: (to: AwsEnd) => RowId): Sweep {
  const byRow = new Map<RowId, number[]>()
  for (let id = 0; id < classes.length; id++) {
    const of = rowOf(classes[id]!.end.aws)
    const members = byRow.get(of)
    if (members === undefined) byRow.set(of, [id])
    else members.push(id)
  }
  const rows = [...byRow.keys()].map(row)
  const members = [...byRow.values()]
  const isCertain = rows.every(({ allow, maybe }) => allow === maybe)
  const sure = makeFlips(rows, members, 'allow', classes.length)
  const possible = isCertain ? sure : makeFlips(rows, members, 'maybe', classes.length)
  return {
    allowed: sure.set,
    maybe: possible.set,
    isCertain,
    advance: isCertain ? sure.advance : key => Math.min(sure.advance(key), possible.advance(key)),
  }
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
