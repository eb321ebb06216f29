import type { Kinds } from '#model/kinds.ts'
import { cidrText, hostCidr, parseAddress } from '../addresses.ts'
import { trafficText } from '../aws/explain-step.ts'
import { protocolNumber } from '../aws/traffic.ts'
import type { Network } from '../network.ts'
import type { Endpoint, LayerAnswer, Protocol, RuleReference } from '../question.ts'
import type { Denial } from './denial.ts'
import { documentsOf, type Candidate } from './heal-edit.ts'

/** One more rule for each group that was asked: for each group of the other end, or for its address where that has none. */
export function groupCandidates(network: Network, denial: Denial): readonly Candidate[] {
  const { layer, protocol, port } = denial
  const documents = documentsOf(network)
  const isOut = layer.end === 'source'
  const list = isOut ? 'IpPermissionsEgress' : 'IpPermissions'
  const byGroup = otherGroups(network, denial)
  const peers = byGroup.length > 0 ? byGroup : otherAddress(network, denial)
  return (layer.asked ?? []).flatMap(({ id }) => {
    const group = documents.group(id)
    // Rules that were read in the other form alone say nothing of where one more would stand.
    if (group === undefined || group[list] === undefined) return []
    const at = group[list].length
    return peers.map(({ peer, name, carriers }) => ({
      edit: { do: 'add', kind: 'aws/ec2/SecurityGroup', id, path: [list, at], value: { ...ipPorts(protocol, port), ...peer } },
      says: `${group.GroupId} lets ${trafficText(protocol, port)} ${isOut ? 'out to' : 'in from'} ${name}`,
      carriers,
    }))
  })
}

interface RulePeer {
  readonly peer: object
  readonly name: string
  readonly carriers: number
}

/** What the filter at the other end was, which its own layer names. */
function otherGroups(network: Network, { layer, path }: Denial): readonly RulePeer[] {
  const others = path.layers.filter(other => other.layer === 'securityGroup' && other.end !== layer.end)
  const documents = documentsOf(network)
  return others
    .flatMap(({ asked = [] }) => asked)
    .flatMap(({ id }) => documents.group(id) ?? [])
    .map(({ GroupId, GroupName }) => ({
      peer: { UserIdGroupPairs: [{ GroupId }] },
      name: GroupName === undefined || GroupName === GroupId ? GroupId : `${GroupId} (${GroupName})`,
      carriers: carriersOf(network, GroupId),
    }))
}

const carriersOf = ({ input }: Network, id: string): number =>
  input.aws.networkInterfaces.all.filter(({ Groups }) => Groups?.some(({ GroupId }) => GroupId === id) === true).length

function otherAddress(network: Network, { layer, question, backend }: Denial): readonly RulePeer[] {
  const other = layer.end === 'source' ? (backend === undefined ? question.to : { pod: backend }) : question.from
  const block = blockOf(network, other)
  if (block === undefined) return []
  const peer = block.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: block }] } : { IpRanges: [{ CidrIp: block }] }
  return [{ peer, name: block, carriers: 1 }]
}

/** Only of what keeps its address: a pod gets another at every start. */
export function blockOf(network: Network, end: Endpoint): string | undefined {
  if ('internet' in end) return '0.0.0.0/0'
  const text = 'address' in end ? end.address : 'node' in end ? network.aws.node(end.node)?.address : undefined
  const address = parseAddress(text ?? '')
  return address === undefined ? undefined : cidrText(hostCidr(address))
}

const names: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' }

/** As EC2 writes it; of ICMP the type, and any code. */
function ipPorts(protocol: Protocol, port: number | undefined): object {
  const number = protocolNumber(protocol)
  const IpProtocol = names[number] ?? String(number)
  if (number === 6 || number === 17) return { IpProtocol, FromPort: port ?? 0, ToPort: port ?? 65_535 }
  if (number === 1 || number === 58) return { IpProtocol, FromPort: icmpType(number, port), ToPort: -1 }
  return { IpProtocol }
}

const icmpType = (protocol: number, port: number | undefined): number => (port === undefined ? (protocol === 1 ? 8 : 128) : port >> 8)

const lastEntry = 32_767

/** One more entry before the one that denies: for the packet, or for what answers it. Which of the two it is, trying tells. */
export function aclCandidates(network: Network, denial: Denial): readonly Candidate[] {
  const { layer, protocol, port } = denial
  const documents = documentsOf(network)
  const blocks = [otherBlock(network, denial)].filter(block => block !== undefined)
  return (layer.asked ?? []).flatMap(({ id }) => {
    const acl = documents.acl(id)
    if (acl === undefined) return []
    return blocks.flatMap(block =>
      [true, false].flatMap(egress => [false, true].map(isReturn => aclCandidate({ acl, layer, block, egress, isReturn, protocol, port }))),
    )
  })
}

interface AclAddition {
  readonly acl: Kinds['aws/ec2/NetworkAcl']
  readonly layer: LayerAnswer
  readonly block: string
  readonly egress: boolean
  readonly isReturn: boolean
  readonly protocol: Protocol
  readonly port: number | undefined
}

function aclCandidate({ acl, layer, block, egress, isReturn, protocol, port }: AclAddition): Candidate {
  const entries = acl.Entries ?? []
  const number = protocolNumber(protocol)
  const range = isReturn ? { From: 1024, To: 65_535 } : { From: port ?? 0, To: port ?? 65_535 }
  const reply: Readonly<Record<number, number>> = { 1: 0, 58: 129 }
  const type = isReturn ? (reply[number] ?? -1) : icmpType(number, port)
  const isIcmp = number === 1 || number === 58
  const ports = isIcmp ? { IcmpTypeCode: { Type: type, Code: -1 } } : number === 6 || number === 17 ? { PortRange: range } : {}
  const value = {
    RuleNumber: freeNumber(entries, egress, layer.by),
    Egress: egress,
    RuleAction: 'allow',
    Protocol: String(number),
    ...(block.includes(':') ? { Ipv6CidrBlock: block } : { CidrBlock: block }),
    ...ports,
  }
  const what = isReturn ? `what answers ${trafficText(protocol, port)}` : trafficText(protocol, port)
  return {
    edit: { do: 'add', kind: 'aws/ec2/NetworkAcl', id: acl.Arn, path: ['Entries', entries.length], value },
    says: `${acl.NetworkAclId} lets ${what} ${egress ? 'out to' : 'in from'} ${block}`,
  }
}

/** The highest that goes before the entry that denies; before the last one, ten after the one before it. */
function freeNumber(entries: NonNullable<Kinds['aws/ec2/NetworkAcl']['Entries']>, egress: boolean, by: readonly RuleReference[]): number {
  const own = entries.filter(({ Egress }) => (Egress === true) === egress).map(({ RuleNumber }) => RuleNumber ?? 0)
  const taken = new Set(own)
  const deciding = by.flatMap(({ path }) => entries[Number(path[1])] ?? []).filter(({ Egress }) => (Egress === true) === egress)
  const denying = Math.min(lastEntry, ...deciding.map(({ RuleNumber }) => RuleNumber ?? lastEntry))
  if (denying === lastEntry) {
    const last = Math.max(90, ...own.filter(number => number < lastEntry))
    if (last + 10 < lastEntry) return last + 10
  }
  let number = denying - 1
  while (number > 0 && taken.has(number)) number--
  return number
}

/** The subnet of the other end: pods come and go in it. */
function otherBlock(network: Network, { layer, question, backend }: Denial): string | undefined {
  const other = layer.end === 'source' ? (backend === undefined ? question.to : { pod: backend }) : question.from
  const end = 'pod' in other ? network.aws.pod(other.pod) : 'node' in other ? network.aws.node(other.node) : undefined
  const subnet = network.input.aws.subnets.all.find(({ SubnetId }) => SubnetId === end?.subnetId)
  return subnet?.CidrBlock ?? blockOf(network, other)
}
