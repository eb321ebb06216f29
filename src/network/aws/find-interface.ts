import type { Kinds } from '#model/kinds.ts'
import { parseAddress, type Address } from '../addresses.ts'
import { securityGroupsOfPod } from '../security-group-policy.ts'
import type { Doubt } from './end.ts'
import { isBranch, isInBlocks } from './index-interfaces.ts'
import { platformOfPod, type Platform } from './platform.ts'
import { valueOf, type AwsWorld } from './aws-world.ts'

type Pod = Kinds['k8s/Pod']
type Node = Kinds['k8s/Node']
type Interface = Kinds['aws/ec2/NetworkInterface']

/** Which interface a pod's packets come from and go to, or which it would get. */
export interface PodInterface {
  readonly interface?: Interface
  readonly groups: readonly string[] | undefined
  readonly holder: 'branch' | 'node' | 'own' | 'planned' | 'none'
  readonly isBranch: boolean
  readonly address?: Address
  readonly doubt?: Doubt
}

/** What the VPC resource controller writes. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/trunk/trunk.go */
const podEni = 'vpc.amazonaws.com/pod-eni'

export interface PodPlace {
  readonly pod: Pod
  readonly node: Node | undefined
  /** Of the node. */
  readonly primary: Interface | undefined
  /** Of all nodes, when all are known: where a pod without a node will be. */
  readonly primaries: readonly Interface[] | undefined
}

export function interfaceOfPod(aws: AwsWorld, place: PodPlace): PodInterface {
  const { pod } = place
  const annotated = annotatedInterface(pod)
  const address = parseAddress(pod.status?.podIP ?? annotated?.privateIp ?? '')
  if (annotated !== undefined) return branchInterface(aws, annotated.eniId, address)
  if (address === undefined) return plannedInterface(aws, place)
  const found = aws.interfaces.holding(address, aws.clusterVpc)
  if (found !== undefined) return heldBy(found, address)
  return notFound(aws, place, address)
}

const groupsOf = ({ Groups }: Interface): readonly string[] | undefined => Groups?.flatMap(({ GroupId }) => GroupId ?? [])

function heldBy(found: Interface, address: Address): PodInterface {
  const branch = isBranch(found)
  const holder = branch ? 'branch' : found.Attachment?.InstanceId === undefined ? 'own' : 'node'
  return { interface: found, groups: groupsOf(found), holder, isBranch: branch, address }
}

/** The annotation holds a list of one: the interface, its address and its VLAN. */
function annotatedInterface(pod: Pod): { readonly eniId: string; readonly privateIp: string | undefined } | undefined {
  const text = pod.metadata.annotations?.[podEni]
  if (text === undefined) return undefined
  try {
    const [first] = JSON.parse(text) as { eniId?: string; privateIp?: string; ipv6Addr?: string }[]
    return first?.eniId === undefined ? undefined : { eniId: first.eniId, privateIp: first.privateIp || first.ipv6Addr }
  } catch {
    // Whatever it is, the controller did not write it: only it may, and what it writes is JSON.
    return undefined
  }
}

function branchInterface(aws: AwsWorld, eniId: string, address: Address | undefined): PodInterface {
  const found = aws.interfaces.byId(eniId)
  const common = { holder: 'branch', isBranch: true, ...(address === undefined ? {} : { address }) } as const
  if (found !== undefined) return { ...common, interface: found, groups: groupsOf(found) }
  const { missing } = aws.input.networkInterfaces
  const reason = missing === undefined ? `${eniId} does not exist` : `${eniId} was not read`
  const fact = missing === undefined ? {} : { fact: { ...missing, kind: 'aws/ec2/NetworkInterface', id: eniId } }
  return { ...common, groups: undefined, doubt: { reason, ...fact } }
}

/** The address is known and no interface that was read holds it. */
function notFound(aws: AwsWorld, place: PodPlace, address: Address): PodInterface {
  const { pod, node, primary } = place
  const none = (reason: string): PodInterface => ({
    groups: undefined,
    holder: 'none',
    isBranch: false,
    address,
    doubt: doubtOf(aws, reason),
  })
  const platform = platformOfPod(pod, node)
  if (platform === 'hybrid') return none('hybrid nodes are not in the VPC, and their network is not modelled')
  const blocks = aws.clusterVpc === undefined ? [] : aws.vpcBlocks(aws.clusterVpc)
  if (blocks.length > 0 && !isInBlocks(blocks, address)) return none("the pod's address is not of the VPC: another network plugin gave it")
  if (platform === 'fargate') return none('no interface that was read holds its address')
  const shared = sharedGroups(aws, node, primary)
  return shared === undefined
    ? none('no interface that was read holds its address')
    : { groups: shared, holder: 'node', isBranch: false, address }
}

function doubtOf(aws: AwsWorld, reason: string): Doubt {
  const { missing } = aws.input.networkInterfaces
  return { reason, ...(missing === undefined ? {} : { fact: missing }) }
}

/**
 * Groups of the interfaces that a node's pods share: those of its primary interface, and with custom networking those of its ENIConfig.
 * EKS Auto Mode may give pods others by NodeClass, Windows only has the primary one.
 * https://github.com/aws/amazon-vpc-cni-k8s#aws_vpc_k8s_cni_custom_network_cfg
 */
function sharedGroups(aws: AwsWorld, node: Node | undefined, primary: Interface | undefined): readonly string[] | undefined {
  const settings = valueOf(aws.input.settings)
  if (node === undefined || primary === undefined || settings === undefined) return undefined
  if (node.metadata.labels?.['eks.amazonaws.com/compute-type'] === 'auto') return undefined
  if (!settings.customNetworking) return groupsOf(primary)
  const config = aws.input.eniConfigs.all.find(({ metadata }) => metadata.name === eniConfigOf(node))
  if (config === undefined) return undefined
  const own = config.spec?.securityGroups ?? []
  return own.length === 0 ? groupsOf(primary) : own
}

/** https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/eniconfig/eniconfig.go: with the names of label and annotation that it begins with. */
function eniConfigOf({ metadata: { labels, annotations } }: Node): string {
  const key = 'k8s.amazonaws.com/eniConfig'
  return labels?.['vpc.amazonaws.com/externalEniConfig'] ?? annotations?.[key] ?? labels?.[key] ?? 'default'
}

/** A pod that has no address yet, or is only written down. */
function plannedInterface(aws: AwsWorld, place: PodPlace): PodInterface {
  const { pod, node } = place
  const planned = (groups: readonly string[] | undefined, isBranchPlanned: boolean, doubt?: Doubt): PodInterface => ({
    groups,
    holder: 'planned',
    isBranch: isBranchPlanned,
    ...(doubt === undefined ? {} : { doubt }),
  })
  const platform = platformOfPod(pod, node)
  if (platform === 'hybrid') return planned(undefined, false, { reason: 'the network of hybrid nodes is not modelled' })
  const byPolicy = plannedGroups(aws, pod, platform)
  if ('reason' in byPolicy) return planned(undefined, false, byPolicy)
  if (byPolicy.groups.length > 0) return planned(byPolicy.groups, platform !== 'fargate')
  if (platform === 'fargate') return fargateDefault(aws, planned)
  const shared = node === undefined ? groupsOfAnyNode(aws, place.primaries) : sharedGroups(aws, node, place.primary)
  return shared === undefined
    ? planned(undefined, false, { reason: 'which interface it will share is not known before it has a node and an address' })
    : planned(shared, false)
}

/** https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html: the cluster security group, unless a policy says otherwise. */
function fargateDefault(aws: AwsWorld, planned: (groups: readonly string[] | undefined, isBranch: boolean, doubt?: Doubt) => PodInterface) {
  const group = valueOf(aws.input.cluster)?.clusterSecurityGroupId
  const unread = 'unread' in aws.input.cluster ? { fact: aws.input.cluster.unread } : {}
  return group === undefined
    ? planned(undefined, false, { reason: 'the cluster security group was not read', ...unread })
    : planned([group], false)
}

function plannedGroups(aws: AwsWorld, pod: Pod, platform: Platform | undefined): { readonly groups: readonly string[] } | Doubt {
  const { securityGroupPolicies, serviceAccounts } = aws.input
  if (platform === 'auto' && !hasAutoModePolicies(aws)) return { groups: [] }
  const name = pod.spec?.serviceAccountName ?? 'default'
  const account = aws.serviceAccount(`${pod.metadata.namespace}/${name}`)
  if (securityGroupPolicies.missing !== undefined) {
    return { reason: 'the SecurityGroupPolicies were not all read', fact: securityGroupPolicies.missing }
  }
  const own = aws.policiesOf(pod.metadata.namespace)
  // The service account that every namespace has is often not written down, and without a policy it does not matter.
  if (own.length === 0) return { groups: [] }
  if (account === undefined && serviceAccounts.missing !== undefined) {
    return { reason: `service account ${pod.metadata.namespace}/${name} was not read`, fact: serviceAccounts.missing }
  }
  const answer = securityGroupsOfPod(pod, account ?? emptyAccount(pod, name), own)
  return 'refused' in answer ? { reason: answer.refused } : answer
}

/** Kubernetes makes `default` in every namespace; another that does not exist refuses the pod. */
const emptyAccount = (pod: Pod, name: string): Kinds['k8s/ServiceAccount'] | undefined =>
  name === 'default' ? { metadata: { namespace: pod.metadata.namespace, name } } : undefined

/** https://docs.aws.amazon.com/eks/latest/userguide/auto-sgp.html */
function hasAutoModePolicies(aws: AwsWorld): boolean {
  const [major = 0, minor = 0] = (valueOf(aws.input.cluster)?.version ?? '').split('.').map(Number)
  return major > 1 || (major === 1 && minor >= 36)
}

/** Of a pod that shares a node's interfaces. EKS Auto Mode may give pods other groups than the node's. */
function groupsOfAnyNode(aws: AwsWorld, primaries: readonly Interface[] | undefined): readonly string[] | undefined {
  const settings = valueOf(aws.input.settings)
  return settings === undefined || settings.customNetworking ? undefined : groupsInCommon(primaries)
}

/** The groups of the primary interfaces of all nodes, when they are the same. */
export function groupsInCommon(primaries: readonly Interface[] | undefined): readonly string[] | undefined {
  if (primaries === undefined) return undefined
  const sets = new Map(primaries.map(one => [[...(groupsOf(one) ?? [])].sort().join(), groupsOf(one)]))
  return sets.size === 1 ? [...sets.values()][0] : undefined
}
