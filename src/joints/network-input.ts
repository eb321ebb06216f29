import { Unread, type UnreadFact } from '#base/errors.ts'
import type { AwsInput, ClusterNetwork, NetworkInput } from '#network/aws-input.ts'
import type { Known, Listed } from '#network/input.ts'
import type { AwsKind, Kind, Kinds, KubernetesKind } from '#model/kinds.ts'
import type { Resource, Scope } from '#model/resource.ts'
import type { Reader, Within, World } from '#model/world.ts'
import { eksCluster, whyNoCluster } from './clusters.ts'
import { policyEngineKinds, policyEngineOf, vpcCniSettings } from './policy-engine.ts'
import type { PlannedPod } from './planned-pods.ts'

const vpcKinds = [
  'aws/ec2/NatGateway',
  'aws/ec2/NetworkAcl',
  'aws/ec2/NetworkInterface',
  'aws/ec2/RouteTable',
  'aws/ec2/SecurityGroup',
  'aws/ec2/Subnet',
  'aws/ec2/Vpc',
  'aws/ec2/VpcEndpoint',
  'aws/ec2/VpcPeeringConnection',
] as const

const clusterKinds = [
  'k8s/AdminNetworkPolicy',
  'k8s/ApplicationNetworkPolicy',
  'k8s/BaselineAdminNetworkPolicy',
  'k8s/ENIConfig',
  'k8s/EndpointSlice',
  'k8s/Namespace',
  'k8s/NetworkPolicy',
  'k8s/Node',
  'k8s/Pod',
  'k8s/SecurityGroupPolicy',
  'k8s/Service',
  'k8s/ServiceAccount',
  'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
] as const

/** Everything that decides whether a packet arrives. */
export const networkInputKinds = [...policyEngineKinds, ...clusterKinds, ...vpcKinds, 'aws/ec2/ManagedPrefixList'] as const
export type NetworkReader = Reader<(typeof networkInputKinds)[number]>

/**
 * What the network engine is given of one cluster. Lists say what they may lack, so that the engine never takes what was not read for what does
 * not exist.
 * @param planned pods of workloads that have none yet
 */
export function networkInput(world: NetworkReader, cluster: string, planned: readonly PlannedPod[]): NetworkInput {
  const { engine, mode } = policyEngineOf(world, cluster)
  const list = <K extends KubernetesKind>(kind: K & (typeof clusterKinds)[number]) => listed(world, kind, { cluster })
  const pods = list('k8s/Pod')
  return {
    policies: {
      engine,
      mode,
      services: list('k8s/Service'),
      endpointSlices: list('k8s/EndpointSlice'),
      namespaces: list('k8s/Namespace'),
      pods: { ...pods, all: [...pods.all, ...planned.map(({ body }) => body)] },
      nodes: list('k8s/Node'),
      networkPolicies: list('k8s/NetworkPolicy'),
      applicationNetworkPolicies: list('k8s/ApplicationNetworkPolicy'),
      awsClusterNetworkPolicies: list('k8s/networking.k8s.aws/ClusterNetworkPolicy'),
      clusterNetworkPolicies: list('k8s/policy.networking.k8s.io/ClusterNetworkPolicy'),
      adminNetworkPolicies: list('k8s/AdminNetworkPolicy'),
      baselineAdminNetworkPolicies: list('k8s/BaselineAdminNetworkPolicy'),
    },
    aws: awsInput(world, cluster),
  }
}

function awsInput(world: NetworkReader, cluster: string): AwsInput {
  const eks = eksCluster(world, cluster)
  const known = clusterNetwork(world, cluster, eks)
  const list = <K extends (typeof vpcKinds)[number]>(kind: K) => listedInVpc(world, kind, eks?.scope, known)
  return {
    cluster: known,
    settings: vpcCniSettings(world, cluster),
    vpcs: list('aws/ec2/Vpc'),
    subnets: list('aws/ec2/Subnet'),
    routeTables: list('aws/ec2/RouteTable'),
    networkAcls: list('aws/ec2/NetworkAcl'),
    securityGroups: list('aws/ec2/SecurityGroup'),
    networkInterfaces: list('aws/ec2/NetworkInterface'),
    natGateways: list('aws/ec2/NatGateway'),
    peerings: list('aws/ec2/VpcPeeringConnection'),
    vpcEndpoints: list('aws/ec2/VpcEndpoint'),
    prefixLists: seenOf(
      world,
      'aws/ec2/ManagedPrefixList',
      eks === undefined ? unreadOf(known) : missingIn(world, 'aws/ec2/ManagedPrefixList', eks.scope),
    ),
    securityGroupPolicies: listed(world, 'k8s/SecurityGroupPolicy', { cluster }),
    serviceAccounts: listed(world, 'k8s/ServiceAccount', { cluster }),
    eniConfigs: listed(world, 'k8s/ENIConfig', { cluster }),
  }
}

function clusterNetwork(world: NetworkReader, cluster: string, eks: Resource<'aws/eks/Cluster'> | undefined): Known<ClusterNetwork> {
  if (eks === undefined) return { unread: whyNoCluster(world, cluster) }
  const { resourcesVpcConfig, version } = eks.body
  const vpcId = resourcesVpcConfig?.vpcId
  if (vpcId === undefined) return { unread: { kind: 'aws/eks/Cluster', id: eks.id, reason: 'the cluster names no VPC' } }
  const group = resourcesVpcConfig?.clusterSecurityGroupId
  return {
    value: {
      vpcId,
      ...(group === undefined ? {} : { clusterSecurityGroupId: group }),
      ...(version === undefined ? {} : { version }),
    },
  }
}

const unreadOf = (known: Known<unknown>): UnreadFact | undefined => ('unread' in known ? known.unread : undefined)

/** Of one cluster, and nothing of others. */
function listed<K extends (typeof clusterKinds)[number]>(
  world: NetworkReader,
  kind: K,
  { cluster }: { readonly cluster: string },
): Listed<Kinds[K]> {
  const missing = missingIn(world, kind, { cluster })
  const all = world.seen(kind).filter(({ scope }) => 'cluster' in scope && scope.cluster === cluster)
  return { all: all.map(({ body }) => body), ...(missing === undefined ? {} : { missing }) }
}

/** Everything that was seen, since groups and interfaces of peers count too; what may be missing is what the cluster's VPC may lack. */
function listedInVpc<K extends (typeof vpcKinds)[number]>(
  world: NetworkReader,
  kind: K,
  scope: Scope | undefined,
  known: Known<ClusterNetwork>,
): Listed<Kinds[K]> {
  if ('unread' in known) return seenOf(world, kind, known.unread)
  const within = scope !== undefined && 'account' in scope ? regionOf(scope) : undefined
  return seenOf(world, kind, within === undefined ? undefined : missingIn(world, kind, { ...within, vpc: known.value.vpcId }))
}

const regionOf = ({ account, region }: { readonly account: string; readonly region?: string }) => ({
  account,
  ...(region === undefined ? {} : { region }),
})

function seenOf<K extends AwsKind & Parameters<NetworkReader['seen']>[0]>(
  world: NetworkReader,
  kind: K,
  missing: UnreadFact | undefined,
): Listed<Kinds[K]> {
  return { all: world.seen(kind).map(({ body }) => body), ...(missing === undefined ? {} : { missing }) }
}

function missingIn(world: Pick<World, 'list'> | NetworkReader, kind: Kind, within: Within): UnreadFact | undefined {
  try {
    ;(world as Pick<World, 'list'>).list(kind, within)
    return undefined
  } catch (error) {
    if (error instanceof Unread) return error.fact
    throw error
  }
}
