import { Unread, type UnreadFact } from '#base/errors.ts'
import type { Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/** The one EKS cluster that Kubernetes objects of this name live in; undefined when none or several were read. */
export function eksCluster(world: Reader<'aws/eks/Cluster'>, name: string): Resource<'aws/eks/Cluster'> | undefined {
  const named = world.seen('aws/eks/Cluster').filter(cluster => cluster.body.name === name)
  return named.length === 1 ? named[0] : undefined
}

/** Where EKS keeps what is of one cluster: its add-ons, associations, access entries and Fargate profiles. */
export const scopeInside = ({ body: { name: clusterName }, scope }: Resource<'aws/eks/Cluster'>): Scope =>
  'cluster' in scope ? scope : { ...scope, clusterName }

/** The cluster's OIDC issuer without `https://`, as provider ARNs and condition keys spell it. */
export interface Issuer {
  /** `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE`. */
  readonly key: string
  readonly cluster: Resource<'aws/eks/Cluster'>
}

/**
 * @throws Unread when the cluster was not read, or its answer does not say.
 */
export function issuerOf(world: Reader<'aws/eks/Cluster'>, scope: Scope): Issuer {
  const name = 'cluster' in scope ? scope.cluster : ''
  const cluster = eksCluster(world, name)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
  const issuer = cluster.body.identity?.oidc?.issuer
  if (issuer === undefined || issuer === '') {
    throw new Unread({ kind: 'aws/eks/Cluster', id: cluster.id, reason: 'the cluster names no OIDC issuer' })
  }
  return { key: issuer.replace(/^https:\/\//, ''), cluster }
}

/** Why there is no cluster of that name: what the source that failed says, else that nobody read one. */
export function whyNoCluster(world: Reader<'aws/eks/Cluster'>, name: string): UnreadFact {
  try {
    world.where('aws/eks/Cluster', 'name', name)
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    if (error.fact.settle?.by !== 'user') return error.fact
  }
  return {
    kind: 'aws/eks/Cluster',
    reason: `no single EKS cluster named ${name} was read`,
    settle: { by: 'user', step: 'add the output of aws eks describe-cluster, or name the cluster with --cluster' },
  }
}

/** The part of a cluster's account that is the cluster's own: its add-ons, associations and access entries. */
export const ownOf = ({ scope, body }: Resource<'aws/eks/Cluster'>): Scope =>
  'cluster' in scope ? scope : { ...scope, clusterName: body.name }
