import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Answer, LayerAnswer, Question } from '#network/question.ts'
import { eksCluster, whyNoCluster } from './clusters.ts'
import { layersOf } from './dns-path.ts'
import { networkInputKinds } from './network-input.ts'
import { networkOf, type ClusterNetwork, type ReachReader } from './network.ts'
import { perWorld } from './per-world.ts'
import { alikePods, sortOf } from './pod-sorts.ts'
import { workloadKinds } from './workloads.ts'

/** What it takes to know whether pods reach a service of AWS. */
export const connectionKinds = [...new Set([...networkInputKinds, ...workloadKinds, 'aws/ec2/VpcEndpoint'] as const)]
export type ConnectionReader = ReachReader & Reader<'aws/ec2/VpcEndpoint'>

type Endpoint = Resource<'aws/ec2/VpcEndpoint'>

/** Where a name of AWS leads from inside a VPC: to the addresses of an endpoint, or out to the internet. */
interface Destination {
  readonly text: string
  readonly ends: readonly (Question['to'] & object)[]
  readonly at: readonly Evidence[]
}

/** What the network makes of connections to a service of AWS at TCP 443. */
export type AwsConnection =
  | { readonly is: 'none'; readonly why: string }
  | { readonly is: 'open'; readonly layers: readonly LayerAnswer[]; readonly view: ClusterNetwork; readonly at: readonly Evidence[] }
  | {
      readonly is: 'closed'
      readonly view: ClusterNetwork
      /** `vpce-0abc`, `the internet`. */
      readonly where: string
      readonly at: readonly Evidence[]
      /** Those that deny, each once. */
      readonly layers: readonly LayerAnswer[]
      readonly questions: readonly Question[]
    }

/**
 * By the interface endpoint that has the service's usual name in the VPC of the cluster, else by the internet. That no route leads there is another check's.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
 * @param pods `namespace/name`; one of each sort is asked about
 * @param service as endpoints name it: `sts`, `logs`
 * @throws Unread when what decides was not read
 */
export function awsConnection(
  world: ConnectionReader,
  cluster: string,
  pods: readonly string[],
  service: string,
  region: string,
): AwsConnection {
  const eks = eksCluster(world, cluster)
  if (eks === undefined) throw new Unread(whyNoCluster(world, cluster))
  if (eks.body.kubernetesNetworkConfig?.ipFamily === 'ipv6')
    return none('pods with IPv6 addresses come to IPv4 through their node, which is not judged')
  const view = networkOf(world, cluster)
  const destination = destinationOf(world, eks, service, region)
  const asked = alikePods(view, pods).map(pod => askedOf(view, pod, destination))
  if (asked.length === 0) return none('it has no pods, and none are planned')
  return closedBy(world, eks, view, destination, asked) ?? openBy(view, destination, asked)
}

type Cluster = Resource<'aws/eks/Cluster'>
type Pod = Kinds['k8s/Pod']

function closedBy(
  world: ConnectionReader,
  eks: Cluster,
  view: ClusterNetwork,
  destination: Destination,
  asked: readonly Asked[],
): AwsConnection | undefined {
  const answers = asked.filter(({ verdict }) => verdict === 'deny').flatMap(each => each.answers)
  if (answers.length === 0) return undefined
  const layers = answers.flatMap(({ answer }) => layersOf(answer)).filter(({ verdict }) => verdict === 'deny')
  if (layers.every(({ layer }) => layer === 'route')) return none('no route leads there, which another check tells')
  if (answers.some(({ answer }) => answer.upstream?.verdict === 'allow'))
    return none('the policies let it out and the engine does not, which is a finding of its own')
  if (isInternet(destination)) assertNoPrivateWay(world, eks)
  return {
    is: 'closed',
    view,
    where: destination.text,
    at: destination.at,
    layers: layers.filter(({ layer }) => layer !== 'route'),
    questions: answers.map(({ question }) => question),
  }
}

function openBy(view: ClusterNetwork, destination: Destination, asked: readonly Asked[]): AwsConnection {
  const unsure = asked.flatMap(({ verdict, answers }) => (verdict === 'unknown' ? answers : [])).find(({ answer }) => isUnsure(answer))
  if (unsure !== undefined && isInternet(destination) && hasNoNode(view, unsure.question))
    return none('its pods are on no node yet, so their way out is not known')
  if (unsure !== undefined) throw whyUnsure(unsure.answer)
  return { is: 'open', view, at: destination.at, layers: asked.flatMap(({ answers }) => answers.flatMap(({ answer }) => layersOf(answer))) }
}

const isInternet = ({ ends }: Destination): boolean => ends.some(end => 'internet' in end)

const none = (why: string): AwsConnection => ({ is: 'none', why })

interface Asked {
  readonly verdict: 'allow' | 'deny' | 'unknown'
  readonly answers: readonly { readonly question: Question; readonly answer: Answer }[]
}

const askedBefore = perWorld((_view: ClusterNetwork) => new Map<string, Asked>())

/** An endpoint has an address in each zone, and a client tries the next one: all of them closed is closed. */
function askedOf(view: ClusterNetwork, pod: string, { ends }: Destination): Asked {
  const key = `${sortOf(view, pod)}\n${JSON.stringify(ends)}`
  const known = askedBefore(view).get(key)
  if (known !== undefined) return known
  const answers = ends.map(to => {
    const question: Question = { from: { pod }, to, protocol: 'TCP', port: 443, placement: 'other-node' }
    return { question, answer: view.network.answer(question) }
  })
  const isDenied = answers.every(({ answer }) => answer.verdict === 'deny')
  const isOpen = answers.some(({ answer }) => answer.verdict === 'allow' && answer.partial !== true)
  const made: Asked = { answers, verdict: isDenied ? 'deny' : isOpen ? 'allow' : 'unknown' }
  askedBefore(view).set(key, made)
  return made
}

const hasNoNode = ({ planned, resourceOf }: ClusterNetwork, { from }: Question): boolean =>
  'pod' in from &&
  (planned.has(from.pod) || (resourceOf({ kind: 'k8s/Pod', id: from.pod })?.body as Pod | undefined)?.spec?.nodeName === undefined)

const isUnsure = ({ verdict, partial }: Answer): boolean => verdict === 'unknown' || verdict === 'split' || partial === true

function whyUnsure(answer: Answer): Unread {
  const fact = layersOf(answer).find(({ verdict, fact: lacking }) => verdict === 'unknown' && lacking !== undefined)?.fact
  if (fact !== undefined) return new Unread(fact)
  const reason = answer.partial === true ? `out ${answer.reason}, and whether AWS has one of these is not known` : answer.reason
  return new Unread({ kind: 'k8s/Pod', reason })
}

function destinationOf(world: ConnectionReader, eks: Cluster, service: string, region: string): Destination {
  const vpc = eks.body.resourcesVpcConfig?.vpcId
  const { account = '', region: own = '' } = parseArn(eks.id) ?? {}
  if (vpc === undefined) throw new Unread({ kind: eks.kind, id: eks.id, reason: 'the cluster names no VPC' })
  const names = [`com.amazonaws.${region}.${service}`, `cn.com.amazonaws.${region}.${service}`]
  const endpoint = world
    .where('aws/ec2/VpcEndpoint', 'vpc', vpc, { account, region: own, vpc })
    .find(({ body }) => names.includes(body.ServiceName ?? '') && body.VpcEndpointType === 'Interface' && body.PrivateDnsEnabled === true)
  if (endpoint === undefined) {
    const at = eks.at(['resourcesVpcConfig', 'vpcId'], `this VPC has no endpoint of ${service}, so its name leads to the internet`)
    return { text: 'the internet', ends: [{ internet: true }], at: [at] }
  }
  const at = endpoint.at(['ServiceName'], 'the name of the service leads to this endpoint')
  return { text: endpoint.body.VpcEndpointId ?? endpoint.id, ends: addressesOf(world, endpoint).map(address => ({ address })), at: [at] }
}

const interfacesById = perWorld(
  (world: ConnectionReader) => new Map(world.seen('aws/ec2/NetworkInterface').map(each => [each.body.NetworkInterfaceId, each])),
)

/** @throws Unread when an interface of the endpoint was not read */
function addressesOf(world: ConnectionReader, endpoint: Endpoint): readonly string[] {
  const ids = endpoint.body.NetworkInterfaceIds ?? []
  if (ids.length === 0)
    throw new Unread({ kind: endpoint.kind, id: endpoint.id, reason: 'the endpoint was read without its network interfaces' })
  return ids.map(id => {
    const address = interfacesById(world).get(id)?.body.PrivateIpAddress
    if (address !== undefined) return address
    throw new Unread({
      kind: 'aws/ec2/NetworkInterface',
      reason: `the address of network interface ${id} of an endpoint was not read`,
      settle: { by: 'iam', action: 'ec2:DescribeNetworkInterfaces' },
    })
  })
}

type Route = NonNullable<Kinds['aws/ec2/RouteTable']['Routes']>[number]

/** Other networks may have the endpoint, and a private zone that gives its address to this VPC: no API of this account tells. */
const isPrivateWay = ({ TransitGatewayId, VpcPeeringConnectionId, GatewayId, NetworkInterfaceId, CoreNetworkArn }: Route): boolean =>
  (TransitGatewayId ?? VpcPeeringConnectionId ?? NetworkInterfaceId ?? CoreNetworkArn) !== undefined ||
  GatewayId?.startsWith('vgw-') === true

function assertNoPrivateWay(world: ConnectionReader, eks: Cluster): void {
  const vpc = eks.body.resourcesVpcConfig?.vpcId ?? ''
  const { account = '', region = '' } = parseArn(eks.id) ?? {}
  const table = world
    .where('aws/ec2/RouteTable', 'vpc', vpc, { account, region, vpc })
    .find(({ body }) => (body.Routes ?? []).some(isPrivateWay))
  if (table === undefined) return
  throw new Unread({
    kind: 'aws/ec2/RouteTable',
    id: table.id,
    reason: 'whether the name of the service leads to an endpoint of another network is not known',
    settle: { by: 'user', step: 'resolve the name of the service in a pod, and ask mortise reach about the address' },
  })
}
