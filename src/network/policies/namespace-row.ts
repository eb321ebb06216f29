import { emptyBitset, intersect, isEmpty, subtract, unite, type Bitset } from '../bitset.ts'
import { prefixTable, type Region } from './prefix-table.ts'
import type { Side } from './side.ts'
import { crowdedKeys, isCertain, type Crowded, type SplitRegion } from './slots.ts'

/** Whom the policies of a namespace admit, when these terms speak of the port. Fresh sets, which the caller may change. */
export type NamespaceRow = (active: Uint8Array, atom: number | undefined) => { readonly allowed: Bitset; readonly unknown: Bitset }

export function namespaceRow(side: Side): NamespaceRow {
  return side.engine === 'aws-vpc-cni' && side.terms.some(term => term.block !== undefined) ? withBlocks(side) : plain(side)
}

/** The union of what each rule admits. */
function plain(side: Side): NamespaceRow {
  const { terms, columns } = side
  const always = columns.empty()
  for (const term of terms) if (term.ports === undefined) unite(always, term.peers)
  const narrow = side.engine === 'aws-vpc-cni' ? lottery(side) : undefined
  return (active, atom) => {
    const allowed = always.slice()
    const unknown = emptyBitset(columns.size)
    terms.forEach(({ peers, ports, maybe }, i) => {
      if (active[i] === 0) return
      if (ports !== undefined) unite(allowed, peers)
      if (maybe !== undefined) unite(unknown, maybe.peers)
    })
    narrow?.(atom, allowed, unknown)
    return { allowed, unknown }
  }
}

/** Blocks beside pods: each address is decided by its own key or by the longest block alone. */
function withBlocks(side: Side): NamespaceRow {
  const { terms, columns } = side
  const regions = splitRegions(side) ?? []
  const pending = isEmpty(columns.pending) ? undefined : columns.pending
  const narrow = lottery(side)
  return (active, atom) => {
    const allowed = columns.empty()
    const unknown = columns.empty()
    const speaks = (list: readonly number[]) => list.some(term => active[term] === 1)
    terms.forEach(({ block, peers, maybe }, i) => {
      if (active[i] === 0) return
      if (block === undefined) unite(allowed, peers)
      if (maybe !== undefined) unite(unknown, maybe.peers)
    })
    for (const region of regions) {
      if (speaks(region.lookup)) unite(allowed, region.others)
      if (speaks(region.inherit)) unite(allowed, region.keyed)
    }
    narrow?.(atom, allowed, unknown)
    if (pending !== undefined) addPending(pending, regions, speaks, allowed, unknown)
    return { allowed, unknown }
  }
}

const regionsOfSide = new WeakMap<Side, SplitRegion[] | undefined>()

/** The regions of AWS's table; none when no rule has a block. */
export function splitRegions(side: Side): SplitRegion[] | undefined {
  if (regionsOfSide.has(side)) return regionsOfSide.get(side)
  const regions = side.terms.some(term => term.block !== undefined) ? makeRegions(side) : undefined
  regionsOfSide.set(side, regions)
  return regions
}

function makeRegions(side: Side): SplitRegion[] {
  const keyed = side.columns.empty()
  for (const term of side.terms) if (term.block === undefined) unite(keyed, term.peers)
  return prefixTable(side.terms, side.addresses, side.columns, side).map(region => {
    const [mine, others] = [region.bits.slice(), region.bits.slice()]
    intersect(mine, keyed)
    subtract(others, keyed)
    return { ...region, keyed: mine, others }
  })
}

const crowdsOfSide = new WeakMap<Side, Crowded[]>()

export function crowdsOf(side: Side): readonly Crowded[] {
  const known = crowdsOfSide.get(side)
  if (known !== undefined) return known
  const made = crowdedKeys(side, splitRegions(side))
  crowdsOfSide.set(side, made)
  return made
}

/** What is allowed by entries of which none may be left becomes unknown. */
function lottery(side: Side): ((atom: number | undefined, allowed: Bitset, unknown: Bitset) => void) | undefined {
  const crowds = crowdsOf(side)
  if (crowds.length === 0) return undefined
  return (atom, allowed, unknown) => {
    for (const { peers, entries } of crowds) {
      if (isCertain(entries, atom)) continue
      const risky = peers.slice()
      intersect(risky, allowed)
      unite(unknown, risky)
      subtract(allowed, risky)
    }
  }
}

/** A pod without an address may get any: sure is only what holds of all. */
function addPending(
  pending: Bitset,
  regions: readonly Region[],
  speaks: (list: readonly number[]) => boolean,
  allowed: Bitset,
  unknown: Bitset,
): void {
  const answers = new Set(regions.map(region => speaks(region.lookup)))
  if (!answers.has(false)) unite(allowed, pending)
  else if (answers.has(true)) unite(unknown, pending)
}
