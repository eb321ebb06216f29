import type { DescribeVpcEndpointsResult, EC2Client, VpcEndpoint } from '@aws-sdk/client-ec2'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/ec2/VpcEndpoint'

/** Every VPC endpoint of the account in one region. */
export async function readVpcEndpoints(session: Session, region: string): Promise<Part> {
  const { DescribeVpcEndpointsCommand, EC2Client } = await import('@aws-sdk/client-ec2')
  const ec2: EC2Client = new EC2Client({ ...session.clientOptions, region })
  const { account, partition } = session
  const where = { kind, scope: { account, region } } as const
  const listed = await allPages<DescribeVpcEndpointsResult, VpcEndpoint>(
    token => {
      const input = { MaxResults: 1000, ...(token === undefined ? {} : { NextToken: token }) }
      return session.ask('ec2', 'DescribeVpcEndpoints', request => ec2.send(new DescribeVpcEndpointsCommand(input), request))
    },
    page => page.VpcEndpoints,
    page => page.NextToken,
  )
  const resources = listed.items.flatMap(endpoint => {
    if (endpoint.VpcEndpointId === undefined) return []
    const Arn = `arn:${partition}:ec2:${region}:${account}:vpc-endpoint/${endpoint.VpcEndpointId}`
    return [awsResource(kind, where.scope, { Arn, ...endpoint }, `ec2:DescribeVpcEndpoints ${endpoint.VpcEndpointId}`)]
  })
  return together([
    { ...nothing, resources },
    listed.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, listed.refused),
  ])
}
