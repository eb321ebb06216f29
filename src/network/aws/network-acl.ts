import type { Kinds } from '#model/kinds.ts'
import { containsAddress, parseCidr, type Address, type Cidr } from '../addresses.ts'
import type { RuleReference } from '../question.ts'
import { icmpRange } from './security-group-rules.ts'
import {
  allTraffic,
  hasTraffic,
  intersectTraffic,
  isAllOf,
  isNoneOf,
  noTraffic,
  subtractTraffic,
  trafficRange,
  uniteAll,
  uniteTraffic,
  type TrafficSet,
} from './traffic.ts'

type Acl = Kinds['aws/ec2/NetworkAcl']
type Direction = 'ingress' | 'egress'

interface Entry {
  /** Position in the document. */
  readonly index: number
  readonly cidr: Cidr | undefined
  readonly traffic: TrafficSet
  readonly action: 'allow' | 'deny'
}

/** Entries in the order in which they are asked. */
export interface CompiledAcl {
  readonly id: string
  readonly at: (index?: number) => RuleReference
  readonly ingress: readonly Entry[]
  readonly egress: readonly Entry[]
  /** Lets everything of that family pass, both ways: as the one that a VPC begins with. */
  readonly isOpen: Readonly<Record<4 | 6, boolean>>
  /** An entry cannot be read, so nothing after it is sure. */
  readonly isVague: boolean
}

const read = new WeakMap<Acl, CompiledAcl>()

/** https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html */
export function compileAcl(acl: Acl): CompiledAcl {
  const before = read.get(acl)
  if (before !== undefined) return before
  const entries = (acl.Entries ?? []).map((entry, index) => ({ entry, index }))
  entries.sort((a, b) => (a.entry.RuleNumber ?? 0) - (b.entry.RuleNumber ?? 0))
  const compiled = entries.map(({ entry, index }) => ({ isEgress: entry.Egress === true, made: compileEntry(entry, index) }))
  const ingress = compiled.filter(({ isEgress }) => !isEgress).flatMap(({ made }) => made ?? [])
  const egress = compiled.filter(({ isEgress }) => isEgress).flatMap(({ made }) => made ?? [])
  const isVague = acl.Entries === undefined || compiled.some(({ made }) => made === undefined)
  const made: CompiledAcl = {
    id: acl.NetworkAclId,
    at: index => ({ kind: 'aws/ec2/NetworkAcl', id: acl.Arn, path: index === undefined ? [] : ['Entries', index] }),
    ingress,
    egress,
    isOpen: { 4: !isVague && opensAll(ingress, 4) && opensAll(egress, 4), 6: !isVague && opensAll(ingress, 6) && opensAll(egress, 6) },
    isVague,
  }
  read.set(acl, made)
  return made
}

/** Before the first entry that allows everything from everywhere, none of the family denies anything. */
function opensAll(entries: readonly Entry[], family: 4 | 6): boolean {
  const own = entries.filter(({ cidr }) => cidr?.family === family)
  const open = own.findIndex(({ action, cidr, traffic }) => action === 'allow' && cidr?.prefix === 0 && isAllOf(traffic, allTraffic))
  return open >= 0 && own.slice(0, open).every(({ action }) => action === 'allow')
}

function compileEntry(entry: NonNullable<Acl['Entries']>[number], index: number): Entry | undefined {
  const cidr = parseCidr(entry.CidrBlock ?? entry.Ipv6CidrBlock ?? '')
  const traffic = trafficOf(entry)
  const { RuleAction } = entry
  if (cidr === undefined || traffic === undefined || (RuleAction !== 'allow' && RuleAction !== 'deny')) return undefined
  return { index, cidr, traffic, action: RuleAction }
}

/** `-1` or a number; without a range, all ports. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html */
function trafficOf({ Protocol, PortRange, IcmpTypeCode }: NonNullable<Acl['Entries']>[number]): TrafficSet | undefined {
  if (Protocol === '-1') return allTraffic
  const number = Number(Protocol ?? 'none')
  if (!Number.isInteger(number) || number < 0 || number > 255) return undefined
  if (number === 1 || number === 58) return icmpRange(number, IcmpTypeCode?.Type ?? -1, IcmpTypeCode?.Code ?? -1)
  const { From = 0, To = 65_535 } = PortRange ?? {}
  return From >= 0 && To <= 65_535 ? trafficRange(number, From, To) : undefined
}

/** What entries let through to or from an address: the first that matches decides, and what none matches is denied. */
export function allowedByAcl(acl: CompiledAcl, direction: Direction, remote: Address): TrafficSet {
  let open: TrafficSet = allTraffic
  const allowed: TrafficSet[] = []
  for (const { cidr, traffic, action } of acl[direction]) {
    if (cidr !== undefined && !containsAddress(cidr, remote)) continue
    if (action === 'allow') allowed.push(intersectTraffic(traffic, open))
    open = subtractTraffic(open, traffic)
    if (open.length === 0) break
  }
  return uniteAll(allowed)
}

/** The entry that decides, if any. */
export const decidingEntry = (acl: CompiledAcl, direction: Direction, remote: Address, key: number): Entry | undefined =>
  acl[direction].find(({ cidr, traffic }) => (cidr === undefined || containsAddress(cidr, remote)) && hasTraffic(traffic, key))

/** Ports that a client may be answered at: the kernel chooses one, and source translation at random from all of these. */
const firstClientPort = 1024
const withPorts = [6, 17, 132] as const

/** An ICMP request and what answers it. RFC 792, RFC 4443. */
const replies = [
  { protocol: 1, request: 8, reply: 0 },
  { protocol: 1, request: 13, reply: 14 },
  { protocol: 58, request: 128, reply: 129 },
] as const

const ofType = (protocol: number, type: number): TrafficSet => trafficRange(protocol, type * 256, type * 256 + 255)

/**
 * What may open a connection, as far as the answers to it go that entries of the other direction let through. Some client ports closed: it depends
 * on the port that the client happens to have. https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
 */
export function allowedByReturn(back: TrafficSet): { readonly allow: TrafficSet; readonly maybe: TrafficSet } {
  const allow: TrafficSet[] = []
  const maybe: TrafficSet[] = []
  for (const protocol of withPorts) {
    const client = trafficRange(protocol, firstClientPort)
    if (isAllOf(back, client)) allow.push(trafficRange(protocol))
    else if (!isNoneOf(back, client)) maybe.push(trafficRange(protocol))
  }
  const ping = [1, 58].reduce((set, protocol) => uniteTraffic(set, trafficRange(protocol)), noTraffic)
  const requests = replies.map(({ protocol, request }) => ofType(protocol, request))
  allow.push(subtractTraffic(ping, uniteAll(requests)))
  for (const { protocol, request, reply } of replies) {
    if (isAllOf(back, trafficRange(protocol, reply * 256, reply * 256))) allow.push(ofType(protocol, request))
  }
  const others = uniteAll([...withPorts, 1, 58].map(protocol => trafficRange(protocol)))
  allow.push(subtractTraffic(back, others))
  const sure = uniteAll(allow)
  return { allow: sure, maybe: uniteTraffic(sure, uniteAll(maybe)) }
}

/** The kind of traffic that answers: for showing the entry that decides about it. TCP and UDP are answered at one of many ports. */
export function returnKeys(key: number): readonly number[] {
  const protocol = Math.floor(key / 65_536)
  const type = (key % 65_536) >> 8
  if (protocol === 6 || protocol === 17 || protocol === 132) {
    return [firstClientPort, 32_768, 49_152, 60_999, 65_535].map(port => protocol * 65_536 + port)
  }
  const pair = replies.find(({ protocol: of, request }) => of === protocol && request === type)
  return [pair === undefined ? key : protocol * 65_536 + pair.reply * 256]
}
