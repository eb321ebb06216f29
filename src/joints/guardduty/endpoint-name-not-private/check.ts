import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { openEndpoints, vpcOf } from '../endpoint.ts'

const attributes = ['EnableDnsSupport', 'EnableDnsHostnames'] as const

export default defineCheck({
  id: 'guardduty/endpoint-name-not-private',
  title: 'In the VPC of a cluster the name of the GuardDuty endpoint does not lead to it',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/ec2/Vpc', 'aws/ec2/VpcEndpoint'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names',
  ],

  test({ subject: cluster, world }) {
    const endpoints = openEndpoints(world, cluster)
    const [first] = endpoints
    if (first === undefined) return skip('the VPC has no endpoint guardduty-data that is open')
    const { vpc, account, region } = vpcOf(cluster)
    const [found] = world.where('aws/ec2/Vpc', 'vpc', vpc, { account, region })
    if (found === undefined)
      throw new Unread({ kind: 'aws/ec2/Vpc', reason: `VPC ${vpc} was not read`, settle: { by: 'iam', action: 'ec2:DescribeVpcs' } })
    const off = attributes.filter(name => !isTrue(found, name))
    const private_ = endpoints.find(({ body }) => body.PrivateDnsEnabled === true)
    if (private_ !== undefined && off.length === 0)
      return pass(
        private_.at(['PrivateDnsEnabled'], 'the endpoint has the usual name'),
        ...attributes.map(name => found.at([name, 'Value'], 'the VPC resolves it')),
      )
    const evidence = off.map(name => found.at([name, 'Value'], 'private DNS names need it'))
    const dns =
      private_ === undefined
        ? [
            first.at(
              [first.body.PrivateDnsEnabled === undefined ? 'VpcEndpointId' : 'PrivateDnsEnabled'],
              'the endpoint has no private DNS name',
            ),
          ]
        : []
    const [primary, ...rest]: readonly Evidence[] = [...evidence, ...dns]
    return fail({
      message: `guardduty-data.${region}.amazonaws.com does not lead to endpoint ${first.body.VpcEndpointId} in VPC ${vpc} of cluster ${cluster.body.name}`,
      evidence: [primary ?? first.at(['VpcEndpointId'], 'the endpoint'), ...rest],
      effect:
        'The name does not resolve to the addresses of the endpoint, so agents do not reach GuardDuty, and exit: CrashLoopBackOff on every node.',
      fix: {
        title: 'make the name private',
        safe: false,
        changes: [...off.map(name => vpcChange(found, name)), ...(private_ === undefined ? [privateName(first)] : [])],
      },
    })
  },
})

/** @throws Unread when the attribute was not read */
function isTrue(vpc: Resource<'aws/ec2/Vpc'>, name: (typeof attributes)[number]): boolean {
  const value = vpc.body[name]?.Value
  if (value !== undefined) return value
  throw new Unread({
    kind: vpc.kind,
    id: vpc.id,
    reason: `whether the VPC has ${name} was not read`,
    settle: { by: 'iam', action: 'ec2:DescribeVpcAttribute', resource: vpc.id },
  })
}

const vpcChange = (vpc: Resource<'aws/ec2/Vpc'>, name: string): Change => ({
  target: targetOf(vpc),
  edit: setting(vpc, [name, 'Value'], true),
  permissions: ['ec2:ModifyVpcAttribute'],
  risk: 'Everything in the VPC gets DNS by Amazon’s resolver, and names for its public addresses.',
})

const privateName = (endpoint: Resource<'aws/ec2/VpcEndpoint'>): Change => ({
  target: targetOf(endpoint),
  edit: setting(endpoint, ['PrivateDnsEnabled'], true),
  permissions: ['ec2:ModifyVpcEndpoint'],
  risk: 'Everything in the VPC then reaches guardduty-data by this endpoint. Another endpoint of the VPC with the same name keeps it from being set.',
})
