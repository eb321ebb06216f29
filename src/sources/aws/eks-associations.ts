import type { ListPodIdentityAssociationsResponse, PodIdentityAssociationSummary } from '@aws-sdk/client-eks'
import { allPages } from './all-pages.ts'
import { policyDocument } from './body.ts'
import { readItems, type ClusterReading } from './eks-cluster-reading.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'

const kind = 'aws/eks/PodIdentityAssociation'

/** The list names neither role nor policy, so each is described. */
export async function readAssociations(reading: ClusterReading): Promise<Part> {
  const { session, eks, cluster, where } = reading
  const { ListPodIdentityAssociationsCommand } = await import('@aws-sdk/client-eks')
  const listed = await allPages<ListPodIdentityAssociationsResponse, PodIdentityAssociationSummary>(
    token => {
      const input = { clusterName: cluster.name, ...(token === undefined ? {} : { nextToken: token }) }
      return session.ask('eks', 'ListPodIdentityAssociations', request => eks.send(new ListPodIdentityAssociationsCommand(input), request))
    },
    page => page.associations,
    page => page.nextToken,
  )
  return readItems(where, listed, summary => readAssociation(reading, summary))
}

async function readAssociation({ session, eks, cluster, where }: ClusterReading, summary: PodIdentityAssociationSummary): Promise<Part> {
  const { associationId, associationArn } = summary
  const { DescribePodIdentityAssociationCommand } = await import('@aws-sdk/client-eks')
  const input = { clusterName: cluster.name, associationId }
  const answer = await session.ask('eks', 'DescribePodIdentityAssociation', request =>
    eks.send(new DescribePodIdentityAssociationCommand(input), request),
  )
  // Deleted since it was listed.
  if (answer.is === 'missing') return nothing
  if (associationArn === undefined) return unreadPart(where, { is: 'failed', reason: 'eks:ListPodIdentityAssociations gave no ARN' })
  const one = { ...where, id: associationArn }
  // That it exists is known all the same.
  const listed = { ...nothing, resources: [awsResource(kind, where.scope, summary, `eks:ListPodIdentityAssociations ${cluster.name}`)] }
  if (answer.is !== 'ok') return together([listed, unreadPart(one, answer, associationArn)])
  const { association } = answer.value
  if (association?.associationArn === undefined)
    return unreadPart(one, { is: 'failed', reason: 'eks:DescribePodIdentityAssociation gave no association' })
  const { policy, ...rest } = association
  const body = policy === undefined ? rest : { ...rest, policy: policyDocument(policy) }
  return {
    ...nothing,
    resources: [awsResource(kind, where.scope, body, `eks:DescribePodIdentityAssociation ${cluster.name} ${associationId}`)],
  }
}
