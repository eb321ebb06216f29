import type { ListAddonsResponse } from '@aws-sdk/client-eks'
import { allPages } from './all-pages.ts'
import { readItems, type ClusterReading } from './eks-cluster-reading.ts'
import { nothing, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'

const kind = 'aws/eks/Addon'

export async function readAddons(reading: ClusterReading): Promise<Part> {
  const { session, eks, cluster, where } = reading
  const { ListAddonsCommand } = await import('@aws-sdk/client-eks')
  const listed = await allPages<ListAddonsResponse, string>(
    token => {
      const input = { clusterName: cluster.name, ...(token === undefined ? {} : { nextToken: token }) }
      return session.ask('eks', 'ListAddons', request => eks.send(new ListAddonsCommand(input), request))
    },
    page => page.addons,
    page => page.nextToken,
  )
  return readItems(where, listed, name => readAddon(reading, name))
}

/** Its ARN ends in an id that only the answer says, so one that may not be described leaves the cluster's add-ons unread. */
async function readAddon({ session, eks, cluster, where }: ClusterReading, addonName: string): Promise<Part> {
  const { DescribeAddonCommand } = await import('@aws-sdk/client-eks')
  const input = { clusterName: cluster.name, addonName }
  const answer = await session.ask('eks', 'DescribeAddon', request => eks.send(new DescribeAddonCommand(input), request))
  if (answer.is === 'missing') return nothing
  if (answer.is !== 'ok') return unreadPart(where, answer)
  const { addon } = answer.value
  if (addon?.addonArn === undefined) return unreadPart(where, { is: 'failed', reason: 'eks:DescribeAddon gave no add-on' })
  return { ...nothing, resources: [awsResource(kind, where.scope, addon, `eks:DescribeAddon ${cluster.name} ${addonName}`)] }
}
