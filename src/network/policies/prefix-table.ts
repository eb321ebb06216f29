import type { AddressAtoms } from '../address-atoms.ts'
import { cidrText, containsAddress, containsCidr, type Cidr } from '../addresses.ts'
import type { Bitset } from '../bitset.ts'
import type { Columns } from './columns.ts'
import type { Term } from './term.ts'

/** A run of addresses that have one answer: terms by their positions in the list that was given. */
export interface Region {
  readonly bits: Bitset
  /** Terms that decide about an address that is no key of its own. Empty under an `except`. */
  readonly lookup: readonly number[]
  /** Terms that an address which is a key of its own (a pod's, a Service's) has besides its own. */
  readonly inherit: readonly number[]
}

interface Key {
  readonly cidr: Cidr
  readonly terms: number[]
  readonly except: Cidr[]
}

/**
 * The agent's table of blocks: the longest prefix alone decides. A block takes over the ports of the blocks around it, unless its first address
 * is in one of their `except`s; equal blocks pool ports and `except`s; each `except` that is no block itself denies everything.
 * https://github.com/aws/aws-network-policy-agent/blob/c8619c0/pkg/fwruleprocessor/fw_rule_processor.go ComputeMapEntriesFromEndpointRules
 */
export function prefixTable(
  terms: readonly Term[],
  addresses: AddressAtoms,
  columns: Columns,
  { family, skip }: { readonly family: 4 | 6; readonly skip: (cidr: Cidr) => boolean },
): Region[] {
  const { keys, denied } = collect(terms, skip)
  const sorted = [...keys.values()].sort((a, b) => a.cidr.prefix - b.cidr.prefix)
  const entries = new Map<Key, readonly number[]>()
  for (const key of sorted) entries.set(key, [...new Set([...key.terms, ...inherited(key.cidr, sorted, entries)])])
  const whole: Cidr = { family, value: 0n, prefix: 0 }
  const cuts = new Set<number>()
  for (const cidr of [whole, ...sorted.map(key => key.cidr), ...denied]) for (const cut of addresses.span(cidr)) cuts.add(cut)
  const bounds = [...cuts].sort((a, b) => a - b)
  return bounds.slice(0, -1).map((first, i) => {
    const address = addresses.first(first)
    const around = sorted.filter(key => containsAddress(key.cidr, address))
    const longest = around.at(-1)
    const shut = denied.some(cidr => containsAddress(cidr, address) && cidr.prefix > (longest?.cidr.prefix ?? -1))
    const own = longest === undefined || shut ? [] : entries.get(longest)!
    const host = longest !== undefined && isHost(longest.cidr)
    return {
      bits: columns.bitsOfAtoms(first, bounds[i + 1]!),
      lookup: own,
      inherit: host
        ? own
        : [...new Set(around.flatMap(key => (key.except.some(part => containsAddress(part, address)) ? [] : entries.get(key)!)))],
    }
  })
}

const isHost = ({ family, prefix }: Cidr): boolean => prefix === (family === 4 ? 32 : 128)

function collect(terms: readonly Term[], skip: (cidr: Cidr) => boolean): { keys: Map<string, Key>; denied: Cidr[] } {
  const keys = new Map<string, Key>()
  const excepts = new Map<string, Cidr>()
  terms.forEach(({ block }, position) => {
    if (block === undefined) return
    for (const part of block.except) excepts.set(cidrText(part), part)
    if (skip(block.cidr)) return
    const text = cidrText(block.cidr)
    const key = keys.get(text) ?? { cidr: block.cidr, terms: [], except: [] }
    key.terms.push(position)
    key.except.push(...block.except)
    keys.set(text, key)
  })
  return { keys, denied: [...excepts].filter(([text]) => !keys.has(text)).map(([, cidr]) => cidr) }
}

/** Of blocks around it that are no single addresses; those were filled before, being wider. */
function inherited(cidr: Cidr, sorted: readonly Key[], entries: ReadonlyMap<Key, readonly number[]>): number[] {
  return sorted.flatMap(key => {
    const outer = key.cidr
    if (outer.prefix >= cidr.prefix || isHost(outer) || !containsCidr(outer, cidr)) return []
    return key.except.some(part => containsAddress(part, cidr)) ? [] : entries.get(key)!
  })
}
