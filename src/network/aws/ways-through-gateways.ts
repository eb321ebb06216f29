import type { UnreadFact } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Cidr } from '../addresses.ts'
import { withoutGroups, type End } from './end.ts'
import { byMainTable, isRoutedByMainTable } from './external-services.ts'
import { isInBlocks } from './index-interfaces.ts'
import { unsure, type Step, type Way } from './path.ts'
import type { RouteDecision } from './routes.ts'
import type { Peer } from './security-groups.ts'
import { aclAt, groupStep } from './steps.ts'
import { valueOf, type AwsWorld } from './aws-world.ts'

/** Out of the VPC: to the internet, a peer, or wherever a route leads. */
export function waysOut(aws: AwsWorld, from: End, to: End): readonly Way[] {
  return leavingBy(aws, from, to).map(({ by, note, supposing, doubt }) => ({
    steps: doubt === undefined ? outSteps(aws, by, to, note) : [unsure(doubt)],
    ...(supposing === undefined ? {} : { supposing }),
  }))
}

interface Leaving {
  /** The end whose interface and address the packet has when it leaves the node. */
  readonly by: End
  readonly note?: string
  readonly supposing?: string
  /** Why it may not get out at all. */
  readonly doubt?: string
}

/**
 * Pods' IPv4 traffic out of the VPC leaves by the node's primary interface, translated to its address: then the groups of the pod's own interface
 * are not asked. Not in strict mode, nor with AWS_VPC_K8S_CNI_EXTERNALSNAT, nor to excluded blocks.
 * https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110
 */
function leavingBy(aws: AwsWorld, from: End, to: End): readonly Leaving[] {
  if (!from.isPod || from.isHost || from.isFargate || from.family === 6) return [{ by: from }]
  const own: Leaving = { by: from }
  const by = from.primary ?? unknownPrimary(from)
  const translated: Leaving = { by, note: `translated to the address of ${by.name}` }
  const settings = valueOf(aws.input.settings)
  if (settings === undefined || from.platform === 'auto' || from.platform === 'windows') {
    return [
      { ...own, supposing: 'without address translation on the node' },
      { ...translated, supposing: 'with address translation on the node' },
    ]
  }
  if (from.isBranch && settings.securityGroupMode === 'strict') return [own]
  const isIn = (blocks: readonly Cidr[]) => to.ip !== undefined && isInBlocks(blocks, to.ip)
  if (!settings.externalSnat && !isIn(aws.excludedFromSnat)) return [translated]
  return [isRoutedByMainTable(aws, from, to) ? { ...own, doubt: byMainTable(from) } : own]
}

/** The node's interface, of which nothing is known. */
function unknownPrimary({ ip: _ip, address: _address, interfaceId: _interface, subnetId: _subnet, ...from }: End): End {
  const doubt = { reason: 'the node that translates its address is not known' }
  const peer = { addresses: [], set: undefined, isVague: true }
  return { ...from, name: `the node of ${from.name}`, addresses: [], set: undefined, doubt, acl: undefined, asPeer: peer, isHost: true }
}

function outSteps(aws: AwsWorld, by: End, to: End, note: string | undefined): Step[] {
  const first = groupStep(by, 'source', to.where === 'outside' ? withoutGroups(to) : to.asPeer, to.name, note)
  if (by.subnetId === undefined || to.ip === undefined) {
    return [first, unsure(`which subnet ${by.name} leaves from is not known`, 'source', aws.input.networkInterfaces.missing)]
  }
  return [first, ...aclAt(aws, 'source', by, to), ...gatewaySteps(aws, by, to, aws.routes.route(by.subnetId, by.vpcId, to.ip))]
}

function gatewaySteps(aws: AwsWorld, by: End, to: End, decision: RouteDecision): Step[] {
  const { target } = decision
  const say = (verdict: 'allow' | 'deny' | 'unknown', reason: string, fact?: UnreadFact): Step => ({
    by: 'way',
    layer: 'route',
    at: 'source',
    verdict,
    reason,
    rules: decision.by,
    asked: decision.asked,
    ...(fact === undefined ? {} : { fact }),
  })
  switch (target.to) {
    case 'nowhere':
      return [say('deny', target.reason)]
    case 'unknown':
      return [say('unknown', target.reason, target.fact)]
    case 'local':
      return [say('unknown', `${to.name} is inside the VPC by its routes and outside by its blocks`)]
    case 'gateway endpoint':
      return [say('allow', `through gateway endpoint ${target.id}`)]
    case 'egress-only internet gateway':
      return [say('allow', `through egress-only internet gateway ${target.id}`)]
    case 'internet gateway':
      return by.hasPublicAddress
        ? [say('allow', `through internet gateway ${target.id}`)]
        : [say('deny', `internet gateway ${target.id} drops what has no public address, and ${by.name} has none`)]
    case 'nat gateway':
      return natSteps(aws, by, to, target.id, say)
    case 'peering':
      return peeringSteps(aws, by, to, target.id, say)
  }
}

type Say = (verdict: 'allow' | 'deny' | 'unknown', reason: string, fact?: UnreadFact) => Step

/** Through a NAT gateway: into its subnet, and out of it with its address. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html */
function natSteps(aws: AwsWorld, by: End, to: End, id: string, say: Say): Step[] {
  const gateway = aws.natGateways.get(id)
  if (gateway === undefined) {
    const { missing } = aws.input.natGateways
    return [missing === undefined ? say('deny', `${id} does not exist`) : say('unknown', `${id} was not read`, missing)]
  }
  if (gateway.State !== undefined && gateway.State !== 'available') return [say('deny', `${id} is ${gateway.State}`)]
  if (gateway.SubnetId === undefined || to.ip === undefined) return [say('unknown', `which subnet ${id} is in is not known`)]
  const onward = aws.routes.route(gateway.SubnetId, gateway.VpcId, to.ip).target
  const isPublic = gateway.ConnectivityType !== 'private'
  if (onward.to === 'nowhere') return [say('deny', `${id} has nowhere to send it: ${onward.reason}`)]
  if (onward.to !== 'internet gateway' || !isPublic) return [say('unknown', `what comes after ${id} is not modelled`)]
  return [...natAclSteps(aws, by, to, gateway), say('allow', `through ${id} and internet gateway ${onward.id}`)]
}

function natAclSteps(aws: AwsWorld, by: End, to: End, gateway: Kinds['aws/ec2/NatGateway']): Step[] {
  const subnetId = gateway.SubnetId
  if (subnetId === undefined) return []
  const acl = aws.aclOf(subnetId, gateway.VpcId)
  if (acl?.isOpen[by.family] === true) return []
  const crossing = (direction: 'ingress' | 'egress', remote: Peer, isReturn: boolean): Step => ({
    by: 'acl',
    at: 'source',
    acl,
    subnetId,
    direction,
    remote,
    isReturn,
  })
  const outside = withoutGroups(to)
  const leaving = [crossing('egress', outside, false), crossing('ingress', outside, true)]
  if (subnetId === by.subnetId) return leaving
  return [crossing('ingress', by.asPeer, false), ...leaving, crossing('egress', by.asPeer, true)]
}

/** https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html: groups of a peer count, when it is in the same region. */
function peeringSteps(aws: AwsWorld, by: End, to: End, id: string, say: Say): Step[] {
  const peering = aws.peerings.get(id)
  if (peering === undefined) {
    const { missing } = aws.input.peerings
    return [missing === undefined ? say('deny', `${id} does not exist`) : say('unknown', `${id} was not read`, missing)]
  }
  const status = peering.Status?.Code
  if (status !== undefined && status !== 'active') return [say('deny', `peering ${id} is ${status}`)]
  const way = say('allow', `through peering ${id}`)
  if (to.where !== 'vpc') return [way, unsure(`what filters ${to.name} in the peer was not read`, 'destination', aws.input.vpcs.missing)]
  const back = returnsBy(aws, to, by, id)
  const isOneRegion = peering.AccepterVpcInfo?.Region === peering.RequesterVpcInfo?.Region
  const peer = isOneRegion ? by.asPeer : withoutGroups(by)
  return [way, ...back, ...aclAt(aws, 'destination', to, by), groupStep(to, 'destination', peer, by.name)]
}

/** The peer's own routes must lead back by the same peering. */
function returnsBy(aws: AwsWorld, own: End, other: End, id: string): Step[] {
  if (own.subnetId === undefined || other.ip === undefined) return [unsure(`which subnet ${own.name} is in was not read`, 'destination')]
  const { target, by, asked } = aws.routes.route(own.subnetId, own.vpcId, other.ip)
  if (target.to === 'peering' && target.id === id) return []
  const common = { by: 'way', layer: 'route', at: 'destination', rules: by, asked } as const
  if (target.to !== 'unknown') return [{ ...common, verdict: 'deny', reason: `no route of ${own.subnetId} leads back by ${id}` }]
  return [{ ...common, verdict: 'unknown', reason: target.reason, ...(target.fact === undefined ? {} : { fact: target.fact }) }]
}

/** Into the VPC. What answers must have a way back, which says by what gateway it came. */
export function waysIn(aws: AwsWorld, from: End, to: End): readonly Way[] {
  const own = groupStep(to, 'destination', withoutGroups(from), from.name)
  if (to.subnetId === undefined || from.ip === undefined) {
    return [{ steps: [unsure(`which subnet ${to.name} is in is not known`, 'destination', aws.input.networkInterfaces.missing), own] }]
  }
  const { target, by, asked } = aws.routes.route(to.subnetId, to.vpcId, from.ip)
  const say = (verdict: 'allow' | 'deny' | 'unknown', reason: string, fact?: UnreadFact): Step => ({
    by: 'way',
    layer: 'route',
    at: 'destination',
    verdict,
    reason,
    rules: by,
    asked,
    ...(fact === undefined ? {} : { fact }),
  })
  const direct = (step: Step): Way[] => [{ steps: [step, ...aclAt(aws, 'destination', to, from), own] }]
  switch (target.to) {
    case 'internet gateway':
      if (to.hasPublicAddress) return direct(say('allow', `through internet gateway ${target.id} to its public address`))
      return [{ steps: [say('unknown', balancerReason(to.name))] }]
    case 'nat gateway':
    case 'gateway endpoint':
      return [{ steps: [say('unknown', balancerReason(to.name))] }]
    case 'egress-only internet gateway':
      return direct(say('deny', `${target.id} lets no connection in`))
    case 'nowhere':
      return [{ steps: [say('unknown', balancerReason(to.name))] }]
    case 'unknown':
      return direct(say('unknown', target.reason, target.fact))
    case 'peering':
      return direct(say('unknown', `what lies behind peering ${target.id} was not read`))
    case 'local':
      return direct(say('unknown', `${from.name} is inside the VPC by its routes and outside by its blocks`))
  }
}

const balancerReason = (name: string) =>
  `${name} has no public address, so that only a load balancer could bring it in, and load balancers are not modelled`
