import type { ListFargateProfilesResponse } from '@aws-sdk/client-eks'
import { allPages } from './all-pages.ts'
import { readItems, type ClusterReading } from './eks-cluster-reading.ts'
import { nothing, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'

const kind = 'aws/eks/FargateProfile'

/** One call for each 100 names, and one for each profile. */
export async function readFargateProfiles(reading: ClusterReading): Promise<Part> {
  const { session, eks, cluster, where } = reading
  const { ListFargateProfilesCommand } = await import('@aws-sdk/client-eks')
  const listed = await allPages<ListFargateProfilesResponse, string>(
    nextToken => {
      const input = { clusterName: cluster.name, maxResults: 100, nextToken }
      return session.ask('eks', 'ListFargateProfiles', request => eks.send(new ListFargateProfilesCommand(input), request))
    },
    page => page.fargateProfileNames,
    page => page.nextToken,
  )
  return readItems(where, listed, name => readFargateProfile(reading, name))
}

/** Its ARN ends in an id that only the answer says, so one that may not be described leaves the cluster's profiles unread. */
async function readFargateProfile({ session, eks, cluster, where }: ClusterReading, fargateProfileName: string): Promise<Part> {
  const { DescribeFargateProfileCommand } = await import('@aws-sdk/client-eks')
  const input = { clusterName: cluster.name, fargateProfileName }
  const answer = await session.ask('eks', 'DescribeFargateProfile', request => eks.send(new DescribeFargateProfileCommand(input), request))
  if (answer.is === 'missing') return nothing
  if (answer.is !== 'ok') return unreadPart(where, answer)
  const { fargateProfile: profile } = answer.value
  if (profile?.fargateProfileArn === undefined)
    return unreadPart(where, { is: 'failed', reason: 'eks:DescribeFargateProfile gave no profile' })
  return {
    ...nothing,
    resources: [awsResource(kind, where.scope, profile, `eks:DescribeFargateProfile ${cluster.name} ${fargateProfileName}`)],
  }
}
