import { load } from 'js-yaml'
import { Unread, type UnreadFact } from '#base/errors.ts'
import type { AwsAuth } from '#rbac/aws-auth.ts'
import { compileClusterAccess, type AccessEntry, type AuthenticationMode, type ClusterAccess, type Mapping } from '#rbac/cluster-access.ts'
import { compileRbac, type Rbac } from '#rbac/compile.ts'
import type { Grant } from '#rbac/decide.ts'
import { withDefaultRoles } from '#rbac/default-roles.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { tried } from './access-documents.ts'
import { eksCluster, whyNoCluster } from './clusters.ts'
import { perWorld } from './per-world.ts'

/** What decides who may do what in a cluster. */
export const rbacKinds = [
  'aws/eks/AccessEntry',
  'aws/eks/Cluster',
  'k8s/ClusterRole',
  'k8s/ClusterRoleBinding',
  'k8s/ConfigMap',
  'k8s/Role',
  'k8s/RoleBinding',
] as const

export type RbacReader = Reader<(typeof rbacKinds)[number]>
export type EntryResource = Resource<'aws/eks/AccessEntry'>
export type AwsAuthResource = Resource<'k8s/ConfigMap'>

/** One cluster's authorization, as far as it was read: rights only ever add, so what is found here holds whatever else there is. */
export interface ClusterRbac {
  readonly cluster: string
  readonly rbac: Rbac
  readonly access: ClusterAccess
  readonly entries: readonly EntryResource[]
  readonly awsAuth: AwsAuthResource | undefined
  /** Why more subjects, roles or bindings may exist. */
  readonly unread: readonly UnreadFact[]
  /** Where a right comes from: the binding's subject and the role's rule, or the access entry's policy. Nothing for system:masters. */
  grantEvidence(grant: Grant, label: string): readonly Evidence[]
  /** Where an IAM principal is mapped. */
  mappingEvidence(by: Mapping, label: string): Evidence | undefined
}

const builds = perWorld((_world: object) => new Map<string, ClusterRbac>())

/** Everything that decides about requests to the API server of a cluster, built once per world. */
export function clusterRbac(world: RbacReader, cluster: string): ClusterRbac {
  const known = builds(world).get(cluster)
  if (known !== undefined) return known
  const built = build(world, cluster)
  builds(world).set(cluster, built)
  return built
}

/** The clusters that something was read of. */
export const clusterNames = perWorld((world: RbacReader): readonly string[] => {
  const kinds = ['k8s/ClusterRole', 'k8s/ClusterRoleBinding', 'k8s/ConfigMap', 'k8s/Role', 'k8s/RoleBinding'] as const
  const inside = kinds.flatMap(kind => world.seen(kind).map(({ scope }) => ('cluster' in scope ? scope.cluster : '')))
  const outside = [
    ...world.seen('aws/eks/Cluster').map(({ body }) => body.name),
    ...world.seen('aws/eks/AccessEntry').map(({ body }) => body.clusterName),
  ]
  return [...new Set([...inside, ...outside])].sort()
})

function build(world: RbacReader, cluster: string): ClusterRbac {
  const within = { cluster }
  const isHere = ({ scope }: Resource) => 'cluster' in scope && scope.cluster === cluster
  const unread: UnreadFact[] = []
  const seen = <K extends 'k8s/ClusterRole' | 'k8s/ClusterRoleBinding' | 'k8s/Role' | 'k8s/RoleBinding'>(
    kind: K,
  ): readonly Resource<K>[] => {
    const all = tried(() => world.list(kind, within))
    if (all.is === 'unread') unread.push(all.fact)
    return all.is === 'read' ? all.value : world.seen(kind).filter(isHere)
  }
  const [clusterRoles, clusterRoleBindings, roles, roleBindings] = [
    seen('k8s/ClusterRole'),
    seen('k8s/ClusterRoleBinding'),
    seen('k8s/Role'),
    seen('k8s/RoleBinding'),
  ]
  const mode = modeOf(world, cluster, unread)
  const entries = mode === 'CONFIG_MAP' ? [] : entriesOf(world, cluster, unread)
  const awsAuth = mode === 'API' ? undefined : awsAuthOf(world, cluster, unread)
  const access = compileClusterAccess({
    mode: mode ?? 'API_AND_CONFIG_MAP',
    accessEntries: entries.map(({ body }) => accessEntry(body)),
    awsAuth: awsAuth === undefined ? {} : parsedAwsAuth(awsAuth),
  })
  const bodies = <K extends Resource['kind']>(list: readonly Resource<K>[]) => list.map(({ body }) => body)
  const rbac = compileRbac({
    // Manifests bind edit and view without holding them: the API server makes them itself.
    clusterRoles: withDefaultRoles(bodies(clusterRoles)),
    clusterRoleBindings: bodies(clusterRoleBindings),
    roles: bodies(roles),
    roleBindings: bodies(roleBindings),
    aggregation: 'gathered',
    accessPolicies: access.accessPolicies,
  })
  const byBody = new Map<object, Resource>(
    [...clusterRoles, ...clusterRoleBindings, ...roles, ...roleBindings].map(resource => [resource.body, resource as Resource]),
  )
  return { cluster, rbac, access, entries, awsAuth, unread, ...places(byBody, entries, awsAuth) }
}

/** Clusters older than access entries do not tell: they use the ConfigMap. https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html */
function modeOf(world: RbacReader, cluster: string, unread: UnreadFact[]): AuthenticationMode | undefined {
  const eks = eksCluster(world, cluster)
  if (eks !== undefined) return eks.body.accessConfig?.authenticationMode ?? 'CONFIG_MAP'
  unread.push(whyNoCluster(world, cluster))
  return undefined
}

function entriesOf(world: RbacReader, cluster: string, unread: UnreadFact[]): readonly EntryResource[] {
  const scope = eksCluster(world, cluster)?.scope
  const within = scope === undefined || 'cluster' in scope ? undefined : { ...scope, clusterName: cluster }
  const all = tried(() => world.where('aws/eks/AccessEntry', 'cluster', cluster, within))
  if (all.is === 'read') return all.value
  unread.push(all.fact)
  return world.seen('aws/eks/AccessEntry').filter(({ body }) => body.clusterName === cluster)
}

const awsAuthId = 'kube-system/aws-auth'

function awsAuthOf(world: RbacReader, cluster: string, unread: UnreadFact[]): AwsAuthResource | undefined {
  const found = tried(() => world.find('k8s/ConfigMap', awsAuthId, { cluster }))
  if (found.is === 'read') return found.value
  unread.push(found.fact)
  return undefined
}

/** The texts of aws-auth as YAML; a text that is none maps nobody. */
export function parsedAwsAuth({ body }: AwsAuthResource): AwsAuth {
  const parsed = (text: string | undefined): unknown => {
    if (text === undefined) return undefined
    try {
      return load(text)
    } catch {
      return undefined
    }
  }
  return {
    mapRoles: parsed(body.data?.['mapRoles']),
    mapUsers: parsed(body.data?.['mapUsers']),
    mapAccounts: parsed(body.data?.['mapAccounts']),
  }
}

function accessEntry({ principalArn, username, kubernetesGroups, type, associatedAccessPolicies }: EntryResource['body']): AccessEntry {
  const policies = (associatedAccessPolicies ?? []).flatMap(({ policyArn, accessScope }) =>
    policyArn === undefined
      ? []
      : [
          {
            policyArn,
            accessScope: {
              ...(accessScope?.type === undefined ? {} : { type: accessScope.type }),
              namespaces: accessScope?.namespaces ?? [],
            },
          },
        ],
  )
  return {
    principalArn,
    policies,
    ...(username === undefined ? {} : { username }),
    ...(kubernetesGroups === undefined ? {} : { kubernetesGroups }),
    ...(type === undefined ? {} : { type }),
  }
}

function places(
  byBody: ReadonlyMap<object, Resource>,
  entries: readonly EntryResource[],
  awsAuth: AwsAuthResource | undefined,
): Pick<ClusterRbac, 'grantEvidence' | 'mappingEvidence'> {
  return {
    grantEvidence(grant, label) {
      if (grant.by === 'masters') return []
      if (grant.by === 'accessPolicy') {
        const entry = entries.find(({ body }) => body.principalArn === grant.association.principalArn)
        const index = (entry?.body.associatedAccessPolicies ?? []).findIndex(({ policyArn }) => policyArn === grant.association.policyArn)
        return entry === undefined || index < 0 ? [] : [entry.at(['associatedAccessPolicies', index, 'policyArn'], label)]
      }
      const binding = byBody.get(grant.binding.document)
      const role = byBody.get(grant.from.document)
      return [
        ...(binding === undefined ? [] : [binding.at(['subjects', grant.subject, 'name'], label)]),
        ...(role === undefined ? [] : [role.at(['rules', grant.rule], 'this rule allows it')]),
      ]
    },
    mappingEvidence(by, label) {
      if (by.by === 'accessEntry') return entries[by.index]?.at(['principalArn'], label)
      const list = by.by === 'mapAccounts' ? 'mapAccounts' : by.row.list
      return awsAuth?.at(['data', list], label, 'key')
    },
  }
}

/** @throws Unread when something that could add rights was not read: nobody else may be said to have none. */
export function assertWhole({ unread }: ClusterRbac): void {
  const [first] = unread
  if (first !== undefined) throw new Unread(first)
}
