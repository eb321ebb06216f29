import type { ListNodegroupsResponse } from '@aws-sdk/client-eks'
import { allPages } from './all-pages.ts'
import { readItems, type ClusterReading } from './eks-cluster-reading.ts'
import { nothing, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'

const kind = 'aws/eks/Nodegroup'

/** One call for each 100 names, and one for each node group. */
export async function readNodegroups(reading: ClusterReading): Promise<Part> {
  const { session, eks, cluster, where } = reading
  const { ListNodegroupsCommand } = await import('@aws-sdk/client-eks')
  const listed = await allPages<ListNodegroupsResponse, string>(
    nextToken => {
      const input = { clusterName: cluster.name, maxResults: 100, nextToken }
      return session.ask('eks', 'ListNodegroups', request => eks.send(new ListNodegroupsCommand(input), request))
    },
    page => page.nodegroups,
    page => page.nextToken,
  )
  return readItems(where, listed, name => readNodegroup(reading, name))
}

/** Its ARN ends in an id that only the answer says, so one that may not be described leaves the cluster's node groups unread. */
async function readNodegroup({ session, eks, cluster, where }: ClusterReading, nodegroupName: string): Promise<Part> {
  const { DescribeNodegroupCommand } = await import('@aws-sdk/client-eks')
  const input = { clusterName: cluster.name, nodegroupName }
  const answer = await session.ask('eks', 'DescribeNodegroup', request => eks.send(new DescribeNodegroupCommand(input), request))
  if (answer.is === 'missing') return nothing
  if (answer.is !== 'ok') return unreadPart(where, answer)
  const { nodegroup } = answer.value
  if (nodegroup?.nodegroupArn === undefined) return unreadPart(where, { is: 'failed', reason: 'eks:DescribeNodegroup gave no node group' })
  return { ...nothing, resources: [awsResource(kind, where.scope, nodegroup, `eks:DescribeNodegroup ${cluster.name} ${nodegroupName}`)] }
}
