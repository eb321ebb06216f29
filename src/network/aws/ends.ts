import type { UnreadFact } from '#base/errors.ts'
import { instanceId } from '#model/instance-id.ts'
import type { Kinds } from '#model/kinds.ts'
import { addressText, parseAddress, type Address } from '../addresses.ts'
import type { Listed } from '../input.ts'
import type { AddressClass } from './address-classes.ts'
import type { Holder } from './aws-layer.ts'
import { numberEnd, type ClassNumbers, type Unclassed } from './class-numbers.ts'
import type { Doubt, End } from './end.ts'
import { groupsInCommon, interfaceOfPod, type PodInterface } from './find-interface.ts'
import { isUnfiltered } from './index-interfaces.ts'
import type { CompiledAcl } from './network-acl.ts'
import { platformOfNode, platformOfPod, type Platform } from './platform.ts'
import { isOnAnyNode, possibleAddresses, subnetsOf } from './possible-places.ts'
import type { GroupSet } from './security-groups.ts'
import { specialAddress } from './special-addresses.ts'
import type { AwsWorld } from './aws-world.ts'

type Pod = Kinds['k8s/Pod']
type Node = Kinds['k8s/Node']
type Interface = Kinds['aws/ec2/NetworkInterface']

export interface Ends {
  readonly pod: (id: string) => End | undefined
  readonly node: (name: string) => End | undefined
  readonly address: (address: Address) => End
  readonly made: {
    readonly pods: ReadonlyMap<string, End | undefined>
    readonly nodes: ReadonlyMap<string, End | undefined>
    readonly addresses: ReadonlyMap<string, End>
  }
}

/**
 * Ends are made when they are first asked for, and classes of them numbered in that order.
 * @param isStale which ends of a layer before may have changed; the others are taken over.
 */
export function makeEnds(
  aws: AwsWorld,
  pods: Listed<Pod>,
  nodes: Listed<Node>,
  numbers: ClassNumbers,
  before?: { readonly ends: Ends; readonly isStale: (end: End) => boolean },
): Ends {
  const intern = (end: Unclassed): End => numberEnd(aws, numbers, end)
  const podsById = indexPods(pods.all)
  const nodesByName = new Map(nodes.all.map(node => [node.metadata.name, node]))
  const primaryOf = memoised((node: Node) => primaryInterface(aws, node)).get
  let primaries: { readonly all: readonly Interface[] | undefined } | undefined
  const allPrimaries = (): readonly Interface[] | undefined => (primaries ??= { all: primariesOf(nodes, primaryOf) }).all
  const node = memoised(
    (name: string): End | undefined => {
      const found = nodesByName.get(name)
      return found === undefined ? undefined : intern(nodeEnd(aws, found, primaryOf(found)))
    },
    before && keep(before.ends.made.nodes, before.isStale),
  )
  const pod = memoised(
    (id: string): End | undefined => {
      const found = podsById.get(id)
      if (found === undefined) return undefined
      const nodeName = found.spec?.nodeName
      const of = nodeName === undefined ? undefined : nodesByName.get(nodeName)
      const host = nodeName === undefined ? undefined : node.get(nodeName)
      if (found.spec?.hostNetwork === true)
        return intern(hostPodEnd(aws, found, { node: of, host, primaries: allPrimaries(), missing: nodes.missing }))
      const primary = of === undefined ? undefined : primaryOf(of)
      const held = interfaceOfPod(aws, { pod: found, node: of, primary, primaries: allPrimaries() })
      return intern(podEnd(aws, found, of, held, host, allPrimaries()))
    },
    before && keep(before.ends.made.pods, before.isStale),
  )
  const byAddress = memoised(
    (text: string): End => intern(addressEnd(aws, parseAddress(text)!)),
    before && keep(before.ends.made.addresses, before.isStale),
  )
  return {
    pod: pod.get,
    node: node.get,
    address: address => byAddress.get(addressText(address)),
    made: { pods: pod.made, nodes: node.made, addresses: byAddress.made },
  }
}

/** Of every node that pods share; undefined: not of all of them known. */
function primariesOf({ all, missing }: Listed<Node>, primaryOf: (node: Node) => Interface | undefined): readonly Interface[] | undefined {
  // Auto Mode may give pods other groups than their node has, and nothing but its own pod runs on a node of Fargate.
  if (missing !== undefined || all.some(node => platformOfNode(node) === 'auto')) return undefined
  const shared = all.filter(node => platformOfNode(node) !== 'fargate')
  const found = shared.flatMap(node => primaryOf(node) ?? [])
  return found.length === shared.length ? found : undefined
}

const indexes = new WeakMap<readonly Pod[], ReadonlyMap<string, Pod>>()

/** By `namespace/name`, once for each list: most changes leave the pods as they are. */
export function indexPods(pods: readonly Pod[]): ReadonlyMap<string, Pod> {
  const known = indexes.get(pods)
  if (known !== undefined) return known
  const made = new Map(pods.map(pod => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]))
  indexes.set(pods, made)
  return made
}

/** What a change cannot have touched. An end leans on its node's. */
function keep<E extends End | undefined>(made: ReadonlyMap<string, E>, isStale: (end: End) => boolean): Map<string, E> {
  const kept = new Map<string, E>()
  for (const [id, end] of made) {
    const isGood = end !== undefined && !isStale(end) && (end.primary === undefined || !isStale(end.primary))
    if (isGood) kept.set(id, end)
  }
  return kept
}

interface Memo<K, V> {
  readonly get: (key: K) => V
  readonly made: ReadonlyMap<K, V>
}

function memoised<K, V>(make: (key: K) => V, made = new Map<K, V>()): Memo<K, V> {
  const get = (key: K): V => {
    const known = made.get(key)
    if (known !== undefined || made.has(key)) return known as V
    const value = make(key)
    made.set(key, value)
    return value
  }
  return { get, made }
}

function primaryInterface(aws: AwsWorld, node: Node): Interface | undefined {
  const instance = instanceId(node)
  const byInstance = instance === undefined ? undefined : aws.interfaces.primaryOf(instance)
  if (byInstance !== undefined) return byInstance
  const internal = parseAddress(internalAddress(node) ?? '')
  return internal === undefined ? undefined : aws.interfaces.holding(internal, aws.clusterVpc)
}

const internalAddress = (node: Node): string | undefined => node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address

interface Facts {
  readonly name: string
  readonly holder: Holder
  readonly interface: Interface | undefined
  readonly groups: readonly string[] | undefined
  readonly address: Address | undefined
  readonly addresses: readonly AddressClass[]
  readonly family: 4 | 6
  readonly platform: Platform | undefined
  readonly doubt: Doubt | undefined
  readonly subnetId: string | undefined
  readonly vpcId: string | undefined
  readonly primary: End | undefined
  readonly isBranch?: boolean
  readonly isPod?: boolean
  readonly isHost?: boolean
  readonly isFargate?: boolean
  readonly where?: 'outside'
  readonly possibleSubnets?: readonly string[] | undefined
}

function endOf(aws: AwsWorld, facts: Facts): Unclassed {
  const { name, holder, groups, address, platform, doubt, subnetId, vpcId } = facts
  const filters = facts.interface === undefined || !isUnfiltered(facts.interface)
  const set: GroupSet | undefined = groups === undefined || (filters && groups.length === 0) ? undefined : aws.groups.setOf(groups)
  const acl: CompiledAcl | undefined = subnetId === undefined ? undefined : aws.aclOf(subnetId, vpcId)
  return {
    name,
    holder,
    groups: set === undefined ? { unread: factOf(name, doubt) } : { value: set.groups },
    ...(facts.interface === undefined ? {} : { interfaceId: facts.interface.NetworkInterfaceId }),
    ...(subnetId === undefined ? {} : { subnetId }),
    ...(vpcId === undefined ? {} : { vpcId }),
    ...(platform === undefined ? {} : { platform }),
    ...(address === undefined ? {} : { address: addressText(address), ip: address }),
    ...(set === undefined ? { doubt: doubt ?? { reason: 'the interface has no security groups' } } : {}),
    where: facts.where ?? 'vpc',
    family: facts.family,
    addresses: facts.addresses,
    set,
    filters,
    isBranch: facts.isBranch === true,
    isPod: facts.isPod === true,
    isHost: facts.isHost === true,
    isFargate: facts.isFargate === true,
    hasPublicAddress: isPublic(facts.interface, address),
    acl,
    primary: facts.primary,
    ...(facts.possibleSubnets === undefined ? {} : { possibleSubnets: facts.possibleSubnets }),
  }
}

const factOf = (name: string, doubt: Doubt | undefined): UnreadFact =>
  doubt?.fact ?? { kind: 'aws/ec2/NetworkInterface', reason: `${name}: ${doubt?.reason ?? 'the interface has no security groups'}` }

/** IPv4: an elastic or public address stands for the private one. IPv6 addresses are the same inside and outside. */
function isPublic(one: Interface | undefined, address: Address | undefined): boolean {
  if (one === undefined || address === undefined) return false
  if (address.family === 6) return true
  const text = addressText(address)
  const own = one.PrivateIpAddresses?.find(({ PrivateIpAddress }) => PrivateIpAddress === text)
  return own?.Association?.PublicIp !== undefined || (one.PrivateIpAddress === text && one.Association?.PublicIp !== undefined)
}

function nodeEnd(aws: AwsWorld, node: Node, primary: Interface | undefined): Unclassed {
  const address = parseAddress(internalAddress(node) ?? primary?.PrivateIpAddress ?? '')
  const platform = platformOfNode(node)
  const { missing } = aws.input.networkInterfaces
  const reason = platform === 'hybrid' ? 'the network of hybrid nodes is not modelled' : 'the primary interface of the node was not read'
  return endOf(aws, {
    name: node.metadata.name,
    holder: primary === undefined ? 'none' : 'node',
    interface: primary,
    groups: primary?.Groups?.flatMap(({ GroupId }) => GroupId ?? []),
    address,
    addresses: address === undefined ? [] : [aws.classes.classOf(address)],
    family: address?.family ?? 4,
    platform,
    doubt: { reason, ...(missing === undefined ? {} : { fact: missing }) },
    subnetId: primary?.SubnetId,
    vpcId: primary?.VpcId ?? (platform === 'hybrid' ? undefined : aws.clusterVpc),
    primary: undefined,
    isHost: true,
    ...(platform === 'hybrid' ? { where: 'outside' as const } : {}),
  })
}

interface HostPlace {
  readonly node: Node | undefined
  readonly host: End | undefined
  readonly primaries: readonly Interface[] | undefined
  readonly missing: UnreadFact | undefined
}

/** A pod of the host network; without a node yet, of whichever it will be, where all nodes have the same groups. */
function hostPodEnd(aws: AwsWorld, pod: Pod, { node, host, primaries, missing }: HostPlace): Unclassed {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`
  if (host !== undefined) return { ...host, name }
  const isPlanned = pod.spec?.nodeName === undefined
  const reason = isPlanned ? 'it has no node yet, whose network it will have' : `node ${pod.spec?.nodeName} was not read`
  const address = parseAddress(pod.status?.hostIP ?? pod.status?.podIP ?? '')
  const groups = isPlanned && address === undefined ? groupsInCommon(primaries) : undefined
  return endOf(aws, {
    name,
    holder: groups === undefined ? 'none' : 'planned',
    interface: undefined,
    groups,
    address,
    addresses:
      address !== undefined ? [aws.classes.classOf(address)] : groups === undefined ? [] : possibleAddresses(aws, undefined, primaries),
    family: address?.family ?? 4,
    platform: platformOfPod(pod, node),
    doubt: { reason, ...(missing === undefined ? {} : { fact: missing }) },
    subnetId: undefined,
    vpcId: aws.clusterVpc,
    primary: undefined,
    isHost: true,
    possibleSubnets: groups === undefined ? undefined : subnetsOf(primaries),
  })
}

function podEnd(
  aws: AwsWorld,
  pod: Pod,
  node: Node | undefined,
  held: PodInterface,
  host: End | undefined,
  primaries: readonly Interface[] | undefined,
): Unclassed {
  const platform = platformOfPod(pod, node)
  const subnetId = held.interface?.SubnetId ?? subnetOf(aws, held, host)
  const { address } = held
  return endOf(aws, {
    name: `${pod.metadata.namespace}/${pod.metadata.name}`,
    holder: held.holder,
    interface: held.interface,
    groups: held.groups,
    address,
    addresses: address === undefined ? possibleAddresses(aws, subnetId, primaries) : [aws.classes.classOf(address)],
    family: address?.family ?? host?.family ?? 4,
    platform,
    doubt: held.doubt,
    subnetId,
    vpcId: held.interface?.VpcId ?? (platform === 'hybrid' ? undefined : aws.clusterVpc),
    primary: host,
    isBranch: held.isBranch,
    isPod: true,
    isFargate: platform === 'fargate',
    possibleSubnets: isOnAnyNode(aws, held, platform) ? subnetsOf(primaries) : undefined,
    ...(platform === 'hybrid' ? { where: 'outside' as const } : {}),
  })
}

/** Of an interface that was not read: the subnet that has the address, else the node's, which only custom networking departs from. */
function subnetOf(aws: AwsWorld, held: PodInterface, host: End | undefined): string | undefined {
  const { address } = held
  if (address !== undefined) return subnetHolding(aws, aws.clusterVpc, address)
  const isElsewhere = !('value' in aws.input.settings) || aws.input.settings.value.customNetworking
  return isElsewhere ? undefined : host?.subnetId
}

function addressEnd(aws: AwsWorld, address: Address): Unclassed {
  const own = aws.clusterVpc === undefined ? undefined : aws.vpcBlocks(aws.clusterVpc)[0]
  const special = specialAddress(address, own)
  const vpcId = aws.vpcOf(address)
  const found = special === undefined && vpcId !== undefined ? aws.interfaces.holding(address, vpcId) : undefined
  const where = special !== undefined ? 'special' : own === undefined ? 'unplaced' : vpcId === undefined ? 'outside' : 'vpc'
  const { missing } = aws.input.networkInterfaces
  const made = endOf(aws, {
    name: addressText(address),
    holder: found === undefined ? 'none' : 'own',
    interface: found,
    groups: found?.Groups?.flatMap(({ GroupId }) => GroupId ?? []),
    address,
    addresses: [aws.classes.classOf(address)],
    family: address.family,
    platform: undefined,
    doubt: { reason: 'no interface that was read holds the address', ...(missing === undefined ? {} : { fact: missing }) },
    subnetId: found?.SubnetId ?? (where === 'vpc' ? subnetHolding(aws, vpcId, address) : undefined),
    vpcId: where === 'vpc' ? vpcId : undefined,
    primary: undefined,
  })
  return { ...made, where, filters: where === 'vpc' && made.filters, ...(special === undefined ? {} : { special }) }
}

const subnetHolding = (aws: AwsWorld, vpcId: string | undefined, address: Address): string | undefined =>
  aws.input.subnets.all.find(({ SubnetId, VpcId }) => VpcId === vpcId && aws.subnetHolds(SubnetId, address))?.SubnetId
