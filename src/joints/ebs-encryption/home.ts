import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import type { Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/** Where the volumes of a cluster are. */
export interface Home {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly cluster: Resource<'aws/eks/Cluster'>
}

export type HomeReader = Reader<'aws/eks/Cluster'>

export const clusterOf = ({ scope }: { readonly scope: Scope }): string => ('cluster' in scope ? scope.cluster : '')

/**
 * The drivers make and attach volumes in the account and region of the cluster.
 * @throws Unread when the cluster was not read
 */
export function homeOf(world: HomeReader, clusterName: string): Home {
  const cluster = eksCluster(world, clusterName)
  const arn = cluster === undefined ? undefined : parseArn(cluster.id)
  if (cluster === undefined || arn === undefined) throw new Unread(whyNoCluster(world, clusterName))
  return { partition: arn.partition, region: arn.region, account: arn.account, cluster }
}

export const inHome = ({ region, account }: Omit<Home, 'cluster'>): Scope => ({ account, region })
