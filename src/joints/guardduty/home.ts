import { Unread } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export type Cluster = Resource<'aws/eks/Cluster'>

/** The account and region of an EKS cluster, or of what GuardDuty keeps there: a detector sees its own region alone. */
export interface Home {
  readonly account: string
  readonly region: string
}

/** @throws Unread when the resource does not say which region it is in */
export function homeOf({ scope, kind, id }: Resource): Home {
  if ('account' in scope && scope.region !== undefined) return { account: scope.account, region: scope.region }
  throw new Unread({ kind, id, reason: 'its account and region are not known' })
}

/** `aws`, `aws-cn`, `aws-us-gov`: from an ARN. */
export const partitionOf = (arn: string): string => arn.split(':')[1] ?? ''

/**
 * Where the Kubernetes objects of an EKS cluster are: in the cluster of its name.
 * @throws Unread when several EKS clusters have that name
 */
export function insideOf(world: Reader<'aws/eks/Cluster'>, cluster: Cluster): { readonly cluster: string } {
  const { name } = cluster.body
  const namesakes = world.seen('aws/eks/Cluster').filter(({ body }) => body.name === name)
  if (namesakes.length === 1) return { cluster: name }
  throw new Unread({
    kind: 'aws/eks/Cluster',
    id: cluster.id,
    reason: `${namesakes.length} EKS clusters are named ${name}, and which of them the Kubernetes objects are of is not told`,
    settle: { by: 'user', step: 'read one of the clusters at a time' },
  })
}
