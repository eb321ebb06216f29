import { addressOf, within } from './address.ts'
import { enforce, isTouched, type Outcome } from './agent.ts'
import { aclAllows, all, any, groupIds, groupsAllow, holders, vpcBlocks, type Ec2, type NetworkInterface, type Term } from './cloud.ts'
import { resolve, type Resolved } from './controller.ts'
import { ofKind, podOf, selects, serviceOf, type KubernetesObject, type Pod, type Service, type ServicePort } from './objects.ts'
import { upstream, type Peer } from './upstream.ts'

/**
 * The slow evaluator of one connection: NetworkPolicy at both ends, the path that the VPC CNI gives the packet, the security groups and network
 * ACLs on that path. Every question is answered from the raw objects, anew.
 */
export interface OracleWorld {
  readonly kubernetes: readonly KubernetesObject[]
  readonly ec2: Ec2
  readonly settings: Settings
}
export interface Settings {
  readonly engine: 'aws-vpc-cni' | 'upstream' | 'none'
  /** NETWORK_POLICY_ENFORCING_MODE */
  readonly mode: 'standard' | 'strict'
  /** POD_SECURITY_GROUP_ENFORCING_MODE */
  readonly securityGroupMode: 'standard' | 'strict'
  /** AWS_VPC_K8S_CNI_EXTERNALSNAT */
  readonly externalSnat: boolean
  /** AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS */
  readonly excludeSnatCidrs: readonly string[]
  readonly vpcId: string
}
export type OracleEnd = { readonly pod: string } | { readonly service: string } | { readonly node: string } | { readonly address: string }
export interface OracleQuestion {
  readonly from: OracleEnd
  readonly to: OracleEnd
  readonly protocol: string
  readonly port?: number
  readonly placement?: 'same-node' | 'other-node'
}
export interface OracleLayer {
  readonly layer: 'policy' | 'securityGroup' | 'nacl' | 'route'
  readonly end: 'source' | 'destination'
  readonly verdict: Term
}
export interface OracleAnswer {
  readonly verdict: Term | 'split'
  readonly layers: readonly OracleLayer[]
  readonly partial?: boolean
}

/** One end, looked up. */
interface Host {
  readonly pod?: Pod
  readonly address: string
  /** The name of the Kubernetes node it is on; of a Fargate pod its own. */
  readonly node: string | undefined
  /** A node or a hostNetwork pod: it has the node's interface. */
  readonly isNode: boolean
  /** A branch interface carries it. */
  readonly branch: boolean
  readonly fargate: boolean
  readonly interface: NetworkInterface | undefined
}

export function oracle(world: OracleWorld, question: OracleQuestion): OracleAnswer {
  const from = hostOf(world, question.from)
  if (from === undefined) return { verdict: 'unknown', layers: [] }
  if (!('service' in question.to)) {
    const to = hostOf(world, question.to)
    return to === undefined ? { verdict: 'unknown', layers: [] } : placed(world, from, to, question)
  }
  return toService(world, from, question.to.service, question)
}

/** Every ready endpoint answers for itself; the Service as a whole is open when all are. */
function toService(world: OracleWorld, from: Host, name: string, question: OracleQuestion): OracleAnswer {
  const backends = backendsOf(world, name, question)
  if (backends === undefined) return { verdict: 'unknown', layers: [] }
  const answers = backends.map(({ to, port, dialled }) => placed(world, from, to, { ...question, port }, dialled))
  const verdicts = new Set(answers.map(({ verdict }) => verdict))
  const layers = answers.flatMap(answer => answer.layers)
  // Nobody answers now, and who will is not known.
  if (verdicts.size === 0) return { verdict: 'unknown', layers }
  if (verdicts.size === 1) return { verdict: [...verdicts][0] as Term, layers }
  return { verdict: any([...verdicts].map(verdict => (verdict === 'split' ? 'unknown' : verdict))), layers, partial: verdicts.has('allow') }
}

interface Backend {
  readonly to: Host
  readonly port: number
  readonly dialled: Dialled
}

/** By the EndpointSlices of the Service; where there are none at all, by its selector. Undefined: no such Service, or no such port. */
function backendsOf(world: OracleWorld, name: string, question: OracleQuestion): readonly Backend[] | undefined {
  const service = ofKind(world.kubernetes, 'Service')
    .map(serviceOf)
    .find(each => `${each.namespace}/${each.name}` === name)
  const port = service?.ports.find(each => each.port === question.port && each.protocol === question.protocol)
  if (service === undefined) return undefined
  // The name of a headless Service leads to its pods, whatever port is dialled there.
  if (port === undefined && service.clusterAddress !== undefined) return undefined
  const slices = ofKind(world.kubernetes, 'EndpointSlice').filter(
    ({ metadata }) => metadata.namespace === service.namespace && metadata.labels?.['kubernetes.io/service-name'] === service.name,
  ) as readonly Slice[]
  if (slices.length === 0) return port === undefined ? [] : selectedBackends(world, service, port)
  return slices.flatMap(slice => {
    const resolved = slice.ports?.find(
      each => (each.name ?? '') === (port?.name ?? '') && (each.protocol ?? 'TCP') === port?.protocol,
    )?.port
    const number = service.clusterAddress === undefined ? question.port : resolved
    if (number === undefined) return []
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses, targetRef }) => {
        const end = targetRef?.kind === 'Pod' ? { pod: `${targetRef.namespace}/${targetRef.name}` } : { address: addresses[0] as string }
        const to = hostOf(world, end)
        return to === undefined ? [] : [{ to, port: number, dialled: dialledOf(service, port?.port ?? number, to, number) }]
      })
  })
}

interface Slice extends KubernetesObject {
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]
  readonly endpoints?: readonly {
    readonly addresses: readonly string[]
    readonly conditions?: { readonly ready?: boolean }
    readonly targetRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string }
  }[]
}

function selectedBackends(world: OracleWorld, service: Service, port: ServicePort): readonly Backend[] {
  return ofKind(world.kubernetes, 'Pod')
    .map(podOf)
    .filter(
      pod =>
        service.selector !== undefined && pod.namespace === service.namespace && selects({ matchLabels: service.selector }, pod.labels),
    )
    .filter(pod => pod.address !== undefined && pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && pod.phase !== 'Pending')
    .flatMap(pod => {
      const number = targetPort(pod, port)
      const to = hostOf(world, { pod: `${pod.namespace}/${pod.name}` })
      return number === undefined || to === undefined ? [] : [{ to, port: number, dialled: dialledOf(service, port.port, to, number) }]
    })
}

/** A headless Service has no address: its name leads to the pods themselves. */
function dialledOf(service: Service, port: number, to: Host, number: number): Dialled {
  return service.clusterAddress === undefined ? { address: to.address, port: number } : { address: service.clusterAddress, port }
}

function targetPort(pod: Pod, { targetPort: target, protocol }: ServicePort): number | undefined {
  if (typeof target === 'number') return target
  return pod.containers.flatMap(({ ports }) => ports).find(each => each.name === target && (each.protocol ?? 'TCP') === protocol)
    ?.containerPort
}

/** Where the nodes are not known and it matters, the answer is split. */
function placed(world: OracleWorld, from: Host, to: Host, question: OracleQuestion, dialled?: Dialled): OracleAnswer {
  const { placement } = question
  if (placement !== undefined) return onPath(world, from, to, placement === 'same-node', question, dialled)
  if (from.node === undefined || to.node === undefined) {
    const open = from.pod !== undefined && to.pod !== undefined
    const other = onPath(world, from, to, false, question, dialled)
    if (!open) return other
    const same = onPath(world, from, to, true, question, dialled)
    return same.verdict === other.verdict ? other : { verdict: 'split', layers: other.layers }
  }
  return onPath(world, from, to, from.node === to.node, question, dialled)
}

/** The address of the Service and the port there, before kube-proxy translates them. */
interface Dialled {
  readonly address: string
  readonly port: number
}

function onPath(world: OracleWorld, from: Host, to: Host, sameNode: boolean, question: OracleQuestion, dialled?: Dialled): OracleAnswer {
  const packet = { protocol: question.protocol, port: question.port }
  // A packet to oneself never leaves. By way of a Service it does, and comes back with the address of the node, which is let in.
  if (from.address === to.address) {
    if (dialled === undefined || world.settings.engine !== 'aws-vpc-cni' || dialled.address === to.address)
      return { verdict: 'allow', layers: [] }
    const verdict = policyTerm(world, 'egress', from, to, to.address, question, dialled)
    return { verdict, layers: [{ layer: 'policy', end: 'source', verdict }] }
  }
  const path = pathOf(world, from, to, sameNode)
  const layers: OracleLayer[] = [
    { layer: 'policy', end: 'source', verdict: policyTerm(world, 'egress', from, to, to.address, question, dialled) },
    ...path.route.map(verdict => ({ layer: 'route' as const, end: 'source' as const, verdict })),
    ...path.source.map(each => ({
      layer: 'securityGroup' as const,
      end: 'source' as const,
      verdict: groupTerm(world, each, 'egress', to.address, packet),
    })),
    ...aclLayers(world, path, to, packet),
    ...path.destination.map(each => ({
      layer: 'securityGroup' as const,
      end: 'destination' as const,
      verdict: groupTerm(world, each, 'ingress', path.sourceAddress, packet),
    })),
    { layer: 'policy', end: 'destination', verdict: policyTerm(world, 'ingress', to, from, path.sourceAddress, question) },
  ]
  return { verdict: all(layers.map(({ verdict }) => verdict)), layers }
}

const groupTerm = (
  { ec2 }: OracleWorld,
  each: NetworkInterface | 'unread',
  direction: 'ingress' | 'egress',
  peer: string,
  packet: { readonly protocol: string; readonly port: number | undefined },
): Term => (each === 'unread' ? 'unknown' : groupsAllow(ec2, groupIds(each), direction, peer, packet))

interface Route {
  /** Whose groups are asked for leaving: none or one interface. */
  readonly source: readonly (NetworkInterface | 'unread')[]
  readonly destination: readonly (NetworkInterface | 'unread')[]
  /** What the other end sees. */
  readonly sourceAddress: string
  readonly translated: boolean
  /** On the wire at all: only then ACLs are asked. */
  readonly inVpc: boolean
  readonly route: readonly Term[]
}

/** Never filtered by groups or ACLs: the resolver of Route 53, the instance metadata, the time. */
const services = ['169.254.169.253', '169.254.169.254', '169.254.169.123', 'fd00:ec2::253', 'fd00:ec2::254', 'fd00:ec2::123']
const isLinkLocal = (address: string): boolean => within('169.254.0.0/16', address) || within('fe80::/10', address)

function pathOf(world: OracleWorld, from: Host, to: Host, sameNode: boolean): Route {
  const { securityGroupMode } = world.settings
  const strict = securityGroupMode === 'strict'
  const inside = { source: [], destination: [], sourceAddress: from.address, translated: false, inVpc: false, route: [] }
  if (services.includes(to.address) || to.address === resolverOf(world)) return inside
  // What a Fargate pod finds there is written nowhere.
  if (isLinkLocal(to.address)) return { ...inside, route: strict && from.branch ? ['deny'] : from.fargate ? ['unknown'] : [] }
  if (sameNode && !from.fargate && !to.fargate) {
    if (!from.branch && !to.branch) return inside
    if (!strict) return from.branch && to.branch ? { ...inside, route: ['unknown'] } : inside
  }
  const off = !isInVpc(world, to.address)
  const translated = off && translates(world, from, to)
  const leaving = translated ? primaryOf(world, from) : from.interface
  const sourceInVpc = isInVpc(world, from.address)
  return {
    source: sourceInVpc ? [leaving ?? 'unread'] : [],
    destination: off ? (to.interface === undefined ? [] : [to.interface]) : [to.interface ?? 'unread'],
    sourceAddress: translated ? (nodeAddress(world, from.node) ?? from.address) : from.address,
    translated,
    inVpc: true,
    route: [],
  }
}

/** Off the VPC, by way of the node's first interface and its address, unless settings say otherwise; a strict branch interface never. */
function translates({ settings }: OracleWorld, from: Host, to: Host): boolean {
  if (from.pod === undefined || from.isNode || from.fargate || from.address.includes(':')) return false
  if (settings.externalSnat || settings.excludeSnatCidrs.some(cidr => within(cidr, to.address))) return false
  return !(from.branch && settings.securityGroupMode === 'strict')
}

function aclLayers(world: OracleWorld, path: Route, to: Host, packet: { readonly protocol: string; readonly port: number | undefined }) {
  if (!path.inVpc) return []
  const [source] = path.source
  const from = source === undefined ? undefined : (subnetOf(world, source, path.sourceAddress) ?? 'unread')
  const destination = path.destination.length === 0 ? undefined : (subnetOf(world, path.destination[0], to.address) ?? 'unread')
  if (from !== undefined && from === destination && from !== 'unread') return []
  const ports = { from: 1024, to: 65535 }
  const layer = (end: 'source' | 'destination', verdict: Term): OracleLayer => ({ layer: 'nacl', end, verdict })
  const nat = destination === undefined && from !== undefined ? natSubnet(world, from, to.address) : undefined
  return [
    ...(from === undefined ? [] : [layer('source', aclAllows(world.ec2, from, 'client', to.address, packet, ports))]),
    // Through the subnet of the NAT gateway, in and out again: packets on both of its sides.
    ...(nat === undefined || nat === from ? [] : [layer('source', aclAllows(world.ec2, nat, 'server', path.sourceAddress, packet, ports))]),
    ...(nat === undefined ? [] : [layer('source', aclAllows(world.ec2, nat, 'client', to.address, packet, ports))]),
    ...(destination === undefined
      ? []
      : [layer('destination', aclAllows(world.ec2, destination, 'server', path.sourceAddress, packet, ports))]),
  ]
}

/** The subnet of the interface, else the one in whose block the address lies. */
function subnetOf({ ec2 }: OracleWorld, held: NetworkInterface | 'unread' | undefined, address: string): string | undefined {
  if (held !== undefined && held !== 'unread') return held.SubnetId
  return (ec2.Subnets ?? []).find(({ CidrBlock, Ipv6CidrBlockAssociationSet = [] }) =>
    [CidrBlock, ...Ipv6CidrBlockAssociationSet.map(each => each.Ipv6CidrBlock)].some(cidr => cidr !== undefined && within(cidr, address)),
  )?.SubnetId
}

/** By the most specific route of the table of a subnet, or of the main table of its VPC. */
function natSubnet({ ec2 }: OracleWorld, subnet: string, address: string): string | undefined {
  const tables = ec2.RouteTables ?? []
  const vpc = (ec2.Subnets ?? []).find(({ SubnetId }) => SubnetId === subnet)?.VpcId
  const table =
    tables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet)) ??
    tables.find(({ VpcId, Associations = [] }) => VpcId === vpc && Associations.some(({ Main }) => Main === true))
  const route = (table?.Routes ?? [])
    .flatMap(each => {
      const cidr = each.DestinationCidrBlock ?? each.DestinationIpv6CidrBlock
      return cidr !== undefined && within(cidr, address) ? [{ ...each, length: Number(cidr.split('/')[1]) }] : []
    })
    .toSorted((a, b) => b.length - a.length)[0]
  if (route?.NatGatewayId === undefined) return undefined
  return (ec2.NatGateways ?? []).find(({ NatGatewayId }) => NatGatewayId === route.NatGatewayId)?.SubnetId
}

const vpcOf = ({ ec2, settings }: OracleWorld) => (ec2.Vpcs ?? []).find(({ VpcId }) => VpcId === settings.vpcId)
function isInVpc(world: OracleWorld, address: string): boolean {
  const vpc = vpcOf(world)
  return vpc !== undefined && vpcBlocks(vpc).some(cidr => within(cidr, address))
}

/** The second address of the VPC. */
function resolverOf(world: OracleWorld): string | undefined {
  const block = vpcOf(world)?.CidrBlock
  if (block === undefined) return undefined
  const value = addressOf(block.split('/')[0] as string).value + 2n
  return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.')
}

function hostOf(world: OracleWorld, end: OracleEnd): Host | undefined {
  if ('address' in end) return hostAt(world, end.address)
  if ('node' in end) {
    const address = nodeAddress(world, end.node)
    if (address === undefined) return undefined
    return { address, node: end.node, isNode: true, branch: false, fargate: false, interface: holders(world.ec2, address)[0] }
  }
  if ('service' in end) return undefined
  const pod = ofKind(world.kubernetes, 'Pod')
    .map(podOf)
    .find(each => `${each.namespace}/${each.name}` === end.pod)
  return pod?.address === undefined ? undefined : hostOfPod(world, pod, pod.address)
}

function hostOfPod(world: OracleWorld, pod: Pod, address: string): Host {
  const annotation = pod.annotations['vpc.amazonaws.com/pod-eni']
  const branchId = annotation === undefined ? undefined : (JSON.parse(annotation) as readonly { readonly eniId: string }[])[0]?.eniId
  const branch = branchId !== undefined && !pod.hostNetwork
  return {
    pod,
    address,
    node: pod.node,
    isNode: pod.hostNetwork,
    branch,
    fargate: pod.labels['eks.amazonaws.com/fargate-profile'] !== undefined,
    interface: branch
      ? (world.ec2.NetworkInterfaces ?? []).find(({ NetworkInterfaceId }) => NetworkInterfaceId === branchId)
      : holders(world.ec2, address)[0],
  }
}

/** An address by itself is the pod or node that has it, if one does. */
function hostAt(world: OracleWorld, address: string): Host {
  const pod = ofKind(world.kubernetes, 'Pod')
    .map(podOf)
    .find(each => each.address === address && !each.hostNetwork && each.phase !== 'Succeeded' && each.phase !== 'Failed')
  if (pod !== undefined) return hostOfPod(world, pod, address)
  const node = ofKind(world.kubernetes, 'Node').find(({ metadata }) => nodeAddress(world, metadata.name) === address)
  return {
    address,
    node: node?.metadata.name,
    isNode: node !== undefined,
    branch: false,
    fargate: false,
    interface: holders(world.ec2, address)[0],
  }
}

function nodeAddress({ kubernetes }: OracleWorld, name: string | undefined): string | undefined {
  const node = ofKind(kubernetes, 'Node').find(({ metadata }) => metadata.name === name)
  const { addresses = [] } = (node?.status ?? {}) as { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
  return addresses.find(({ type }) => type === 'InternalIP')?.address
}

const primaryOf = (world: OracleWorld, { node }: Host): NetworkInterface | undefined => {
  const address = nodeAddress(world, node)
  return address === undefined ? undefined : holders(world.ec2, address)[0]
}

const resolved = new WeakMap<readonly KubernetesObject[], Resolved>()
function resolvedOf(objects: readonly KubernetesObject[]): Resolved {
  const known = resolved.get(objects) ?? resolve(objects)
  resolved.set(objects, known)
  return known
}

/**
 * Nobody enforces for the network of the host, nor on Fargate, where no agent can run ("Daemonsets aren't supported on Fargate"). AWS's agent
 * does not run on Windows and hybrid nodes either. https://docs.aws.amazon.com/eks/latest/userguide/fargate.html, cni-network-policy.html
 */
function enforces({ kubernetes, settings }: OracleWorld, { pod, fargate }: Host): boolean {
  if (pod === undefined || pod.hostNetwork || fargate) return false
  if (settings.engine === 'upstream') return true
  const labels = ofKind(kubernetes, 'Node').find(({ metadata }) => metadata.name === pod.node)?.metadata.labels ?? {}
  return labels['kubernetes.io/os'] !== 'windows' && labels['eks.amazonaws.com/compute-type'] !== 'hybrid'
}

/** Groups, ACLs and routes alone. Undefined: an end has no address yet. */
export function networkAlone(world: OracleWorld, question: OracleQuestion, sameNode: boolean): OracleAnswer | undefined {
  const from = hostOf(world, question.from)
  const to = hostOf(world, question.to)
  if (from === undefined || to === undefined) return undefined
  return onPath({ ...world, settings: { ...world.settings, engine: 'none' } }, from, to, sameNode, question)
}

/** What the policies at one pod say about a peer as a packet there shows it. */
export function policyAt(
  world: OracleWorld,
  direction: 'ingress' | 'egress',
  pod: string,
  peer: OracleEnd,
  protocol: string,
  port: number | undefined,
): Term | undefined {
  const subject = hostOf(world, { pod })
  const other = hostOf(world, peer)
  if (subject === undefined || other === undefined) return undefined
  if (subject.address === other.address) return 'allow'
  return policyTerm(world, direction, subject, other, other.address, {
    from: peer,
    to: peer,
    protocol,
    ...(port !== undefined && { port }),
  })
}

function policyTerm(
  world: OracleWorld,
  direction: 'ingress' | 'egress',
  subject: Host,
  peer: Host,
  peerAddress: string,
  { protocol, port }: OracleQuestion,
  dialled?: Dialled,
): Term {
  const { engine, mode } = world.settings
  if (engine === 'none' || subject.pod === undefined || !enforces(world, subject)) return 'allow'
  if (engine === 'upstream') {
    const asPeer: Peer = {
      address: peerAddress,
      ...(peer.pod !== undefined && !peer.isNode && peerAddress === peer.address && { pod: peer.pod }),
      ...(peer.isNode && peer.node !== undefined && { node: peer.node }),
    }
    return termOf(upstream(world.kubernetes, { direction, subject: subject.pod, peer: asPeer, protocol, port }))
  }
  const policies = resolvedOf(world.kubernetes)
  const address = nodeAddress(world, subject.node) ?? subject.pod.hostAddress
  if (address === undefined) return 'unknown'
  if (policies.crashes && isTouched(policies, subject.pod, { address, strict: mode === 'strict' })) return 'unknown'
  return termOf(
    enforce(policies, subject.pod, { address, strict: mode === 'strict' }, direction, {
      peer: dialled?.address ?? peerAddress,
      protocol,
      port: dialled?.port ?? port ?? 0,
    }),
  )
}

const termOf = (outcomes: ReadonlySet<Outcome>): Term => (outcomes.size > 1 ? 'unknown' : outcomes.has('allow') ? 'allow' : 'deny')
