import type { Kinds } from '#model/kinds.ts'
import type { Known, Listed, PolicyInput, VpcCniSettings } from './input.ts'

/** What EKS says of the cluster's place in AWS. */
export interface ClusterNetwork {
  readonly vpcId: string
  /** `resourcesVpcConfig.clusterSecurityGroupId`: of the control plane's interfaces, and of Fargate pods that no policy selects. */
  readonly clusterSecurityGroupId?: string
  /** Of the form `1.36`: from there on EKS Auto Mode gives pods branch interfaces. */
  readonly version?: string
}

/**
 * What the AWS layer is compiled from: objects as their APIs give them. Lists may hold more than one VPC (peers); what is not of the cluster's
 * VPC or of one that its routes reach is passed over. A list with `missing` never proves that something does not exist.
 */
export interface AwsInput {
  readonly cluster: Known<ClusterNetwork>
  readonly settings: Known<VpcCniSettings>
  readonly vpcs: Listed<Kinds['aws/ec2/Vpc']>
  readonly subnets: Listed<Kinds['aws/ec2/Subnet']>
  readonly routeTables: Listed<Kinds['aws/ec2/RouteTable']>
  readonly networkAcls: Listed<Kinds['aws/ec2/NetworkAcl']>
  readonly securityGroups: Listed<Kinds['aws/ec2/SecurityGroup']>
  readonly networkInterfaces: Listed<Kinds['aws/ec2/NetworkInterface']>
  readonly natGateways: Listed<Kinds['aws/ec2/NatGateway']>
  readonly peerings: Listed<Kinds['aws/ec2/VpcPeeringConnection']>
  readonly prefixLists: Listed<Kinds['aws/ec2/ManagedPrefixList']>
  readonly securityGroupPolicies: Listed<Kinds['k8s/SecurityGroupPolicy']>
  readonly serviceAccounts: Listed<Kinds['k8s/ServiceAccount']>
  readonly eniConfigs: Listed<Kinds['k8s/ENIConfig']>
}

/** Everything that the combined engine knows: what policies are compiled from, which holds pods, nodes and services, and AWS's side. */
export interface NetworkInput {
  readonly policies: PolicyInput
  readonly aws: AwsInput
}
