import { fullBitset, intersect, intersects, isEmpty, subtract, type Bitset } from '../bitset.ts'
import type { Region } from './prefix-table.ts'
import type { Side } from './side.ts'
import { portText, spanOf, type Term } from './term.ts'

/** Entries that a key of the agent's tables holds; of more, which ones stay is drawn by lot at each write. pkg/ebpf/c: MAX_PORT_PROTOCOL. */
export const slotsOfKey = 24

/** Peers whose key has more entries than fit, and the terms that have them. */
export interface Overflow {
  readonly peers: Bitset
  readonly terms: readonly Term[]
  readonly entries: number
}

/** Peers that the same terms speak of. */
interface Group {
  readonly peers: Bitset
  readonly terms: readonly number[]
}

/** Splits peers by the terms that speak of them. */
function split(start: readonly Group[], terms: readonly Term[], positions: readonly number[]): Group[] {
  let groups = [...start]
  for (const position of positions) {
    const { peers } = terms[position]!
    groups = groups.flatMap(group => {
      if (!intersects(group.peers, peers)) return [group]
      const [inside, outside] = [group.peers.slice(), group.peers.slice()]
      intersect(inside, peers)
      subtract(outside, peers)
      const spoken = { peers: inside, terms: [...group.terms, position] }
      return isEmpty(outside) ? [spoken] : [spoken, { ...group, peers: outside }]
    })
  }
  return groups
}

const upperBound = (terms: readonly Term[]): number => terms.reduce((sum, { ports }) => sum + (ports?.length ?? 1), 0)

/** Of cluster policies: an entry is told from another by its policy, action and port. */
export function clusterOverflows(side: Side): Overflow[] {
  const terms = side.levels.flatMap(level => level.terms)
  if (upperBound(terms) <= slotsOfKey) return []
  const whole = [{ peers: fullBitset(side.columns.size), terms: [] }]
  const groups = split(
    whole,
    terms,
    terms.map((_, i) => i),
  )
  return groups.flatMap(({ peers, terms: positions }) => {
    const own = positions.map(position => terms[position]!)
    const entries = new Set(own.flatMap(term => texts(term).map(text => `${term.policy.id} ${term.rule.action} ${text}`))).size
    return entries > slotsOfKey ? [{ peers, terms: own, entries }] : []
  })
}

const texts = ({ ports }: Term): string[] => ports?.map(portText) ?? ['all']

/** Addresses of a region that are keys of their own, and the others. */
export interface SplitRegion extends Region {
  readonly keyed: Bitset
  readonly others: Bitset
}

export interface Crowded {
  readonly peers: Bitset
  /** Text of an entry to its atoms; undefined, all. */
  readonly entries: ReadonlyMap<string, readonly [number, number] | undefined>
}

/** Keys of policies of a namespace that have more entries than fit. */
export function crowdedKeys(side: Side, regions: readonly SplitRegion[] | undefined): Crowded[] {
  if (upperBound(side.terms) <= slotsOfKey) return []
  return namespaceGroups(side, regions).flatMap(group => {
    if (upperBound(group.terms.map(position => side.terms[position]!)) <= slotsOfKey) return []
    const entries = entriesOf(side, group.terms)
    return entries.size > slotsOfKey ? [{ peers: group.peers, entries }] : []
  })
}

/** Of a port, whether one of the entries that speak of it is left whatever is lost: more speak of it than can be lost. */
export function isCertain(entries: Crowded['entries'], atom: number | undefined): boolean {
  let speaking = 0
  for (const span of entries.values()) if (span === undefined || (atom !== undefined && atom >= span[0] && atom < span[1])) speaking++
  return speaking > entries.size - slotsOfKey
}

/** Groups of peers with the terms whose entries stand under their key. */
function namespaceGroups(side: Side, regions: readonly SplitRegion[] | undefined): Group[] {
  const direct = side.terms.flatMap((term, i) => (term.block === undefined ? [i] : []))
  if (regions === undefined) return split([{ peers: fullBitset(side.columns.size), terms: [] }], side.terms, direct)
  const keys = regions.map(region => ({ peers: region.keyed, terms: region.inherit }))
  return [...split(keys, side.terms, direct), ...regions.map(region => ({ peers: region.others, terms: region.lookup }))].filter(
    group => !isEmpty(group.peers),
  )
}

/** The entries of a key. Within one policy a rule for all ports takes the place of the others for the same peer or block. */
function entriesOf(side: Side, positions: readonly number[]): Crowded['entries'] {
  const entries = new Map<string, readonly [number, number] | undefined>()
  const key = ({ policy, block }: Term) =>
    `${policy.kind} ${policy.id} ${block === undefined ? '' : block.text} ${block?.exceptTexts.toSorted().join() ?? ''}`
  const terms = positions.map(position => side.terms[position]!)
  const whole = new Set(terms.filter(term => term.ports === undefined && term.policy.kind === 'k8s/NetworkPolicy').map(key))
  for (const term of terms) {
    if (term.ports === undefined || whole.has(key(term))) entries.set('all', undefined)
    else for (const port of term.ports) entries.set(portText(port), spanOf(side.ports, port))
  }
  return entries
}
