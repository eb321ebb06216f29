import { eksCluster } from '#joints/clusters.ts'
import { openingsOf, type Opening } from '#joints/irsa/openness.ts'
import { clusterRbac, type ClusterRbac, type RbacReader } from '#joints/rbac.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { ResourceQuestion } from '#rbac/question.ts'
import { othersWho, type Other } from './rights-of-others.ts'

type Role = Resource<'aws/iam/Role'>
export type WriterReader = RbacReader & Reader<'aws/iam/Role' | 'k8s/Namespace' | 'k8s/ServiceAccount'>

/** An opening of a role's trust, the cluster that it is open to, and who there may annotate or make a service account that fits it. */
export interface Writers {
  readonly opening: Opening
  readonly built: ClusterRbac
  readonly namespaces: readonly string[]
  readonly others: readonly Other[]
}

/**
 * For each opening of the role's trust that a cluster of this world is behind.
 * @throws Unread when the trust policy was not read
 */
export const writersOf = (world: WriterReader, role: Role): readonly Writers[] =>
  openingsOf(world, role).flatMap(opening => {
    const clusters = clusterOfIssuer(world)
    const cluster = clusters.get(opening.trust.token.issuer)
    // Of an issuer beside those that are known it is another cluster's matter; where none is known it may be this one's.
    if (clusters.size === 0) world.list('aws/eks/Cluster')
    if (cluster === undefined || eksCluster(world, cluster) === undefined) return []
    const built = clusterRbac(world, cluster)
    const namespaces = namespacesIn(world, cluster, opening)
    const found = new Map(
      namespaces.flatMap(namespace => othersWho(built, questionsFor(opening, namespace))).map(other => [other.key, other]),
    )
    return [{ opening, built, namespaces, others: [...found.values()] }]
  })

const clusterOfIssuer = perWorld(
  (world: Reader<'aws/eks/Cluster'>): ReadonlyMap<string, string> =>
    new Map(world.seen('aws/eks/Cluster').map(({ body }) => [(body.identity?.oidc?.issuer ?? '').replace(/^https:\/\//, ''), body.name])),
)

/** The namespaces of a cluster that the opening covers: the one that it names, those with its prefix, or all. */
function namespacesIn(world: WriterReader, cluster: string, { reach, namespace = '' }: Opening): readonly string[] {
  if (reach === 'whole-namespace') return [namespace]
  const all = world.list('k8s/Namespace', { cluster }).map(({ body }) => body.metadata.name)
  return reach === 'namespace-prefix' ? all.filter(name => name.startsWith(namespace)) : all
}

/** An opening for a certain name is open to whoever writes that service account; an open name to whoever writes any. */
function questionsFor({ reach, trust }: Opening, namespace: string): readonly ResourceQuestion[] {
  const name = reach === 'any-namespace' || reach === 'namespace-prefix' ? trust.token.subject.split(':').at(-1) : undefined
  const which = name === undefined || name.startsWith('mortise-probe') ? { someName: true as const } : { name }
  return [
    { verb: 'create', resource: 'serviceaccounts', namespace },
    ...['patch', 'update'].map(verb => ({ verb, resource: 'serviceaccounts', namespace, ...which })),
  ]
}
