import type { UnreadFact } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'
import { containsAddress, type Cidr } from '../addresses.ts'
import type { Listed } from '../input.ts'
import type { AddressClass, AddressClasses } from './address-classes.ts'
import {
  blocksOf,
  blockTest,
  rulesOfGroup,
  type Direction,
  type DirectionRules,
  type GroupRules,
  type Rule,
} from './security-group-rules.ts'
import type { RowId, RowTable } from './rows.ts'
import { allTraffic, hasTraffic, noTraffic, uniteAll, type TrafficSet } from './traffic.ts'

/** Groups of an interface, interned: two interfaces with the same groups have one set. */
export interface GroupSet {
  readonly id: number
  /** Ascending. */
  readonly groups: readonly string[]
  /** The same by number. */
  readonly numbers: readonly number[]
}

/** The other end as a rule sees it. */
export interface Peer {
  /** Its address; several while it has none yet and may get any of them; none when nothing is known of it. */
  readonly addresses: readonly AddressClass[]
  /** The groups of the interface that holds its private address; undefined when the packet does not show it, as after a translation. */
  readonly set: GroupSet | undefined
  /** It may be held by an interface of which the groups are not known. */
  readonly isVague: boolean
}

/** Which rules decide, for one set of groups. */
export interface GroupDecision {
  readonly matching: readonly { readonly group: GroupRules; readonly rule: Rule }[]
  /** Why it is not known, when no rule surely matches and some may. */
  readonly doubts: readonly { readonly group: GroupRules | undefined; readonly reason: string; readonly fact?: UnreadFact }[]
}

export interface SecurityGroups {
  readonly setOf: (groups: Iterable<string>) => GroupSet
  readonly group: (id: string) => GroupRules | undefined
  /** Whatever rules of the set's groups let through in that direction: a union, since there are only allows. */
  readonly row: (set: GroupSet, direction: Direction, peer: Peer) => RowId
  /** Groups, by number, that rules of the set's groups name in that direction. */
  readonly named: (set: GroupSet, direction: Direction) => Iterable<number>
  readonly decide: (set: GroupSet, direction: Direction, peer: Peer, key: number) => GroupDecision
  /**
   * Another group in the place of the one with its id; without one it goes. Sets that hold it get new numbers, so that whatever was worked out by
   * number stays true; others keep theirs, and their rows.
   */
  readonly replace: (id: string, group: Kinds['aws/ec2/SecurityGroup'] | undefined, classes: AddressClasses) => SecurityGroups
}

interface Parts {
  readonly groups: ReadonlyMap<string, GroupRules>
  readonly missing: UnreadFact | undefined
  readonly lists: ReadonlyMap<string, readonly Cidr[] | undefined>
  readonly listsMissing: UnreadFact | undefined
  readonly classes: AddressClasses
  readonly rows: RowTable
  /** How often a group was replaced: sets of the same groups in the same versions have one number. */
  readonly versions: ReadonlyMap<string, number>
  /** Shared by all that grew out of one another. */
  readonly sets: Map<string, GroupSet>
  /** Of groups, those included that rules only name. */
  readonly numbers: Map<string, number>
  /** By the number of a set. */
  readonly compiled: CompiledSet[]
  readonly next: { version: number }
}

/** What was worked out of a set so far. */
interface CompiledSet {
  readonly isUnread: boolean
  readonly rules: Readonly<Record<Direction, readonly DirectionRules[]>>
  readonly references: Readonly<Record<Direction, References>>
  /** By address, what rules that name blocks let pass. */
  readonly rows: Readonly<Record<Direction, (RowId | undefined)[]>>
}

interface References {
  /** What rules let pass to or from members of a group, by its number. */
  readonly byGroup: ReadonlyMap<number, readonly TrafficSet[]>
  /** The same as rows, of those that were asked for. */
  readonly rows: Map<number, RowId>
}

export function compileSecurityGroups(
  groups: Listed<Kinds['aws/ec2/SecurityGroup']>,
  lists: Listed<Kinds['aws/ec2/ManagedPrefixList']>,
  classes: AddressClasses,
  rows: RowTable,
): SecurityGroups {
  return from({
    groups: new Map(groups.all.map(group => [group.GroupId, rulesOfGroup(group)])),
    missing: groups.missing,
    lists: new Map(lists.all.map(list => [list.PrefixListId, blocksOf(list)])),
    listsMissing: lists.missing,
    classes,
    rows,
    versions: new Map(),
    sets: new Map(),
    numbers: new Map(),
    compiled: [],
    next: { version: 1 },
  })
}

/** Every block that a rule of a group tells addresses apart by; those of prefix lists come from the lists. */
export const blocksOfGroup = (group: Kinds['aws/ec2/SecurityGroup']): readonly Cidr[] => {
  const { ingress, egress } = rulesOfGroup(group)
  return [...ingress.cidrs, ...egress.cidrs].map(({ cidr }) => cidr)
}

function from(parts: Parts): SecurityGroups {
  const { groups, versions, next } = parts
  const row = rowsOf(parts)
  return {
    setOf: ids => internSet(parts, ids),
    group: id => groups.get(id),
    row,
    named: (set, direction) => compiledOf(parts, set).references[direction].byGroup.keys(),
    decide: (set, direction, peer, key) => decide(parts, set, direction, peer, key),
    replace: (id, group, classes) => {
      const changed = new Map(groups)
      if (group === undefined) changed.delete(id)
      else changed.set(id, rulesOfGroup(group))
      return from({ ...parts, groups: changed, classes, versions: new Map([...versions, [id, next.version++]]) })
    },
  }
}

function internSet({ sets, versions, numbers }: Parts, ids: Iterable<string>): GroupSet {
  const groups = [...new Set(ids)].sort()
  const text = groups.map(id => `${id}@${versions.get(id) ?? 0}`).join()
  const known = sets.get(text)
  if (known !== undefined) return known
  const made = { id: sets.size, groups, numbers: groups.map(id => numberOf(numbers, id)) }
  sets.set(text, made)
  return made
}

function numberOf(numbers: Map<string, number>, id: string): number {
  const known = numbers.get(id)
  if (known !== undefined) return known
  numbers.set(id, numbers.size)
  return numbers.size - 1
}

function compileSet(parts: Parts, set: GroupSet): CompiledSet {
  const rules = (direction: Direction) => set.groups.flatMap(id => parts.groups.get(id)?.[direction] ?? [])
  const [ingress, egress] = [rules('ingress'), rules('egress')]
  return {
    isUnread: set.groups.some(id => parts.groups.get(id)?.isRead !== true),
    rules: { ingress, egress },
    references: { ingress: referencesOf(ingress, parts.numbers), egress: referencesOf(egress, parts.numbers) },
    rows: { ingress: [], egress: [] },
  }
}

function referencesOf(rules: readonly DirectionRules[], numbers: Map<string, number>): References {
  const live = rules.flatMap(({ references }) => references.filter(({ isStale }) => !isStale))
  const byGroup = Map.groupBy(live, ({ groupId }) => numberOf(numbers, groupId))
  return { byGroup: new Map([...byGroup].map(([group, all]) => [group, all.map(({ traffic }) => traffic)])), rows: new Map() }
}

const compiledOf = (parts: Parts, set: GroupSet): CompiledSet => (parts.compiled[set.id] ??= compileSet(parts, set))

function rowsOf(parts: Parts): SecurityGroups['row'] {
  const { rows } = parts
  const byAddress = makeAddressRows(parts)
  const addressRow = (own: CompiledSet, direction: Direction, of: AddressClass): RowId =>
    (own.rows[direction][of] ??= byAddress(own, direction, of))
  const groupRow = ({ byGroup, rows: memo }: References, group: number): RowId => {
    const traffic = byGroup.get(group)
    if (traffic === undefined) return rows.deny
    const known = memo.get(group) ?? rows.of(uniteAll(traffic))
    memo.set(group, known)
    return known
  }
  const referenceRow = (references: References, { numbers }: GroupSet): RowId => {
    let row = rows.deny
    for (const group of numbers) row = rows.or(row, groupRow(references, group))
    return row
  }
  return (set, direction, { addresses, set: other, isVague }) => {
    const own = compiledOf(parts, set)
    let row = addresses.length === 0 ? bySomeAddress(parts, set, direction) : addressRow(own, direction, addresses[0]!)
    for (let i = 1; i < addresses.length; i++) row = rows.either(row, addressRow(own, direction, addresses[i]!))
    if (other !== undefined) row = rows.or(row, referenceRow(own.references[direction], other))
    return isVague ? rows.or(row, bySomeSet(parts, set, direction)) : row
  }
}

const rulesOf = (parts: Parts, set: GroupSet, direction: Direction): DirectionRules[] =>
  set.groups.flatMap(id => parts.groups.get(id)?.[direction] ?? [])

/** A group of the set of which the rules are not known makes everything that others do not allow uncertain. */
const isUnread = (parts: Parts, set: GroupSet): boolean => set.groups.some(id => parts.groups.get(id)?.isRead !== true)

/** Rules that name blocks, of all groups of a set, ready to be asked by address. Not kept with the rows: a set has few addresses to ask for. */
function makeAddressRows(parts: Parts): (set: CompiledSet, direction: Direction, of: AddressClass) => RowId {
  const tests = new Map<DirectionRules, ReturnType<typeof blockTest>>()
  const testOf = (rules: DirectionRules) => {
    const known = tests.get(rules)
    if (known !== undefined) return known
    const made = blockTest(rules.cidrs.map(({ cidr }) => cidr))
    tests.set(rules, made)
    return made
  }
  return (set, direction, of) => {
    const address = parts.classes.first(of)
    const sure: TrafficSet[] = []
    const possible: TrafficSet[] = set.isUnread ? [allTraffic] : []
    for (const rules of set.rules[direction]) {
      for (const index of testOf(rules)(address)) sure.push(rules.cidrs[index]!.traffic)
      for (const { prefixListId, traffic } of rules.prefixLists) {
        const blocks = parts.lists.get(prefixListId)
        if (blocks === undefined) possible.push(traffic)
        else if (blocks.some(block => containsAddress(block, address))) sure.push(traffic)
      }
      for (const { traffic } of rules.vague) possible.push(traffic)
    }
    return parts.rows.of(uniteAll(sure), uniteAll(possible))
  }
}

/** Of a peer of which the address is not known: every rule with a block may match. */
function bySomeAddress(parts: Parts, set: GroupSet, direction: Direction): RowId {
  const rules = rulesOf(parts, set, direction)
  const possible = rules.flatMap(({ cidrs, prefixLists, vague }) => [...cidrs, ...prefixLists, ...vague].map(({ traffic }) => traffic))
  const everywhere = rules.flatMap(({ cidrs }) => cidrs.filter(({ cidr }) => cidr.prefix === 0 && cidr.family === 4))
  const six = rules.flatMap(({ cidrs }) => cidrs.filter(({ cidr }) => cidr.prefix === 0 && cidr.family === 6))
  const both = [everywhere, six].map(of => parts.rows.of(uniteAll(of.map(({ traffic }) => traffic))))
  const sure = parts.rows.row(parts.rows.and(both[0]!, both[1]!)).allow
  return parts.rows.of(sure, isUnread(parts, set) ? allTraffic : uniteAll(possible))
}

function bySomeSet(parts: Parts, set: GroupSet, direction: Direction): RowId {
  const references = rulesOf(parts, set, direction).flatMap(rules => rules.references.filter(rule => !rule.isStale))
  return parts.rows.of(noTraffic, uniteAll(references.map(({ traffic }) => traffic)))
}

function decide(parts: Parts, set: GroupSet, direction: Direction, peer: Peer, key: number): GroupDecision {
  const matching: { group: GroupRules; rule: Rule }[] = []
  const doubts: { group: GroupRules | undefined; reason: string; fact?: UnreadFact }[] = []
  for (const id of set.groups) {
    const group = parts.groups.get(id)
    if (group?.isRead !== true) doubts.push({ group, ...unreadGroup(parts, id, group) })
    if (group === undefined) continue
    for (const rule of matchingRules(parts, group[direction], peer, key)) matching.push({ group, rule })
    doubts.push(...doubtsOf(parts, group, group[direction], peer, key))
  }
  return { matching, doubts }
}

function unreadGroup(parts: Parts, id: string, group: GroupRules | undefined): { reason: string; fact?: UnreadFact } {
  if (group !== undefined) return { reason: `the rules of ${id} were not read` }
  if (parts.missing === undefined) return { reason: `${id} is not among the groups that were read` }
  return { reason: `${id} was not read`, fact: { ...parts.missing, kind: 'aws/ec2/SecurityGroup', id } }
}

function matchingRules(parts: Parts, rules: DirectionRules, { addresses, set }: Peer, key: number): readonly Rule[] {
  const at = addresses.map(of => parts.classes.first(of))
  const inAll = (blocks: readonly Cidr[]) => at.length > 0 && at.every(address => blocks.some(block => containsAddress(block, address)))
  const carried = new Set(set?.groups)
  return [
    ...rules.cidrs.filter(({ cidr, traffic }) => hasTraffic(traffic, key) && inAll([cidr])),
    ...rules.prefixLists.filter(({ prefixListId, traffic }) => hasTraffic(traffic, key) && inAll(parts.lists.get(prefixListId) ?? [])),
    ...rules.references.filter(({ groupId, isStale, traffic }) => !isStale && carried.has(groupId) && hasTraffic(traffic, key)),
  ]
}

function doubtsOf(parts: Parts, group: GroupRules, rules: DirectionRules, peer: Peer, key: number): GroupDecision['doubts'][number][] {
  const lists = rules.prefixLists.filter(
    ({ prefixListId, traffic }) => parts.lists.get(prefixListId) === undefined && hasTraffic(traffic, key),
  )
  const references = peer.isVague ? rules.references.filter(({ isStale, traffic }) => !isStale && hasTraffic(traffic, key)) : []
  const blocks = peer.addresses.length === 1 ? [] : rules.cidrs.filter(({ traffic }) => hasTraffic(traffic, key))
  return [
    ...rules.vague.filter(({ traffic }) => hasTraffic(traffic, key)).map(({ because }) => ({ group, reason: because })),
    ...lists.map(({ prefixListId }) => ({
      group,
      reason: `the entries of ${prefixListId} were not read`,
      ...(parts.listsMissing === undefined ? {} : { fact: { ...parts.listsMissing, kind: 'aws/ec2/ManagedPrefixList', id: prefixListId } }),
    })),
    ...references.map(({ groupId }) => ({ group, reason: `whether the other end carries ${groupId} is not known` })),
    ...(blocks.length === 0 ? [] : [{ group, reason: 'the address of the other end is not known yet' }]),
  ]
}
