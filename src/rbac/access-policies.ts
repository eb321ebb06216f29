import type { PolicyRule } from './documents.ts'

/**
 * The rules of EKS access policies. EKS keeps them itself: no object of the cluster shows them.
 *
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, as of its public text of 18 December 2024
 * (awsdocs/amazon-eks-user-guide 4d52b4d, latest/ug/manage-access/k8s-access/access-policy-reference.adoc). Each row of its tables is one rule,
 * in the page's order. No API returns them, so nothing here is confirmed against a cluster. The page has since listed further policies, whose
 * rules are not here: they count as unknown, never as nothing.
 */
export interface AccessPolicy {
  readonly rules: readonly PolicyRule[]
  /** What the page does not settle. */
  readonly unconfirmed?: string
}

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

const allow = (group: string, resources: string, verbs: readonly string[]): PolicyRule => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs,
})

const workloads =
  'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale'
const workloadsRead =
  'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status'
const oldWorkloads =
  'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale'
const oldWorkloadsRead =
  'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale'
const coreRead =
  'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status'
const coreWrite =
  'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy'
const statusRead =
  'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status'
const intoPods = 'pods/attach pods/exec pods/portforward pods/proxy'

const admin: readonly PolicyRule[] = [
  allow('apps', workloads, write),
  allow('apps', workloadsRead, read),
  allow('authorization.k8s.io', 'localsubjectaccessreviews', ['create']),
  allow('autoscaling', 'horizontalpodautoscalers', write),
  allow('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  allow('batch', 'cronjobs jobs', write),
  allow('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  allow('discovery.k8s.io', 'endpointslices', read),
  allow('extensions', oldWorkloads, write),
  allow('extensions', oldWorkloadsRead, read),
  allow('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  allow('networking.k8s.io', 'ingresses networkpolicies', write),
  allow('policy', 'poddisruptionbudgets', write),
  allow('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  allow('rbac.authorization.k8s.io', 'rolebindings roles', [
    'create',
    'delete',
    'deletecollection',
    'get',
    'list',
    'patch',
    'update',
    'watch',
  ]),
  allow('', coreRead, read),
  allow('', `${intoPods} secrets services/proxy`, read),
  allow('', coreWrite, write),
  allow('', `pods ${intoPods}`, write),
  allow('', 'serviceaccounts', ['impersonate']),
  allow('', statusRead, read),
  allow('', 'namespaces', read),
]

const edit: readonly PolicyRule[] = [
  allow('apps', workloads, write),
  allow('apps', workloadsRead, read),
  allow('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  allow('autoscaling', 'horizontalpodautoscalers', write),
  allow('batch', 'cronjobs jobs', write),
  allow('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  allow('discovery.k8s.io', 'endpointslices', read),
  allow('extensions', oldWorkloads, write),
  allow('extensions', oldWorkloadsRead, read),
  allow('networking.k8s.io', 'ingresses networkpolicies', write),
  allow('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  allow('policy', 'poddisruptionbudgets', write),
  allow('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  allow('', 'namespaces', read),
  allow('', `${intoPods} secrets services/proxy`, read),
  allow('', 'serviceaccounts', ['impersonate']),
  allow('', `pods ${intoPods}`, write),
  allow('', coreWrite, write),
  allow('', coreRead, read),
  allow('', statusRead, read),
]

const view: readonly PolicyRule[] = [
  allow('apps', workloadsRead, read),
  allow('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  allow('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  allow('discovery.k8s.io', 'endpointslices', read),
  allow('extensions', oldWorkloadsRead, read),
  allow('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  allow('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  allow('', coreRead, read),
  allow('', statusRead, read),
  allow('', 'namespaces', read),
]

export const accessPolicies: Readonly<Record<string, AccessPolicy>> = {
  AmazonEKSClusterAdminPolicy: {
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
    unconfirmed: 'whether its paths count when it is associated with a scope of namespaces; taken as no',
  },
  AmazonEKSAdminPolicy: {
    rules: admin,
    unconfirmed:
      'the tables name no serviceaccounts/token, which the cluster role admin has; whether namespaces/<name> counts inside a scope of namespaces; taken as yes',
  },
  AmazonEKSEditPolicy: {
    rules: edit,
    unconfirmed:
      'the tables name no serviceaccounts/token, which the cluster role edit has; whether namespaces/<name> counts inside a scope of namespaces; taken as yes',
  },
  AmazonEKSViewPolicy: { rules: view },
  AmazonEKSAdminViewPolicy: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: read }] },
}
