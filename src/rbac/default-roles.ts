import type { ClusterRoleDocument, PolicyRule } from './documents.ts'

/**
 * The user-facing ClusterRoles that every API server makes for itself, so that bindings in manifests, which do not hold them, can be decided.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles; the rules are those of Kubernetes 1.37, and a laboratory test
 * compares them with a running API server. Other versions differ in a few rules, and operators may aggregate further ones: a live cluster's own
 * roles are always better. The roles of the system's components are not here.
 */
const read = 'get list watch'
const write = 'create delete deletecollection patch update'

/** Words apart by spaces; the empty word is the core group. */
const allow = (groups: string, resources: string, verbs: string): PolicyRule => ({
  apiGroups: groups.split(' '),
  resources: resources.split(' '),
  verbs: verbs.split(' '),
})

const toAdmin: readonly PolicyRule[] = [
  allow('authorization.k8s.io', 'localsubjectaccessreviews', 'create'),
  allow('rbac.authorization.k8s.io', 'rolebindings roles', 'create delete deletecollection get list patch update watch'),
]

const toEdit: readonly PolicyRule[] = [
  allow('', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', read),
  allow('', 'serviceaccounts', 'impersonate'),
  allow('', 'pods pods/attach pods/exec pods/portforward pods/proxy', write),
  allow('', 'pods/eviction', 'create'),
  allow(
    '',
    'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    write,
  ),
  allow('', 'serviceaccounts/token', 'create'),
  allow(' events.k8s.io', 'events', write),
  allow(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    write,
  ),
  allow('autoscaling', 'horizontalpodautoscalers', write),
  allow('batch', 'cronjobs jobs', write),
  allow(
    'extensions',
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
    write,
  ),
  allow('policy', 'poddisruptionbudgets', write),
  allow('networking.k8s.io', 'ingresses networkpolicies', write),
  allow('coordination.k8s.io', 'leases', 'create delete deletecollection get list patch update watch'),
  allow('resource.k8s.io', 'resourceclaims resourceclaimtemplates', write),
]

const toView: readonly PolicyRule[] = [
  allow(
    '',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    read,
  ),
  allow(
    '',
    'bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    read,
  ),
  allow('', 'namespaces', read),
  allow(' events.k8s.io', 'events', read),
  allow('discovery.k8s.io', 'endpointslices', read),
  allow(
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    read,
  ),
  allow('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  allow('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  allow(
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
    read,
  ),
  allow('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  allow('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  allow('resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates', read),
]

const label = (role: string): Readonly<Record<string, string>> => ({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' })

/** `admin` gathers what is labelled for it, `edit` among it, and so on. */
const aggregated = (name: string, labels: Readonly<Record<string, string>>): ClusterRoleDocument => ({
  metadata: { name, labels },
  rules: [],
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: label(name) }] },
})

/** For `compileRbac` with `aggregation: 'gathered'`. */
export const defaultClusterRoles: readonly ClusterRoleDocument[] = [
  {
    metadata: { name: 'cluster-admin' },
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
  },
  aggregated('admin', {}),
  aggregated('edit', label('admin')),
  aggregated('view', label('edit')),
  { metadata: { name: 'system:aggregate-to-admin', labels: label('admin') }, rules: toAdmin },
  { metadata: { name: 'system:aggregate-to-edit', labels: label('edit') }, rules: toEdit },
  { metadata: { name: 'system:aggregate-to-view', labels: label('view') }, rules: toView },
]

/** ClusterRoles from manifests and, behind them, the API server's own that they do not replace. */
export function withDefaultRoles(clusterRoles: readonly ClusterRoleDocument[]): readonly ClusterRoleDocument[] {
  const given = new Set(clusterRoles.map(role => role.metadata?.name))
  return [...clusterRoles, ...defaultClusterRoles.filter(role => !given.has(role.metadata?.name))]
}
