import { containsCidr } from '#network/addresses.ts'
import { compileAcl } from '#network/aws/network-acl.ts'
import { isAllOf, isNoneOf, uniteAll } from '#network/aws/traffic.ts'
import type { Kinds } from '#model/kinds.ts'

type Acl = Kinds['aws/ec2/NetworkAcl']

/** An entry that never decides, by its position in the document. */
export interface UnreachableEntry {
  readonly index: number
  readonly action: 'allow' | 'deny'
  /** The entries before it that decide in its place: each for every address of its block, together for all of its traffic. */
  readonly by: readonly [number, ...number[]]
  /** Some of them say the opposite. */
  readonly isContradicted: boolean
}

/** The numbers of the entries that deny whatever no other matches: each ACL has them, and nobody can take them away. */
const lastNumber = 32_766

/** Entries are asked in the order of their numbers, and the first that matches decides. https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html */
export function unreachableEntries(acl: Acl): readonly UnreachableEntry[] {
  const compiled = compileAcl(acl)
  const numberOf = (index: number) => acl.Entries?.[index]?.RuleNumber ?? 0
  return (['ingress', 'egress'] as const).flatMap(direction =>
    compiled[direction].flatMap(({ index, cidr, traffic, action }): UnreachableEntry[] => {
      if (cidr === undefined || numberOf(index) > lastNumber) return []
      const before = compiled[direction].filter(
        other => numberOf(other.index) < numberOf(index) && other.cidr !== undefined && containsCidr(other.cidr, cidr),
      )
      const single = before.find(other => isAllOf(other.traffic, traffic))
      const covers = single === undefined ? before : before.slice(0, before.indexOf(single) + 1)
      if (!isAllOf(uniteAll(covers.map(other => other.traffic)), traffic)) return []
      const deciding = covers.filter(other => !isNoneOf(other.traffic, traffic))
      const [first, ...rest] = deciding.map(other => other.index)
      if (first === undefined) return []
      return [{ index, action, by: [first, ...rest], isContradicted: deciding.some(other => other.action !== action) }]
    }),
  )
}

/** `100 in (allow, 10.0.0.0/16)`, for people. */
export function entryText(acl: Acl, index: number): string {
  const { RuleNumber = 0, Egress, RuleAction = '', CidrBlock, Ipv6CidrBlock } = acl.Entries?.[index] ?? {}
  return `${RuleNumber} ${Egress === true ? 'out' : 'in'} (${RuleAction}, ${CidrBlock ?? Ipv6CidrBlock ?? ''})`
}
