import type { AssociatedAccessPolicy, ListAccessEntriesResponse, ListAssociatedAccessPoliciesResponse } from '@aws-sdk/client-eks'
import { allPages } from './all-pages.ts'
import { readItems, type ClusterReading } from './eks-cluster-reading.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'

const kind = 'aws/eks/AccessEntry'

/**
 * A cluster that authenticates by its ConfigMap alone has no access entries, and answers the question for them with an error.
 * https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
 */
export async function readAccessEntries(reading: ClusterReading): Promise<Part> {
  const { session, eks, cluster, where } = reading
  if (cluster.described?.body.accessConfig?.authenticationMode === 'CONFIG_MAP') return { ...nothing, read: [where] }
  const { ListAccessEntriesCommand } = await import('@aws-sdk/client-eks')
  const listed = await allPages<ListAccessEntriesResponse, string>(
    token => {
      const input = { clusterName: cluster.name, ...(token === undefined ? {} : { nextToken: token }) }
      return session.ask('eks', 'ListAccessEntries', request => eks.send(new ListAccessEntriesCommand(input), request))
    },
    page => page.accessEntries,
    page => page.nextToken,
  )
  return readItems(where, listed, principalArn => readAccessEntry(reading, principalArn))
}

async function readAccessEntry(reading: ClusterReading, principalArn: string): Promise<Part> {
  const { session, eks, cluster, where } = reading
  const { DescribeAccessEntryCommand } = await import('@aws-sdk/client-eks')
  const input = { clusterName: cluster.name, principalArn }
  const answer = await session.ask('eks', 'DescribeAccessEntry', request => eks.send(new DescribeAccessEntryCommand(input), request))
  if (answer.is === 'missing') return nothing
  if (answer.is !== 'ok') return unreadPart(where, answer)
  const { accessEntry } = answer.value
  if (accessEntry?.accessEntryArn === undefined)
    return unreadPart(where, { is: 'failed', reason: 'eks:DescribeAccessEntry gave no access entry' })
  const call = `eks:DescribeAccessEntry ${cluster.name} ${principalArn}`
  const listed = await readAccessPolicies(reading, principalArn)
  if (listed.refused === undefined) {
    return { ...nothing, resources: [awsResource(kind, where.scope, { ...accessEntry, associatedAccessPolicies: listed.items }, call)] }
  }
  // What it may do is not known, but that it is there is.
  const there = { ...nothing, resources: [awsResource(kind, where.scope, accessEntry, call)] }
  return together([there, unreadPart({ ...where, id: accessEntry.accessEntryArn }, listed.refused, accessEntry.accessEntryArn)])
}

function readAccessPolicies({ session, eks, cluster }: ClusterReading, principalArn: string) {
  return allPages<ListAssociatedAccessPoliciesResponse, AssociatedAccessPolicy>(
    async token => {
      const { ListAssociatedAccessPoliciesCommand } = await import('@aws-sdk/client-eks')
      const input = { clusterName: cluster.name, principalArn, ...(token === undefined ? {} : { nextToken: token }) }
      return session.ask('eks', 'ListAssociatedAccessPolicies', request =>
        eks.send(new ListAssociatedAccessPoliciesCommand(input), request),
      )
    },
    page => page.associatedAccessPolicies,
    page => page.nextToken,
  )
}
