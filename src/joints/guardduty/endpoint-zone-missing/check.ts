import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { openEndpoints, vpcOf } from '../endpoint.ts'

export default defineCheck({
  id: 'guardduty/endpoint-zone-missing',
  title: 'The GuardDuty endpoint has no interface in a zone of the cluster',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/ec2/Subnet', 'aws/ec2/VpcEndpoint'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html',
  ],

  test({ subject: cluster, world }) {
    const endpoints = openEndpoints(world, cluster)
    const [endpoint] = endpoints
    if (endpoint === undefined) return skip('the VPC has no endpoint guardduty-data that is open')
    const { account, region, vpc } = vpcOf(cluster)
    const subnets = world.where('aws/ec2/Subnet', 'vpc', vpc, { account, region })
    const zoneOf = (id: string): string => {
      const zone = subnets.find(({ body }) => body.SubnetId === id)?.body.AvailabilityZone
      if (zone !== undefined) return zone
      throw new Unread({
        kind: 'aws/ec2/Subnet',
        reason: `the zone of subnet ${id} was not read`,
        settle: { by: 'iam', action: 'ec2:DescribeSubnets' },
      })
    }
    const served = new Set(endpoints.flatMap(({ body }) => body.SubnetIds ?? []).map(zoneOf))
    const own = cluster.body.resourcesVpcConfig?.subnetIds ?? []
    const missing = own.findIndex(id => !served.has(zoneOf(id)))
    if (own.length === 0 || served.size === 0) return skip('the cluster or the endpoint names no subnets')
    if (missing < 0)
      return pass(
        endpoint.at(['SubnetIds'], 'an interface in every zone of the cluster', 'key'),
        ...subnets.map(subnet => subnet.at(['AvailabilityZone'], 'a zone')),
      )
    const id = own[missing] ?? ''
    return fail({
      message: `endpoint ${endpoint.body.VpcEndpointId} has no interface in ${zoneOf(id)}, where cluster ${cluster.body.name} has subnet ${id}`,
      evidence: [
        endpoint.at(['SubnetIds'], 'the subnets of the endpoint', 'key'),
        cluster.at(['resourcesVpcConfig', 'subnetIds', missing], 'a subnet in another zone'),
      ],
      effect: 'Agents there send to another zone, which costs transfer, and nodes are not covered when that zone fails.',
      help: `Add a subnet of ${zoneOf(id)} to the endpoint: aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.body.VpcEndpointId} --add-subnet-ids ${id}.`,
    })
  },
})
