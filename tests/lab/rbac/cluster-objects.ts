import type { Binding, Cluster, Role } from '../../oracles/rbac/evaluator.ts'
import type { Lab } from '../lab.ts'

const apiVersion = 'rbac.authorization.k8s.io/v1'
const kinds = {
  roles: 'Role',
  clusterRoles: 'ClusterRole',
  roleBindings: 'RoleBinding',
  clusterRoleBindings: 'ClusterRoleBinding',
} as const

/** Applies everything as one list. */
export async function applyCluster(lab: Lab, clusters: readonly Cluster[], namespaces: readonly string[]): Promise<void> {
  const objects = clusters.flatMap(cluster =>
    Object.entries(kinds).flatMap(([list, kind]) => cluster[list as keyof Cluster].map(document => ({ apiVersion, kind, ...document }))),
  )
  const homes = namespaces.map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
  await lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...homes, ...objects] }))
}

/** Everything of RBAC that the cluster has, its own roles and bindings included. */
export async function readCluster(lab: Lab): Promise<Cluster> {
  const list = async <Item>(kind: string) =>
    (JSON.parse(await lab.kubectl('get', kind, '--all-namespaces', '--output=json')) as { items: Item[] }).items
  const [roles, clusterRoles, roleBindings, clusterRoleBindings] = await Promise.all([
    list<Role>('roles'),
    list<Role>('clusterroles'),
    list<Binding>('rolebindings'),
    list<Binding>('clusterrolebindings'),
  ])
  return { roles, clusterRoles, roleBindings, clusterRoleBindings }
}

/** Removes what `applyCluster` made. */
export async function deleteCluster(lab: Lab, clusters: readonly Cluster[], namespaces: readonly string[]): Promise<void> {
  const names = (list: 'clusterRoles' | 'clusterRoleBindings') =>
    clusters.flatMap(cluster => cluster[list].map(({ metadata }) => metadata.name))
  const remove = async (kind: string, all: readonly string[]) => {
    if (all.length > 0) await lab.kubectl('delete', kind, '--ignore-not-found', '--wait=false', ...all)
  }
  await remove('clusterrolebindings', names('clusterRoleBindings'))
  await remove('clusterroles', names('clusterRoles'))
  await remove('namespaces', namespaces)
}
