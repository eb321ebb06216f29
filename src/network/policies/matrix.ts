import { addRange, below, emptyBitset, forEachMember, isEmpty, type Bitset } from '../bitset.ts'
import type { PolicyMatrix } from '../policy-layer.ts'
import { makeRowRuns, type ReachSets } from '../row-runs.ts'
import type { CompiledCluster } from './compile.ts'
import { rowAt, type Row, type Rows } from './rows.ts'
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
  const ingress = tables.map(table => table.rows('ingress'))
  const admits = turnOver(ingress, 'allowed', of)
  const mayAdmit = ingress.some(isUnsure) ? turnOver(ingress, 'unknown', of) : undefined
  const runs = makeRowRuns(places.at(-1)!, visit)
  tables.forEach((table, from) => {
    if (places[from] === places[from + 1]) return
    const { any, byAtom } = table.rows('egress')
    admits.begin(from)
    mayAdmit?.begin(from)
    let sends: Row | undefined
    for (let atom = 0; atom < atoms; atom++) {
      const own = byAtom.get(atom) ?? any
      const isTurned = admits.goTo(atom)
      const mayBeTurned = mayAdmit?.goTo(atom) === true
      if (own === sends && !isTurned && !mayBeTurned) continue
      sends = own
      const sent: Sent = { start: placed.start, allowed: placed.of(own.allowed), unknown: own.unknown && placed.of(own.unknown) }
      join(sent, admits.row, mayAdmit?.row, runs.next())
      runs.put(from, atom)
    }
    runs.finish(from, atoms)
  })
}

const isUnsure = ({ any, byAtom }: Rows): boolean => any.unknown !== undefined || byAtom.values().some(row => row.unknown !== undefined)

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
    const [may, mayReceive] = [maySend?.[start + i] ?? 0, mayAdmit?.[i] ?? 0]
    unknown[i] = ((sends[start + i]! | may) & mayReceive) | (may & admits[i]!)
  }
}
