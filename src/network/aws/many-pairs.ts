import type { AwsLayer } from './aws-layer.ts'
import type { AwsWorld } from './aws-world.ts'
import type { End } from './end.ts'
import { shortWay } from './find-ways.ts'
import type { RowId, VerdictCode } from './rows.ts'

type Ask<T> = (own: End, peer: End) => T

/**
 * What the groups of one end say of the other, for many pairs: a class says all that a rule sees of its ends, so each set of groups is asked once
 * for each class.
 * @param classes how many there are; of one that is made later nothing is kept
 */
function askGroups<T extends number>(
  { groups, rows }: AwsWorld,
  classes: number,
  answer: (row: RowId) => T,
): Readonly<Record<'ingress' | 'egress', Ask<T>>> {
  const unknown = answer(rows.unknown)
  const ask = (direction: 'ingress' | 'egress'): Ask<T> => {
    const bySet: Int32Array[] = []
    return ({ set }, { asPeer, classId }) => {
      if (set === undefined) return unknown
      const own = (bySet[set.id] ??= new Int32Array(classes).fill(-1))
      const known = own[classId] ?? -1
      if (known >= 0) return known as T
      const made = answer(groups.row(set, direction, asPeer))
      own[classId] = made
      return made
    }
  }
  return { ingress: ask('ingress'), egress: ask('egress') }
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
    rows: isOnOneNode => {
      const { egress, ingress } = askGroups(aws, classes(), row => row)
      const { allow, row } = aws.rows
      return {
        row,
        out: (one, other) => {
          const [from, to] = [one as End, other as End]
          const short = shortWay(aws, from, to, isOnOneNode)
          return short === 'groups' ? egress(from, to) : short === 'open' ? allow : rowOf(from, to, isOnOneNode)
        },
        in: (from, to) => (shortWay(aws, from as End, to as End, isOnOneNode) === 'groups' ? ingress(to as End, from as End) : allow),
      }
    },
  }
}
