import type { End } from './end.ts'
import { noFilter, type Step } from './path.ts'
import type { Peer } from './security-groups.ts'
import type { AwsWorld } from './aws-world.ts'

type At = 'source' | 'destination'

export function groupStep(of: End, at: At, peer: Peer, peerName: string, note?: string): Step {
  if (!of.filters) return noFilter(`${of.name} has no security groups`)[at === 'source' ? 0 : 1]!
  return { by: 'groups', at, of, peer, peerName, ...(note === undefined ? {} : { note }) }
}

/** Both ways through the ACLs of two subnets of one VPC: out, in, and what comes back. */
export function aclSteps(aws: AwsWorld, from: End, to: End): Step[] {
  if (from.subnetId !== undefined && from.subnetId === to.subnetId) return []
  if (mayShareSubnet(from, to)) {
    const [at, placed] = from.subnetId === undefined ? (['destination', to] as const) : (['source', from] as const)
    const reason = `whether ${from.name} and ${to.name} are in one subnet, where no network ACL filters, is not known`
    const doubt: Step = { by: 'way', layer: 'route', at, verdict: 'unknown', reason }
    const unplaced = at === 'source' ? unplacedAcl(aws, 'destination', to) : unplacedAcl(aws, 'source', from)
    return placed.acl?.isOpen[placed.family] === true ? unplaced : [doubt, ...unplaced]
  }
  return [...aclAt(aws, 'source', from, to), ...aclAt(aws, 'destination', to, from)]
}

function mayShareSubnet(from: End, to: End): boolean {
  if (from.where !== 'vpc' || to.where !== 'vpc' || from.vpcId !== to.vpcId) return false
  const [unplaced, placed] = from.subnetId === undefined ? [from, to] : [to, from]
  if (unplaced.subnetId !== undefined || placed.subnetId === undefined) return false
  return unplaced.possibleSubnets?.includes(placed.subnetId) ?? true
}

/** One end's ACL: what it does to packets from or to the other, and to those that answer. */
export function aclAt(aws: AwsWorld, at: At, own: End, other: End): Step[] {
  const [forward, back] = at === 'source' ? (['egress', 'ingress'] as const) : (['ingress', 'egress'] as const)
  if (own.where !== 'vpc') return []
  const remote = other.asPeer
  if (own.subnetId === undefined) return unplacedAcl(aws, at, own)
  if (own.acl?.isOpen[own.family] === true) return []
  const common = { by: 'acl', at, acl: own.acl, subnetId: own.subnetId, remote } as const
  return [
    { ...common, direction: forward, isReturn: false },
    { ...common, direction: back, isReturn: true },
  ]
}

/** Of an end that has no subnet yet: open only when the ACLs of all subnets are that it may come to be in. */
function unplacedAcl(aws: AwsWorld, at: At, own: End): Step[] {
  const { networkAcls, subnets } = aws.input
  const { possibleSubnets } = own
  const ids = possibleSubnets ?? subnets.all.filter(({ VpcId }) => VpcId === own.vpcId).map(({ SubnetId }) => SubnetId)
  const isEach = possibleSubnets !== undefined || subnets.missing === undefined
  const isOpen = ids.length > 0 && isEach && ids.every(id => aws.aclOf(id, own.vpcId)?.isOpen[own.family] === true)
  if (isOpen) return []
  const fact = networkAcls.missing ?? subnets.missing
  const reason = `which subnet ${own.name} is in is not known, and so which network ACL filters it`
  return [{ by: 'way', layer: 'route', at, verdict: 'unknown', reason, ...(fact === undefined ? {} : { fact }) }]
}
