import { issuerOf, type Issuer } from '#joints/clusters.ts'
import type { WebIdentityToken } from '#joints/trust.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { audienceOf, providerArn, tokenSubject, type RoleArn } from './service-account.ts'

/** The token that pods of the service account present for the role, and the cluster that issues it. */
export interface IssuedToken extends WebIdentityToken {
  readonly cluster: Issuer['cluster']
}

/**
 * @throws Unread when the cluster was not read.
 */
export function tokenFor(world: Reader<'aws/eks/Cluster'>, serviceAccount: Resource<'k8s/ServiceAccount'>, role: RoleArn): IssuedToken {
  const { key, cluster } = issuerOf(world, serviceAccount.scope)
  return {
    provider: providerArn(role, key),
    issuer: key,
    subject: tokenSubject(serviceAccount),
    audience: audienceOf(serviceAccount),
    cluster,
  }
}
