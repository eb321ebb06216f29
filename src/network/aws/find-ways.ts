import type { End } from './end.ts'
import { byMainTable, isRoutedByMainTable } from './external-services.ts'
import { noFilter, unsure, type Step, type Way } from './path.ts'
import { waysIn, waysOut } from './ways-through-gateways.ts'
import { aclSteps, groupStep } from './steps.ts'
import type { AwsWorld } from './aws-world.ts'

/**
 * The ways that a packet which opens a connection may take. Several, when settings that decide were not read.
 * `isOnOneNode`: both ends are on one node, or one is the node.
 * https://github.com/aws/amazon-vpc-cni-k8s/blob/master/cmd/routed-eni-cni-plugin/driver/driver.go,
 * https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/networkutils/network.go
 */
export function findWays(aws: AwsWorld, from: End, to: End, isOnOneNode: boolean): readonly Way[] {
  if (to.where === 'special') return waysToSpecial(aws, from, to)
  if (from.where === 'special') return [{ steps: [unsure(`${from.name} is no address that opens connections`)] }]
  const unplaced = [from, to].find(({ where }) => where === 'unplaced')
  if (unplaced !== undefined) return [{ steps: [unsure(`whether ${unplaced.name} is in the VPC was not read`, 'source', vpcFact(aws))] }]
  const hybrid = [from, to].find(({ platform }) => platform === 'hybrid')
  if (hybrid !== undefined) return [{ steps: [unsure('the network of hybrid nodes is not modelled')] }]
  if (from.family !== to.family) return [{ steps: [otherFamily(from, to)] }]
  if (from.where === 'outside' && to.where === 'outside') return [{ steps: [unsure('neither end is in a VPC that was read')] }]
  if (from.where === 'outside') return waysIn(aws, from, to)
  if (to.where === 'outside' || from.vpcId !== to.vpcId) return waysOut(aws, from, to)
  if (isOnOneNode && !from.isFargate && !to.isFargate) return waysOnNode(aws, from, to)
  const astray = isRoutedByMainTable(aws, from, to) ? from : isRoutedByMainTable(aws, to, from) ? to : undefined
  return [astray === undefined ? acrossVpc(aws, from, to) : { steps: [unsure(byMainTable(astray))] }]
}

/**
 * What `findWays` comes to between most pods: only their groups are asked, or nothing is. Undefined: the ways must be looked for.
 */
export function shortWay({ input: { settings } }: AwsWorld, from: End, to: End, isOnOneNode: boolean): 'groups' | 'open' | undefined {
  if (!from.isStraight || !to.isStraight || from.vpcId !== to.vpcId || from.family !== to.family) return undefined
  if (!isOnOneNode || from.isFargate || to.isFargate) return 'groups'
  if (isOfOtherKind(from) || isOfOtherKind(to)) return undefined
  if (!from.isBranch && !to.isBranch) return 'open'
  if ('unread' in settings) return undefined
  if (settings.value.securityGroupMode === 'strict') return from.isHost ? undefined : 'groups'
  return from.isBranch && to.isBranch ? undefined : 'open'
}

const isOfOtherKind = ({ platform }: End): boolean => platform === 'windows' || platform === 'auto'

function vpcFact(aws: AwsWorld) {
  const { cluster, vpcs } = aws.input
  return 'unread' in cluster ? cluster.unread : vpcs.missing
}

function otherFamily(from: End, to: End): Step {
  const isFourOnly = from.family === 4 && !from.isHost
  const reason = `${from.name} has an IPv${from.family} address and ${to.name} an IPv${to.family} one`
  return isFourOnly
    ? { by: 'way', layer: 'route', at: 'source', verdict: 'deny', reason }
    : unsure(`${reason}: a second family of addresses is not modelled`)
}

/** Inside one VPC every address is reached directly, unless a route says otherwise; ACLs only count between subnets. */
export function acrossVpc(aws: AwsWorld, from: End, to: End): Way {
  return {
    steps: [
      groupStep(from, 'source', to.asPeer, to.name),
      ...localRoute(aws, from, to),
      ...aclSteps(aws, from, to),
      groupStep(to, 'destination', from.asPeer, from.name),
    ],
  }
}

function localRoute(aws: AwsWorld, from: End, to: End): Step[] {
  if (from.subnetId !== undefined && from.subnetId === to.subnetId) return []
  if (from.subnetId === undefined || to.ip === undefined) return []
  const { target, by, asked } = aws.routes.route(from.subnetId, from.vpcId, to.ip)
  if (target.to === 'local') return []
  const common = { by: 'way', layer: 'route', at: 'source', rules: by, asked } as const
  if (target.to === 'nowhere') return [{ ...common, verdict: 'deny', reason: target.reason }]
  if (target.to !== 'unknown') return [{ ...common, verdict: 'unknown', reason: `${target.id} stands between subnets of the VPC` }]
  return [{ ...common, verdict: 'unknown', reason: target.reason, ...(target.fact === undefined ? {} : { fact: target.fact }) }]
}

/**
 * On one node. Strict: what goes to or comes from a pod with a branch interface passes the VPC, even to its own node, because its rules go before the
 * local table. Standard: addresses of the node's pods are delivered on the node, and nothing filters.
 */
function waysOnNode(aws: AwsWorld, from: End, to: End): readonly Way[] {
  if (from.platform === 'windows' || to.platform === 'windows') {
    const inside = { steps: noFilter('both are on one node'), supposing: 'Windows delivers on the node' }
    return [inside, { ...acrossVpc(aws, from, to), supposing: 'Windows sends it through the VPC' }]
  }
  if (!from.isBranch && !to.isBranch) return [{ steps: noFilter('both are on one node, which delivers it itself') }]
  const { settings } = aws.input
  // EKS Auto Mode has no aws-node to read the mode from.
  if (from.platform === 'auto' || to.platform === 'auto') return bothModes(aws, from, to)
  if ('unread' in settings) return bothModes(aws, from, to)
  return settings.value.securityGroupMode === 'strict' ? [strictWay(aws, from, to)] : standardWays(aws, from, to)
}

const bothModes = (aws: AwsWorld, from: End, to: End): readonly Way[] => [
  { ...strictWay(aws, from, to), supposing: 'in strict mode' },
  ...standardWays(aws, from, to).map(way => ({
    ...way,
    supposing: `in standard mode${way.supposing === undefined ? '' : `, ${way.supposing}`}`,
  })),
]

function strictWay(aws: AwsWorld, from: End, to: End): Way {
  const { steps } = acrossVpc(aws, from, to)
  const settings = 'value' in aws.input.settings ? aws.input.settings.value : undefined
  // https://github.com/aws/amazon-vpc-cni-k8s#disable_tcp_early_demux-v173
  const isCaught = from.isHost && to.isBranch && settings?.tcpEarlyDemuxDisabled === false
  if (!isCaught) return { steps }
  const reason = 'DISABLE_TCP_EARLY_DEMUX is not set, without which a node opens no TCP connection to its pods of strict mode'
  return { steps: [...steps, { by: 'way', layer: 'route', at: 'destination', verdict: 'deny', reason, isOfTcp: true }] }
}

/**
 * The CNI's README says that nothing filters between pods of one node; the EKS guide, that pods with different groups on one node cannot
 * communicate. Both were never seen to hold together, so where rules would close it the answer is open.
 * https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
 */
function standardWays(aws: AwsWorld, from: End, to: End): readonly Way[] {
  const direct = { steps: noFilter('in standard mode nothing filters inside a node') }
  if (!from.isBranch || !to.isBranch) return [direct]
  const isOneSet = from.set !== undefined && from.set === to.set
  if (isOneSet) return [direct, { ...acrossVpc(aws, from, to), supposing: 'branch interfaces of one node meet in the VPC' }]
  const reason =
    'in standard mode, whether two pods with security groups of their own reach each other on one node is said differently by the CNI and by EKS'
  return [{ steps: [unsure(reason)] }]
}

/** What is on the node itself, or of the platform, which no group and no ACL filters. */
function waysToSpecial(aws: AwsWorld, from: End, to: End): readonly Way[] {
  const { special } = to
  if (special === undefined || from.where !== 'vpc') return [{ steps: [unsure(`${to.name} is only reached from inside the VPC`)] }]
  if (from.family !== to.family) return [{ steps: [otherFamily(from, to)] }]
  const open: Way = { steps: noFilter(`security groups and network ACLs do not filter ${special.what}`) }
  if (special.is === 'platform' && !special.isLinkLocal) return [open]
  const isLocal = special.is === 'node-local'
  if (from.isFargate && isLocal) return [{ steps: [unsure(`what listens at ${to.name} on Fargate is not known`)] }]
  if (!from.isBranch || from.isFargate) return [isLocal ? { steps: noFilter(`${special.what} is on the node itself`) } : open]
  // Pull request 3148 of amazon-vpc-cni-k8s: strict mode fails to reach link-local addresses, because it asks no local table.
  const strict: Way = isLocal
    ? { steps: [{ by: 'way', layer: 'route', at: 'source', verdict: 'deny', reason: strictReason(to.name) }] }
    : { steps: [unsure(`whether ${special.what} answers on a branch interface of strict mode is not documented`)] }
  const standard: Way = isLocal ? { steps: noFilter(`in standard mode ${special.what} is reached on the node`) } : open
  const { settings } = aws.input
  if ('unread' in settings || from.platform === 'auto') {
    return [
      { ...strict, supposing: 'in strict mode' },
      { ...standard, supposing: 'in standard mode' },
    ]
  }
  return [settings.value.securityGroupMode === 'strict' ? strict : standard]
}

const strictReason = (address: string) =>
  `in strict mode everything leaves through the branch interface, and ${address} is a link-local address of the node`
