import type { Proposal } from '#joints/proposal.ts'
import { Unread, UserError } from '#base/errors.ts'
import type { Change } from '#model/change.ts'
import { ownerTag } from '#model/owner.ts'
import { plannedId } from '#model/planned-id.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { exactRules } from '../security-groups-for-pods/group-edits.ts'
import { groupsOfVpc, newGroup, ownGroupId } from '../security-groups-for-pods/own-group.ts'
import { agentProof } from './agent.ts'
import { managedTag, wantedKinds } from './agent-wanted.ts'
import { activeDetector, agentManagement, runtimeMonitoring } from './detector.ts'
import { dataEndpoints, vpcOf, type Endpoint } from './endpoint.ts'
import { decided } from './endpoint-policy.ts'
import { homeOf, type Cluster } from './home.ts'
import { endpointPolicy } from './least-privilege.ts'

export const endpointKinds = [...wantedKinds, 'aws/ec2/SecurityGroup', 'aws/ec2/Subnet', 'aws/ec2/Vpc', 'aws/ec2/VpcEndpoint'] as const
type EndpointReader = Reader<(typeof endpointKinds)[number]>
type Vpc = Resource<'aws/ec2/Vpc'>

const makes = 'guardduty: endpoint'

/** In this order, each for the world as the one before leaves it: a group that does not exist has no rules, and an endpoint has a group. */
export const endpointSteps = [group, entries, endpoint] as const

/** The endpoint that a cluster lacks. */
interface Wanted {
  readonly vpc: Vpc
  /** Of its security group: that which it goes by until EC2 makes it, and its name. */
  readonly group: string
  readonly name: string
}

/**
 * The endpoint by which agents send what they see, where somebody installs them by hand: GuardDuty makes one only where it manages the agent. One
 * serves every cluster of a VPC. Undefined: nothing is missing.
 * https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html
 * @throws Unread, UserError `CANNOT_HOLD` where the VPC or an endpoint that is there does not let it work, `NOT_OURS` where another account owns the VPC
 */
function missing(world: EndpointReader, cluster: Cluster): Wanted | undefined {
  if (!isByHand(world, cluster)) return undefined
  const [there] = dataEndpoints(world, cluster).filter(({ body }) => !over.has(body.State?.toLowerCase() ?? ''))
  if (there !== undefined) {
    assertTakes(there, cluster)
    return undefined
  }
  const vpc = vpcIn(world, cluster)
  assertPossible(vpc, cluster)
  const name = `${cluster.body.name}-guardduty-data`
  return { vpc, name, group: ownGroupId(world, cluster, name) }
}

function group(world: EndpointReader, cluster: Cluster): readonly Proposal[] {
  const wanted = missing(world, cluster)
  if (wanted === undefined) return []
  const description = `Endpoint of GuardDuty agents in ${wanted.vpc.body.VpcId}`
  return newGroup(world, cluster, { id: wanted.group, name: wanted.name, description }).map(made => ({ ...made, makes }))
}

/** Agents are on the network of their nodes, and send over IPv4. What goes out of an endpoint are answers, which a group lets through. */
function entries(world: EndpointReader, cluster: Cluster): readonly Proposal[] {
  const wanted = missing(world, cluster)
  const own = groupsOfVpc(world, cluster).find(({ body }) => body.GroupId === wanted?.group)
  if (wanted === undefined || own === undefined) return []
  const blocks = (wanted.vpc.body.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock }) => CidrBlock ?? [])
  const rules = blocks.map(block => ({ protocol: 'TCP', port: 443, peer: { block }, words: 'the VPC' }) as const)
  const words = { title: `let the VPC into group ${wanted.name} on port 443`, risk: '' }
  return exactRules(own, 'ingress', rules, homeOf(cluster).account, words).map(each => ({ ...each, makes }))
}

function endpoint(world: EndpointReader, cluster: Cluster): readonly Proposal[] {
  const wanted = missing(world, cluster)
  if (wanted === undefined) return []
  const { account, region } = homeOf(cluster)
  const VpcId = wanted.vpc.body.VpcId
  const ServiceName = `com.amazonaws.${region}.guardduty-data`
  const id = plannedId('aws/ec2/VpcEndpoint', `${VpcId}/${ServiceName}`)
  const body = {
    Arn: id,
    VpcEndpointId: id,
    VpcEndpointType: 'Interface',
    ServiceName,
    VpcId,
    SubnetIds: onePerZone(world, cluster),
    Groups: [{ GroupId: wanted.group }],
    PrivateDnsEnabled: true,
    PolicyDocument: endpointPolicy([account]),
    Tags: [ownerTag],
  }
  const change: Change = {
    target: { kind: 'aws/ec2/VpcEndpoint', id, scope: { account, region } },
    edit: { do: 'create', body },
    permissions: ['ec2:CreateVpcEndpoint', 'ec2:CreateTags', 'ec2:DescribeVpcEndpoints', 'route53:AssociateVPCWithHostedZone'],
    risk: 'AWS charges for each hour that it has an interface in a zone. Everything in the VPC then reaches guardduty-data by it, and only agents of this account may send.',
  }
  return [{ change, title: `make the endpoint guardduty-data in ${VpcId}`, makes, wait: { for: 'ready', seconds: 600 } }]
}

/** Two subnets of one zone are refused. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html */
function onePerZone(world: EndpointReader, cluster: Cluster): readonly string[] {
  const { vpc, account, region } = vpcOf(cluster)
  const subnets = world.where('aws/ec2/Subnet', 'vpc', vpc, { account, region })
  const own = (cluster.body.resourcesVpcConfig?.subnetIds ?? []).flatMap(id => subnets.find(({ body }) => body.SubnetId === id) ?? [])
  const first = Map.groupBy(own, ({ body }) => body.AvailabilityZoneId ?? body.AvailabilityZone ?? body.SubnetId)
  const chosen = [...first.values()].flatMap(([each]) => each?.body.SubnetId ?? [])
  if (chosen.length > 0) return chosen
  throw new Unread({
    kind: 'aws/ec2/Subnet',
    reason: `the subnets of cluster ${cluster.body.name} were not read`,
    settle: { by: 'iam', action: 'ec2:DescribeSubnets' },
  })
}

/** States of endpoints that take no traffic and never will. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html */
const over: ReadonlySet<string> = new Set(['deleted', 'deleting', 'expired', 'failed', 'rejected'])

/** https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html#eksrunmon-approach-to-monitor-eks-clusters */
function isByHand(world: EndpointReader, cluster: Cluster): boolean {
  const detector = activeDetector(world, cluster)
  const feature = detector === undefined ? undefined : runtimeMonitoring(detector)
  if (detector === undefined || feature === undefined || agentProof(world, cluster) === undefined) return false
  const tag = cluster.body.tags?.[managedTag]
  return tag === 'false' || (tag !== 'true' && !agentManagement(detector, feature).isOn)
}

/** An endpoint that somebody made is theirs: what is wrong with it is a finding, with its fix. */
function assertTakes(there: Endpoint, cluster: Cluster): void {
  const { VpcEndpointId: id, PrivateDnsEnabled: isPrivate } = there.body
  const wrong =
    isPrivate !== true
      ? { what: 'has no private DNS name', check: 'guardduty/endpoint-name-not-private' }
      : decided(there, homeOf(cluster).account).answer === 'allow'
        ? undefined
        : { what: 'does not let agents of the account send', check: 'guardduty/endpoint-policy-denies' }
  if (wrong === undefined) return
  throw new UserError('CANNOT_HOLD', `endpoint ${id}, by which the agents of cluster ${cluster.body.name} send, ${wrong.what}`, {
    help: `Run mortise scan --check ${wrong.check} for what to change.`,
  })
}

function vpcIn(world: EndpointReader, cluster: Cluster): Vpc {
  const { vpc, account, region } = vpcOf(cluster)
  const [found] = world.where('aws/ec2/Vpc', 'vpc', vpc, { account, region })
  if (found !== undefined) return found
  throw new Unread({ kind: 'aws/ec2/Vpc', reason: `VPC ${vpc} was not read`, settle: { by: 'iam', action: 'ec2:DescribeVpcs' } })
}

const attributes = { EnableDnsSupport: '--enable-dns-support', EnableDnsHostnames: '--enable-dns-hostnames' } as const

/**
 * Only the owner of a VPC makes endpoints in it, and a private name needs two settings of it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html
 */
function assertPossible(vpc: Vpc, cluster: Cluster): void {
  const { VpcId, OwnerId } = vpc.body
  const { account } = homeOf(cluster)
  if (OwnerId !== undefined && OwnerId !== account)
    throw new UserError('NOT_OURS', `account ${OwnerId} owns ${VpcId} of cluster ${cluster.body.name}, and makes the endpoints in it`, {
      help: `Let account ${OwnerId} make the endpoint guardduty-data there, for account ${account} as well.`,
    })
  for (const [name, option] of Object.entries(attributes) as readonly (readonly [keyof typeof attributes, string])[]) {
    const isOn = vpc.body[name]?.Value
    if (isOn === true) continue
    if (isOn === undefined)
      throw new Unread({
        kind: vpc.kind,
        id: vpc.id,
        reason: `whether the VPC has ${name} was not read`,
        settle: { by: 'iam', action: 'ec2:DescribeVpcAttribute', resource: vpc.id },
      })
    throw new UserError('CANNOT_HOLD', `${VpcId} does not have ${name}, without which an endpoint in it gets no private DNS name`, {
      help: `Set it, if everything in the VPC may get it: aws ec2 modify-vpc-attribute --vpc-id ${VpcId} ${option}`,
    })
  }
}
