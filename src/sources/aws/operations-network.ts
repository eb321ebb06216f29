import type { AwsNetworkBodies } from '#model/kinds-aws-network.ts'
import { needs, type KindOperations } from './kind-operations.ts'

/** What reading the kinds of the network calls. */
export const networkOperations: { readonly [K in keyof AwsNetworkBodies]: KindOperations } = {
  'aws/ec2/FlowLog': needs(),
  'aws/ec2/InternetGateway': needs(),
  'aws/ec2/ManagedPrefixList': needs(),
  'aws/ec2/NatGateway': needs(),
  'aws/ec2/NetworkAcl': needs(),
  'aws/ec2/NetworkInterface': needs(),
  'aws/ec2/RouteTable': needs(),
  'aws/ec2/SecurityGroup': needs(),
  'aws/ec2/Subnet': needs(),
  'aws/ec2/Vpc': needs(),
  'aws/ec2/VpcPeeringConnection': needs(),
  'aws/eks/FargateProfile': needs(),
  'aws/eks/Nodegroup': needs(),
  'aws/servicequotas/Quota': needs(),
}
