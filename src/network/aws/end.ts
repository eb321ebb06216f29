import type { UnreadFact } from '#base/errors.ts'
import type { Address } from '../addresses.ts'
import type { AddressClass } from './address-classes.ts'
import type { AwsEnd } from './aws-layer.ts'
import type { CompiledAcl } from './network-acl.ts'
import type { GroupSet, Peer } from './security-groups.ts'
import type { SpecialAddress } from './special-addresses.ts'

/** Why something of an end is not known. */
export interface Doubt {
  readonly reason: string
  readonly fact?: UnreadFact
}

/** What a pod, a node or an address is to the paths between them. */
export interface End extends AwsEnd {
  /** Ends of one class are treated alike by everything but placement. */
  readonly classId: number
  /** `unplaced`: which addresses the VPC has was not read. */
  readonly where: 'vpc' | 'outside' | 'special' | 'unplaced'
  readonly special?: SpecialAddress
  readonly ip?: Address
  readonly family: 4 | 6
  /** What the address may be: one, or several while it has none. */
  readonly addresses: readonly AddressClass[]
  /** The groups that filter; undefined when they are not known. `filters`: false when nothing filters here at all. */
  readonly set: GroupSet | undefined
  readonly filters: boolean
  readonly doubt?: Doubt
  /** Has an interface of its own on a node that it shares: strict and standard mode are about these. */
  readonly isBranch: boolean
  readonly isPod: boolean
  /** A node, or a pod of its network. */
  readonly isHost: boolean
  readonly isFargate: boolean
  readonly hasPublicAddress: boolean
  /** Without a subnet: those of the nodes, one of which it will be in. Undefined: it may be any of its VPC. */
  readonly possibleSubnets?: readonly string[]
  /** Undefined with a subnet: the ACL was not read. */
  readonly acl: CompiledAcl | undefined
  /** The node's primary interface, by which traffic leaves that the node translates. */
  readonly primary: End | undefined
  readonly asPeer: Peer
  /** Its subnet's ACL and routes let everything pass inside the VPC, and its groups are known. */
  readonly isStraight: boolean
}

/** An end as a rule sees it behind a translation or an unrelated network: by its address alone. */
export const withoutGroups = ({ addresses }: End): Peer => ({ addresses, set: undefined, isVague: false })
