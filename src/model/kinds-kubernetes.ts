import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1MutatingWebhookConfiguration,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicySpec,
  V1Node,
  V1Pod,
  V1ReplicaSet,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
  V1StatefulSet,
} from '@kubernetes/client-node'
import type { Wire } from './wire.ts'

/** Every Kubernetes object that an API server returns has a name; client types leave it optional. */
type Named<T> = Wire<T> & { readonly metadata: { readonly name: string } }
type Namespaced<T> = Wire<T> & { readonly metadata: { readonly name: string; readonly namespace: string } }

/** The client calls it `_from`, because `from` is a word of other languages. */
type IngressRule = Wire<Omit<V1NetworkPolicyIngressRule, '_from'>> & { readonly from?: Wire<V1NetworkPolicyIngressRule['_from']> }
type NetworkPolicy = Omit<V1NetworkPolicy, 'spec'>
type NetworkPolicySpec = Wire<Omit<V1NetworkPolicySpec, 'ingress'>> & { readonly ingress?: readonly IngressRule[] }

/** Kind to body: the object as its API server gives it. */
export interface KubernetesBodies {
  'k8s/ClusterRole': Named<V1ClusterRole>
  'k8s/ClusterRoleBinding': Named<V1ClusterRoleBinding>
  /** Only kube-system/aws-auth: what other ConfigMaps hold is nobody's business. */
  'k8s/ConfigMap': Namespaced<V1ConfigMap>
  'k8s/CronJob': Namespaced<V1CronJob>
  'k8s/DaemonSet': Namespaced<V1DaemonSet>
  'k8s/Deployment': Namespaced<V1Deployment>
  'k8s/Job': Namespaced<V1Job>
  'k8s/MutatingWebhookConfiguration': Named<V1MutatingWebhookConfiguration>
  'k8s/Namespace': Named<V1Namespace>
  'k8s/NetworkPolicy': Namespaced<NetworkPolicy> & { readonly spec?: NetworkPolicySpec }
  'k8s/Node': Named<V1Node>
  'k8s/Pod': Namespaced<V1Pod>
  'k8s/ReplicaSet': Namespaced<V1ReplicaSet>
  'k8s/Role': Namespaced<V1Role>
  'k8s/RoleBinding': Namespaced<V1RoleBinding>
  'k8s/ServiceAccount': Namespaced<V1ServiceAccount>
  'k8s/StatefulSet': Namespaced<V1StatefulSet>
}

type KubernetesKind = keyof KubernetesBodies

/** What an index files a body under: nothing, one value, or several. */
export type IndexOf<Body> = (body: Body) => string | readonly string[] | undefined

/** How the API server names a kind, and the indexes that checks look it up by. */
export interface KubernetesKindFacts<K extends KubernetesKind = KubernetesKind> {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced: boolean
  /** The id of the one object of the kind that is read; of others neither the names nor anything else is asked for or kept. */
  readonly only?: string
  readonly indexes?: Readonly<Record<string, IndexOf<KubernetesBodies[K]>>>
}

const controllerUid = (body: { readonly metadata: { readonly ownerReferences?: readonly { controller?: boolean; uid: string }[] } }) =>
  body.metadata.ownerReferences?.find(owner => owner.controller === true)?.uid

const serviceAccount = ({ metadata, spec }: KubernetesBodies['k8s/Pod']) => `${metadata.namespace}/${spec?.serviceAccountName ?? 'default'}`

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

/** `ClusterRole/cluster-admin`, `Role/reader`. */
const role = ({ roleRef }: Binding) => `${roleRef.kind}/${roleRef.name}`

/** `ServiceAccount/payments/reader`, `User/jane`, `Group/system:masters`. */
const subject = ({ subjects = [] }: Binding) =>
  subjects.map(({ kind, name, namespace = '' }) => (kind === 'ServiceAccount' ? `${kind}/${namespace}/${name}` : `${kind}/${name}`))

const core = { group: '', version: 'v1' }
const apps = { group: 'apps', version: 'v1' }
const batch = { group: 'batch', version: 'v1' }
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' }

export const kubernetesKinds: { readonly [K in KubernetesKind]: KubernetesKindFacts<K> } = {
  'k8s/ClusterRole': { ...rbac, plural: 'clusterroles', namespaced: false },
  'k8s/ClusterRoleBinding': { ...rbac, plural: 'clusterrolebindings', namespaced: false, indexes: { role, subject } },
  'k8s/ConfigMap': { ...core, plural: 'configmaps', namespaced: true, only: 'kube-system/aws-auth' },
  'k8s/CronJob': { ...batch, plural: 'cronjobs', namespaced: true },
  'k8s/DaemonSet': { ...apps, plural: 'daemonsets', namespaced: true },
  'k8s/Deployment': { ...apps, plural: 'deployments', namespaced: true },
  'k8s/Job': { ...batch, plural: 'jobs', namespaced: true },
  'k8s/MutatingWebhookConfiguration': {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'mutatingwebhookconfigurations',
    namespaced: false,
  },
  'k8s/Namespace': { ...core, plural: 'namespaces', namespaced: false },
  'k8s/NetworkPolicy': { group: 'networking.k8s.io', version: 'v1', plural: 'networkpolicies', namespaced: true },
  'k8s/Node': { ...core, plural: 'nodes', namespaced: false, indexes: { providerID: body => body.spec?.providerID } },
  'k8s/Pod': { ...core, plural: 'pods', namespaced: true, indexes: { controllerUid, serviceAccount, node: body => body.spec?.nodeName } },
  'k8s/ReplicaSet': { ...apps, plural: 'replicasets', namespaced: true },
  'k8s/Role': { ...rbac, plural: 'roles', namespaced: true },
  'k8s/RoleBinding': { ...rbac, plural: 'rolebindings', namespaced: true, indexes: { role, subject } },
  'k8s/ServiceAccount': { ...core, plural: 'serviceaccounts', namespaced: true },
  'k8s/StatefulSet': { ...apps, plural: 'statefulsets', namespaced: true },
}
