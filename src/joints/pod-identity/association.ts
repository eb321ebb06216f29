import { Unread } from '#base/errors.ts'
import type { PodFacts } from '#iam/session.ts'
import { eksCluster } from '#joints/clusters.ts'
import { perKinds } from '#joints/per-world.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export type Association = Resource<'aws/eks/PodIdentityAssociation'>
export type AssociationReader = Reader<'aws/eks/Cluster' | 'aws/eks/PodIdentityAssociation'>

/** A service account by name: associations may be made before it. */
export interface AccountName {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
}

/** The service account of a workload that a blueprint declares. */
export const accountNameOf = (
  { body }: Resource<'aws/eks/Cluster'>,
  { namespace, serviceAccount: name }: Pick<BlueprintWorkload, 'namespace' | 'serviceAccount'>,
): AccountName => ({ cluster: body.name, namespace, name })

export const accountText = ({ namespace, serviceAccount }: Association['body']): string => `${namespace}/${serviceAccount}`

const keyOf = ({ cluster, namespace, name }: AccountName): string => `${cluster}\n${namespace}/${name}`

const byAccount = perKinds(
  ['aws/eks/PodIdentityAssociation'],
  (world: Reader<'aws/eks/PodIdentityAssociation'>): ReadonlyMap<string, Association> =>
    new Map(
      world
        .seen('aws/eks/PodIdentityAssociation')
        .map(item => [keyOf({ cluster: item.body.clusterName, namespace: item.body.namespace, name: item.body.serviceAccount }), item]),
    ),
)

/** The association of a service account, if it was read: a service account has at most one. */
export const seenAssociation = (world: AssociationReader, account: AccountName): Association | undefined =>
  byAccount(world).get(keyOf(account))

/**
 * The association of a service account; undefined when there is none.
 * @throws Unread when the associations of its cluster were not all read.
 */
export function associationOf(world: AssociationReader, account: AccountName): Association | undefined {
  const seen = seenAssociation(world, account)
  if (seen === undefined) associationsIn(world, account.cluster)
  return seen
}

/**
 * Every association of a cluster.
 * @throws Unread when they were not all read.
 */
export function associationsIn(world: AssociationReader, clusterName: string): readonly Association[] {
  const scope = eksCluster(world, clusterName)?.scope
  const within = scope === undefined || 'cluster' in scope ? undefined : { ...scope, clusterName }
  return world.where('aws/eks/PodIdentityAssociation', 'cluster', clusterName, within)
}

/**
 * The role of an association.
 * @throws Unread when the association was only listed, which does not tell.
 */
export function roleArnOf({ id, kind, body }: Association): string {
  if (body.roleArn !== undefined) return body.roleArn
  throw new Unread({
    kind,
    id,
    reason: 'the association was listed, not described',
    settle: { by: 'iam', action: 'eks:DescribePodIdentityAssociation' },
  })
}

export const hasPolicy = ({ body: { policy } }: Association): boolean => policy !== undefined && policy !== null

/** A session policy takes the tags away too. https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html */
export const sendsTags = (association: Association): boolean => association.body.disableSessionTags !== true && !hasPolicy(association)

/** An association is of a cluster of its own account and region. */
export const clusterArnOf = ({ id, body }: Association): string => `${id.split(':').slice(0, 5).join(':')}:cluster/${body.clusterName}`

/** What the tags of an association's sessions say; each pod has a name and a uid of its own. */
export function podFacts(association: Association): PodFacts {
  const { clusterName, namespace, serviceAccount } = association.body
  return { clusterArn: clusterArnOf(association), clusterName, namespace, serviceAccount, podName: '', podUid: '' }
}

/** What says that no tags are sent. */
export const untaggedPath = ({ body }: Association): readonly string[] =>
  body.disableSessionTags === true ? ['disableSessionTags'] : ['policy']

/** Milliseconds; undefined when it does not tell. Answers carry texts, some tools numbers of seconds. */
export function instantOf(value: unknown): number | undefined {
  const instant = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(instant) ? undefined : instant
}
