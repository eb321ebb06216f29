import { addRange, below, emptyBitset, forEachMember, isEmpty, type Bitset } from '../bitset.ts'
import type { PolicyMatrix } from '../policy-layer.ts'
import { makeRowRuns, type ReachSets } from '../row-runs.ts'
import type { CompiledCluster } from './compile.ts'
import { rowAt, turnsOf, type Row, type Turn } from './rows.ts'
import { turnOver, type Places } from './turn-over.ts'

/** Rows over classes, of one end or of both joined. */
export function makeMatrix({ classes, tables, ports }: CompiledCluster): PolicyMatrix {
  const size = classes.pods.length
  const start = classes.columns.base >>> 5
  const cut = (row: Bitset): Bitset => below(row.subarray(start), size)
  return {
    size,
    allowed: (direction, classId, atom) => cut(rowAt(tables[classId]!.rows(direction), atom).allowed),
    unknown: (direction, classId, atom) => {
      const { unknown } = rowAt(tables[classId]!.rows(direction), atom)
      const peers = unknown && cut(unknown)
      return peers === undefined || isEmpty(peers) ? undefined : peers
    },
    forEachRow: (visit, given) => {
      const places = given ?? Uint32Array.from({ length: size + 1 }, (_, classId) => classId)
      const placed = given === undefined ? { start, of: (row: Bitset) => row } : { start: 0, of: spreadOver(places, cut) }
      joinEnds(tables, { atoms: ports.count, start, places }, placed, visit)
    },
  }
}

/** From classes to the bits that stand for them, each row once. */
function spreadOver(places: Uint32Array, cut: (row: Bitset) => Bitset): (row: Bitset) => Bitset {
  const known = new Map<Bitset, Bitset>()
  return row => {
    const found = known.get(row)
    if (found !== undefined) return found
    const spread = emptyBitset(places.at(-1)!)
    forEachMember(cut(row), of => {
      if (of + 1 < places.length) addRange(spread, places[of]!, places[of + 1]!)
    })
    known.set(row, spread)
    return spread
  }
}

/** Rows in the bits of joined rows, which begin at a word of theirs. */
interface Placed {
  readonly start: number
  readonly of: (row: Bitset) => Bitset
}

/** Egress rows are by source, and ingress rows, which are by destination, are turned over. */
function joinEnds(tables: CompiledCluster['tables'], of: Places, placed: Placed, visit: Parameters<PolicyMatrix['forEachRow']>[0]): void {
  const { atoms, places } = of
  const ingress = tables.map(table => turnsOf(table.rows('ingress'), atoms))
  const admits = turnOver(ingress, 'allowed', of)
  const mayAdmit = ingress.some(isUnsure) ? turnOver(ingress, 'unknown', of) : undefined
  const runs = makeRowRuns(places.at(-1)!, visit)
  tables.forEach((table, from) => {
    if (places[from] === places[from + 1]) return
    const turns = turnsOf(table.rows('egress'), atoms)
    admits.begin(from)
    mayAdmit?.begin(from)
    let sent = sentAs(turns[0]!.row, placed)
    let turn = 1
    for (let atom = 0; atom < atoms;) {
      if (turns[turn]?.atom === atom) sent = sentAs(turns[turn++]!.row, placed)
      admits.goTo(atom)
      mayAdmit?.goTo(atom)
      join(sent, admits.row, mayAdmit?.row, runs.next())
      runs.put(from, atom)
      atom = Math.min(turns[turn]?.atom ?? atoms, admits.next(), mayAdmit?.next() ?? atoms)
    }
    runs.finish(from, atoms)
  })
}

const isUnsure = (turns: readonly Turn[]): boolean => turns.some(({ row }) => row.unknown !== undefined)

const sentAs = ({ allowed, unknown }: Row, { start, of }: Placed): Sent => ({
  start,
  allowed: of(allowed),
  unknown: unknown && of(unknown),
})

/** An egress row: its words from `start` on. */
interface Sent extends Row {
  readonly start: number
}

function join({ start, allowed: sends, unknown: maySend }: Sent, admits: Bitset, mayAdmit: Bitset | undefined, into: ReachSets): void {
  const { allowed, unknown } = into
  for (let i = 0; i < allowed.length; i++) allowed[i] = sends[start + i]! & admits[i]!
  if (maySend === undefined && mayAdmit === undefined) {
    unknown.fill(0)
    return
  }
  for (let i = 0; i < unknown.length; i++) {
    const may = maySend === undefined ? 0 : maySend[start + i]!
    const mayReceive = mayAdmit === undefined ? 0 : mayAdmit[i]!
    unknown[i] = ((sends[start + i]! | may) & mayReceive) | (may & admits[i]!)
  }
}
