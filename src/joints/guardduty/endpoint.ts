import { Unread } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { homeOf, type Cluster, type Home } from './home.ts'

export type Endpoint = Resource<'aws/ec2/VpcEndpoint'>

/** The VPC of a cluster. @throws Unread when the cluster does not name it */
export function vpcOf(cluster: Cluster): Home & { readonly vpc: string } {
  const vpc = cluster.body.resourcesVpcConfig?.vpcId
  if (vpc !== undefined) return { ...homeOf(cluster), vpc }
  throw new Unread({
    kind: cluster.kind,
    id: cluster.id,
    reason: 'the cluster was read without its VPC',
    settle: { by: 'iam', action: 'eks:DescribeCluster', resource: cluster.body.arn },
  })
}

/**
 * The endpoints through which agents in the cluster's VPC send what they see, whatever their state.
 * https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html
 * @throws Unread when the endpoints of the VPC were not all read
 */
export function dataEndpoints(world: Reader<'aws/ec2/VpcEndpoint'>, cluster: Cluster): readonly Endpoint[] {
  const { account, region, vpc } = vpcOf(cluster)
  return world
    .where('aws/ec2/VpcEndpoint', 'vpc', vpc, { account, region })
    .filter(({ body }) => (body.ServiceName ?? '').endsWith(`.amazonaws.${region}.guardduty-data`))
}

/** The API writes `available`, the SDK's documentation `Available`. @throws Unread when the endpoint does not say */
export function stateOf({ body, kind, id }: Endpoint): string {
  if (body.State !== undefined) return body.State.toLowerCase()
  throw new Unread({
    kind,
    id,
    reason: 'the endpoint was read without its state',
    settle: { by: 'iam', action: 'ec2:DescribeVpcEndpoints' },
  })
}

/** Those that take traffic. @throws Unread as `dataEndpoints` and `stateOf` */
export const openEndpoints = (world: Reader<'aws/ec2/VpcEndpoint'>, cluster: Cluster): readonly Endpoint[] =>
  dataEndpoints(world, cluster).filter(endpoint => stateOf(endpoint) === 'available')
