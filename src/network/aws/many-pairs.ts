import type { AddressClass } from './address-classes.ts'
import type { AwsLayer } from './aws-layer.ts'
import type { AwsWorld } from './aws-world.ts'
import type { End } from './end.ts'
import { shortWay } from './find-ways.ts'
import type { RowId, VerdictCode } from './rows.ts'
import type { Direction } from './security-group-rules.ts'
import type { GroupSet, Peer } from './security-groups.ts'

type Ask<T> = (own: End, peer: End) => T

/**
 * What the groups of one end say of the other, for many pairs: a class says all that a rule sees of its ends, so each set of groups is asked once
 * for each class.
 * @param classes how many there are; of one that is made later nothing is kept
 */
function askGroups(
  { groups, rows }: AwsWorld,
  classes: number,
  answer: (row: RowId) => VerdictCode,
): Readonly<Record<Direction, Ask<VerdictCode>>> {
  const unknown = answer(rows.unknown)
  const ask = (direction: Direction): Ask<VerdictCode> => {
    const bySet: Int32Array[] = []
    return ({ set }, { asPeer, classId }) => {
      if (set === undefined) return unknown
      const own = (bySet[set.id] ??= new Int32Array(classes).fill(-1))
      const known = own[classId] ?? -1
      if (known >= 0) return known as VerdictCode
      const made = answer(groups.row(set, direction, asPeer))
      own[classId] = made
      return made
    }
  }
  return { ingress: ask('ingress'), egress: ask('egress') }
}

/**
 * What a set of groups says of each of these ends, by their position. Most ends carry no group that its rules name: of those their address says all.
 */
function askOfAll({ groups, rows }: AwsWorld, ends: readonly End[], direction: Direction): (set: GroupSet | undefined) => Int32Array {
  const carriers = new Map<number, number[]>()
  ends.forEach(({ set }, i) => set?.numbers.forEach(group => push(carriers, group, i)))
  const { list, of } = listAddresses(ends)
  const bySet: Int32Array[] = []
  const unknown = new Int32Array(ends.length).fill(rows.unknown)
  const ask = (set: GroupSet): Int32Array => {
    const rowOf = (peer: Peer) => groups.row(set, direction, peer)
    const byAddress = Int32Array.from(list, address => rowOf({ addresses: [address], set: undefined, isVague: false }))
    const made = new Int32Array(ends.length)
    for (let i = 0; i < ends.length; i++) made[i] = of[i]! < 0 ? rowOf(ends[i]!.asPeer) : byAddress[of[i]!]!
    for (const group of groups.named(set, direction)) for (const i of carriers.get(group) ?? []) made[i] = rowOf(ends[i]!.asPeer)
    return made
  }
  return set => (set === undefined ? unknown : (bySet[set.id] ??= ask(set)))
}

/** The addresses that ends certainly have, and by end the position of its own: -1, when it may have several or others. */
function listAddresses(ends: readonly End[]): { readonly list: readonly AddressClass[]; readonly of: Int32Array } {
  const positions = new Map<AddressClass, number>()
  const of = Int32Array.from(ends, ({ asPeer: { addresses, isVague } }) => {
    const [only] = addresses
    if (only === undefined || addresses.length > 1 || isVague) return -1
    const known = positions.get(only) ?? positions.size
    positions.set(only, known)
    return known
  })
  return { list: [...positions.keys()], of }
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** Two pods of a node's network, or one pod and itself, speak inside one network namespace. */
export const isOneNamespace = (from: End, to: End): boolean =>
  from === to ||
  (from.where === 'vpc' && from.name === to.name) ||
  (from.isHost && to.isHost && from.address !== undefined && from.address === to.address)

/**
 * What is asked of many pairs. Ends are made by the layer alone, whatever it calls them outside.
 * @param rowOf of pairs that ACLs, routes or special paths have a say about
 */
export function manyPairs(
  aws: AwsWorld,
  classes: () => number,
  rowOf: (from: End, to: End, isOnOneNode: boolean) => RowId,
): Pick<AwsLayer, 'codes' | 'rows'> {
  return {
    codes: key => {
      const { egress, ingress } = askGroups(aws, classes(), row => aws.rows.code(row, key))
      return (one, other, isOnOneNode) => {
        const [from, to] = [one as End, other as End]
        const short = shortWay(aws, from, to, isOnOneNode)
        if (short === 'open' || isOneNamespace(from, to)) return 2
        if (short === undefined) return aws.rows.code(rowOf(from, to, isOnOneNode), key)
        const out = egress(from, to)
        return out === 0 ? 0 : (Math.min(out, ingress(to, from)) as VerdictCode)
      }
    },
    rows: (all, isOnOneNode) => {
      const ends = all as readonly End[]
      const { allow, deny, and, row } = aws.rows
      const [egress, ingress] = [askOfAll(aws, ends, 'egress'), askOfAll(aws, ends, 'ingress')]
      const admitted = ends.map(({ set }) => ingress(set))
      const kinds = isOnOneNode ? undefined : straightKinds(ends)
      const between = new Int32Array(ends.length)
      const from = (source: number): Int32Array => {
        const own = ends[source]!
        const kind = kinds?.[source] ?? -1
        const out = egress(own.set)
        for (let i = 0; i < ends.length; i++) {
          const short = kind >= 0 && kinds![i] === kind ? 'groups' : shortWay(aws, own, ends[i]!, isOnOneNode)
          if (short === 'groups') between[i] = out[i] === deny ? deny : and(out[i]!, admitted[i]![source]!)
          else between[i] = short === 'open' ? allow : rowOf(own, ends[i]!, isOnOneNode)
        }
        return between
      }
      return { row, deny, from }
    },
  }
}

/** Numbers of ends between which, on two nodes, only groups decide, if equal: see `shortWay`. Of others -1. */
function straightKinds(ends: readonly End[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(ends, ({ isStraight, vpcId, family }) => {
    if (!isStraight) return -1
    const text = `${vpcId} ${family}`
    const known = numbers.get(text) ?? numbers.size
    numbers.set(text, known)
    return known
  })
}
