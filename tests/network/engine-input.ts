import type { AwsInput, NetworkInput } from '#network/aws-input.ts'
import type { PolicyInput } from '#network/input.ts'
import type { Ec2 } from '../oracles/network/cloud.ts'
import type { OracleWorld } from '../oracles/network/evaluator.ts'
import { ofKind } from '../oracles/network/objects.ts'

const list = (all: readonly unknown[]) => ({ all }) as never

/** What the engine takes, of the same objects that the slow evaluator reads raw. Everything was read. */
export function policyInputOf({ kubernetes, settings }: Pick<OracleWorld, 'kubernetes' | 'settings'>): PolicyInput {
  const kind = (name: string, group?: string) => list(ofKind(kubernetes, name, group))
  return {
    engine: { value: settings.engine },
    mode: { value: settings.mode },
    namespaces: kind('Namespace'),
    pods: kind('Pod'),
    nodes: kind('Node'),
    networkPolicies: kind('NetworkPolicy', 'networking.k8s.io'),
    applicationNetworkPolicies: kind('ApplicationNetworkPolicy', 'networking.k8s.aws'),
    awsClusterNetworkPolicies: kind('ClusterNetworkPolicy', 'networking.k8s.aws'),
    clusterNetworkPolicies: kind('ClusterNetworkPolicy', 'policy.networking.k8s.io'),
    adminNetworkPolicies: kind('AdminNetworkPolicy', 'policy.networking.k8s.io'),
    baselineAdminNetworkPolicies: kind('BaselineAdminNetworkPolicy', 'policy.networking.k8s.io'),
    services: kind('Service'),
    endpointSlices: kind('EndpointSlice'),
  }
}

type Described = Ec2 & Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | undefined>>

export function networkInputOf({ kubernetes, ec2, settings }: OracleWorld): NetworkInput {
  const described = ec2 as Described
  const kind = (name: string, group?: string) => list(ofKind(kubernetes, name, group))
  const all = (member: string, type: string, id: string, arn: string) =>
    list((described[member] ?? []).map(body => ({ ...body, [arn]: `arn:aws:ec2:eu-central-1:111122223333:${type}/${String(body[id])}` })))
  const custom = ofKind(kubernetes, 'ENIConfig').length > 0
  const aws: AwsInput = {
    cluster: { value: { vpcId: settings.vpcId, clusterSecurityGroupId: 'sg-cluster', version: '1.34' } },
    settings: {
      value: {
        podEni: true,
        securityGroupMode: settings.securityGroupMode,
        externalSnat: settings.externalSnat,
        excludeSnatCidrs: settings.excludeSnatCidrs,
        customNetworking: custom,
      },
    },
    vpcs: all('Vpcs', 'vpc', 'VpcId', 'Arn'),
    subnets: all('Subnets', 'subnet', 'SubnetId', 'SubnetArn'),
    routeTables: all('RouteTables', 'route-table', 'RouteTableId', 'Arn'),
    networkAcls: all('NetworkAcls', 'network-acl', 'NetworkAclId', 'Arn'),
    securityGroups: all('SecurityGroups', 'security-group', 'GroupId', 'SecurityGroupArn'),
    networkInterfaces: all('NetworkInterfaces', 'network-interface', 'NetworkInterfaceId', 'Arn'),
    natGateways: all('NatGateways', 'natgateway', 'NatGatewayId', 'Arn'),
    peerings: all('VpcPeeringConnections', 'vpc-peering-connection', 'VpcPeeringConnectionId', 'Arn'),
    prefixLists: all('ManagedPrefixLists', 'prefix-list', 'PrefixListId', 'PrefixListArn'),
    securityGroupPolicies: kind('SecurityGroupPolicy', 'vpcresources.k8s.aws'),
    serviceAccounts: kind('ServiceAccount'),
    eniConfigs: kind('ENIConfig'),
  }
  return { policies: policyInputOf({ kubernetes, settings }), aws }
}
