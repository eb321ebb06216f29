import type {
  CoreV1Event,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1MutatingWebhookConfiguration,
  V1Namespace,
  V1Node,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
  V1StatefulSet,
  V1ValidatingWebhookConfiguration,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node'
import { kubernetesExternalSecretsKinds, type KubernetesExternalSecretsBodies } from './kinds-kubernetes-external-secrets.ts'
import { kubernetesNetworkKinds, type KubernetesNetworkBodies } from './kinds-kubernetes-network.ts'
import { kubernetesNodeKinds, type KubernetesNodeBodies } from './kinds-kubernetes-nodes.ts'
import { kubernetesStorageKinds, type KubernetesStorageBodies } from './kinds-kubernetes-storage.ts'
import type { KindFacts, KindTable, Named, Namespaced } from './kubernetes-kind-facts.ts'

/** Kinds that every cluster has, storage and network apart. */
interface BasicBodies {
  'k8s/ClusterRole': Named<V1ClusterRole>
  'k8s/ClusterRoleBinding': Named<V1ClusterRoleBinding>
  /** Only those that configure a joint (`configMaps`): what other ConfigMaps hold is nobody's business. */
  'k8s/ConfigMap': Namespaced<V1ConfigMap>
  'k8s/CronJob': Namespaced<V1CronJob>
  'k8s/DaemonSet': Namespaced<V1DaemonSet>
  'k8s/Deployment': Namespaced<V1Deployment>
  'k8s/Event': Namespaced<CoreV1Event>
  'k8s/HorizontalPodAutoscaler': Namespaced<V2HorizontalPodAutoscaler>
  'k8s/Job': Namespaced<V1Job>
  'k8s/MutatingWebhookConfiguration': Named<V1MutatingWebhookConfiguration>
  'k8s/Namespace': Named<V1Namespace>
  'k8s/Node': Named<V1Node>
  'k8s/Pod': Namespaced<V1Pod>
  'k8s/PodDisruptionBudget': Namespaced<V1PodDisruptionBudget>
  'k8s/ReplicaSet': Namespaced<V1ReplicaSet>
  'k8s/Role': Namespaced<V1Role>
  'k8s/RoleBinding': Namespaced<V1RoleBinding>
  'k8s/ServiceAccount': Namespaced<V1ServiceAccount>
  'k8s/StatefulSet': Namespaced<V1StatefulSet>
  'k8s/ValidatingWebhookConfiguration': Named<V1ValidatingWebhookConfiguration>
}

/** Kind to body: the object as its API server gives it. */
export interface KubernetesBodies
  extends BasicBodies, KubernetesExternalSecretsBodies, KubernetesNetworkBodies, KubernetesNodeBodies, KubernetesStorageBodies {}

type KubernetesKind = keyof KubernetesBodies

export type { IndexOf } from './kubernetes-kind-facts.ts'

/** How the API server names a kind, and the indexes that checks look it up by. */
export interface KubernetesKindFacts<K extends KubernetesKind = KubernetesKind> extends KindFacts<KubernetesBodies[K]> {}

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

/** `Pod/payments/db-0`, `Node/ip-10-0-1-2`. */
function involvedObject({ involvedObject: { kind, namespace, name } }: KubernetesBodies['k8s/Event']): string | undefined {
  if (kind === undefined || name === undefined) return undefined
  return namespace === undefined || namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
}

/**
 * The ConfigMaps by which AWS's parts of a cluster are configured. Names: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html,
 * aws-vpc-cni's chart, kube-proxy's and CoreDNS's add-ons, https://docs.aws.amazon.com/eks/latest/userguide/fargate-logging.html,
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html, and for the agent the operator of
 * amazon-cloudwatch-observability, which names it as its resource `cloudwatch-agent`, and used to add `-agent`.
 */
const configMaps = [
  'kube-system/aws-auth',
  'kube-system/amazon-vpc-cni',
  'kube-system/coredns',
  'kube-system/kube-proxy-config',
  'amazon-cloudwatch/cloudwatch-agent',
  'amazon-cloudwatch/cloudwatch-agent-agent',
  'amazon-cloudwatch/cwagentconfig',
  'amazon-cloudwatch/fluent-bit-cluster-info',
  'amazon-cloudwatch/fluent-bit-config',
  'aws-observability/aws-logging',
]

const core = { group: '', version: 'v1' }
const apps = { group: 'apps', version: 'v1' }
const batch = { group: 'batch', version: 'v1' }
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const admission = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false }

const basicKinds: KindTable<BasicBodies> = {
  'k8s/ClusterRole': { ...rbac, plural: 'clusterroles', namespaced: false },
  'k8s/ClusterRoleBinding': { ...rbac, plural: 'clusterrolebindings', namespaced: false, indexes: { role, subject } },
  'k8s/ConfigMap': { ...core, plural: 'configmaps', namespaced: true, only: configMaps },
  'k8s/CronJob': { ...batch, plural: 'cronjobs', namespaced: true },
  'k8s/DaemonSet': { ...apps, plural: 'daemonsets', namespaced: true },
  'k8s/Deployment': { ...apps, plural: 'deployments', namespaced: true },
  'k8s/Event': {
    ...core,
    plural: 'events',
    namespaced: true,
    indexes: { involvedObject, involvedUid: body => body.involvedObject.uid },
  },
  'k8s/HorizontalPodAutoscaler': {
    group: 'autoscaling',
    version: 'v2',
    plural: 'horizontalpodautoscalers',
    namespaced: true,
    /** `Deployment/shop/web`. */
    indexes: {
      target: ({ metadata, spec }) =>
        spec === undefined ? undefined : `${spec.scaleTargetRef.kind}/${metadata.namespace}/${spec.scaleTargetRef.name}`,
    },
  },
  'k8s/Job': { ...batch, plural: 'jobs', namespaced: true },
  'k8s/MutatingWebhookConfiguration': { ...admission, plural: 'mutatingwebhookconfigurations' },
  'k8s/Namespace': { ...core, plural: 'namespaces', namespaced: false },
  'k8s/Node': { ...core, plural: 'nodes', namespaced: false },
  'k8s/Pod': { ...core, plural: 'pods', namespaced: true, indexes: { controllerUid, serviceAccount, node: body => body.spec?.nodeName } },
  'k8s/PodDisruptionBudget': { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', namespaced: true },
  'k8s/ReplicaSet': { ...apps, plural: 'replicasets', namespaced: true },
  'k8s/Role': { ...rbac, plural: 'roles', namespaced: true },
  'k8s/RoleBinding': { ...rbac, plural: 'rolebindings', namespaced: true, indexes: { role, subject } },
  'k8s/ServiceAccount': { ...core, plural: 'serviceaccounts', namespaced: true },
  'k8s/StatefulSet': { ...apps, plural: 'statefulsets', namespaced: true },
  'k8s/ValidatingWebhookConfiguration': { ...admission, plural: 'validatingwebhookconfigurations' },
}

export const kubernetesKinds: { readonly [K in KubernetesKind]: KubernetesKindFacts<K> } = {
  ...basicKinds,
  ...kubernetesExternalSecretsKinds,
  ...kubernetesNetworkKinds,
  ...kubernetesNodeKinds,
  ...kubernetesStorageKinds,
}

/** `apps/v1`, `v1`: as the objects themselves say it. */
export const apiVersionOf = (kind: KubernetesKind): string => inGroup(kubernetesKinds[kind].group, kubernetesKinds[kind].version)

export const inGroup = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`)

/** The kind as the objects themselves say it: `Pod`. Two groups have a ClusterNetworkPolicy. */
export const kubernetesName = (kind: KubernetesKind): string => kind.slice(kind.lastIndexOf('/') + 1)
