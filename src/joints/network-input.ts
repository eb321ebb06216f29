import type { UnreadFact } from '#base/errors.ts'
import type { AwsInput, ClusterNetwork, NetworkInput } from '#network/aws-input.ts'
import type { Known, Listed, PolicyInput } from '#network/input.ts'
import type { AwsKind, Kinds } from '#model/kinds.ts'
import type { Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { eksCluster, whyNoCluster } from './clusters.ts'
import { vpcCniSettings } from './policy-engine.ts'
import { listedInCluster, missingIn, policyInputKinds } from './policy-input.ts'

const vpcKinds = [
  'aws/ec2/NatGateway',
  'aws/ec2/NetworkAcl',
  'aws/ec2/NetworkInterface',
  'aws/ec2/RouteTable',
  'aws/ec2/SecurityGroup',
  'aws/ec2/Subnet',
  'aws/ec2/Vpc',
  'aws/ec2/VpcPeeringConnection',
] as const

const clusterKinds = ['k8s/ENIConfig', 'k8s/SecurityGroupPolicy', 'k8s/ServiceAccount'] as const

/** Everything that decides whether a packet arrives. */
export const networkInputKinds = [...policyInputKinds, ...clusterKinds, ...vpcKinds, 'aws/ec2/ManagedPrefixList'] as const
export type NetworkReader = Reader<(typeof networkInputKinds)[number]>

/**
 * What the network engine is given of one cluster. Lists say what they may lack, so that the engine never takes what was not read for what does
 * not exist.
 * @param policies what policies alone are compiled from
 */
export function networkInput(world: NetworkReader, cluster: string, policies: PolicyInput): NetworkInput {
  return { policies, aws: awsInput(world, cluster) }
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
    prefixLists: seenOf(
      world,
      'aws/ec2/ManagedPrefixList',
      eks === undefined ? unreadOf(known) : missingIn(world, 'aws/ec2/ManagedPrefixList', eks.scope),
    ),
    securityGroupPolicies: listedInCluster(world, 'k8s/SecurityGroupPolicy', cluster),
    serviceAccounts: listedInCluster(world, 'k8s/ServiceAccount', cluster),
    eniConfigs: listedInCluster(world, 'k8s/ENIConfig', cluster),
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
