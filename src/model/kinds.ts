import type { Cluster as EksCluster } from '@aws-sdk/client-eks'
import type { GetOpenIDConnectProviderResponse, ManagedPolicyDetail, RoleDetail } from '@aws-sdk/client-iam'
import type {
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1MutatingWebhookConfiguration,
  V1Namespace,
  V1Pod,
  V1ReplicaSet,
  V1ServiceAccount,
  V1StatefulSet,
} from '@kubernetes/client-node'

/** An SDK or client type as its API sends it: dates are strings, everything is read-only. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T

/** Every Kubernetes object that an API server returns has a name; client types leave it optional. */
type Named<T> = Wire<T> & { readonly metadata: { readonly name: string } }
type Namespaced<T> = Wire<T> & { readonly metadata: { readonly name: string; readonly namespace: string } }

/** A policy document, decoded. Its inside is untrusted JSON: only `iam/` looks into it. */
export type PolicyJson = unknown

type Documents<T, Keys extends keyof T> = Wire<Omit<T, Keys>> & { readonly [Key in Keys]?: PolicyJson }

/** `RoleDetail` of iam:GetAccountAuthorizationDetails, which holds all that iam:GetRole and its companions say. */
export type RoleBody = Documents<RoleDetail, 'AssumeRolePolicyDocument'> & {
  readonly Arn: string
  readonly RoleName: string
}

/** iam:GetOpenIDConnectProvider, and the ARN under which iam:ListOpenIDConnectProviders names it. */
export type OpenIDConnectProviderBody = Wire<GetOpenIDConnectProviderResponse> & { readonly Arn: string }

/** `cluster` of eks:DescribeCluster. */
export type EksClusterBody = Wire<EksCluster> & { readonly name: string; readonly arn: string }

/** Kind to body. The body is exactly as its API gave it, except that policy documents are decoded. */
export interface Kinds {
  'k8s/CronJob': Namespaced<V1CronJob>
  'k8s/DaemonSet': Namespaced<V1DaemonSet>
  'k8s/Deployment': Namespaced<V1Deployment>
  'k8s/Job': Namespaced<V1Job>
  'k8s/MutatingWebhookConfiguration': Named<V1MutatingWebhookConfiguration>
  'k8s/Namespace': Named<V1Namespace>
  'k8s/Pod': Namespaced<V1Pod>
  'k8s/ReplicaSet': Namespaced<V1ReplicaSet>
  'k8s/ServiceAccount': Namespaced<V1ServiceAccount>
  'k8s/StatefulSet': Namespaced<V1StatefulSet>
  'aws/eks/Cluster': EksClusterBody
  'aws/iam/OpenIDConnectProvider': OpenIDConnectProviderBody
  'aws/iam/Policy': Wire<ManagedPolicyDetail> & { readonly Arn: string }
  'aws/iam/Role': RoleBody
}

export type Kind = keyof Kinds
export type KubernetesKind = Extract<Kind, `k8s/${string}`>
export type AwsKind = Extract<Kind, `aws/${string}`>

/** How the API server names a kind, and the indexes that checks look it up by. */
export interface KubernetesKindFacts<K extends KubernetesKind = KubernetesKind> {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced: boolean
  readonly indexes?: Readonly<Record<string, (body: Kinds[K]) => string | undefined>>
}

/** Where an AWS kind's ARN stands in its body, and the indexes that checks look it up by. */
export interface AwsKindFacts<K extends AwsKind = AwsKind> {
  readonly id: (body: Kinds[K]) => string
  /** IAM has no region. */
  readonly global: boolean
  readonly indexes?: Readonly<Record<string, (body: Kinds[K]) => string | undefined>>
}

const controllerUid = (body: { readonly metadata: { readonly ownerReferences?: readonly { controller?: boolean; uid: string }[] } }) =>
  body.metadata.ownerReferences?.find(owner => owner.controller === true)?.uid

const core = { group: '', version: 'v1' }
const apps = { group: 'apps', version: 'v1' }
const batch = { group: 'batch', version: 'v1' }

export const kubernetesKinds: { readonly [K in KubernetesKind]: KubernetesKindFacts<K> } = {
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
  'k8s/Pod': { ...core, plural: 'pods', namespaced: true, indexes: { controllerUid } },
  'k8s/ReplicaSet': { ...apps, plural: 'replicasets', namespaced: true },
  'k8s/ServiceAccount': { ...core, plural: 'serviceaccounts', namespaced: true },
  'k8s/StatefulSet': { ...apps, plural: 'statefulsets', namespaced: true },
}

export const awsKinds: { readonly [K in AwsKind]: AwsKindFacts<K> } = {
  'aws/eks/Cluster': { id: body => body.arn, global: false, indexes: { name: body => body.name } },
  'aws/iam/OpenIDConnectProvider': { id: body => body.Arn, global: true },
  'aws/iam/Policy': { id: body => body.Arn, global: true },
  'aws/iam/Role': { id: body => body.Arn, global: true },
}

export const allKinds: readonly Kind[] = [...Object.keys(kubernetesKinds), ...Object.keys(awsKinds)] as Kind[]

const known = new Set<string>(allKinds)
export const isKind = (text: string): text is Kind => known.has(text)
export const isKubernetesKind = (kind: Kind): kind is KubernetesKind => kind.startsWith('k8s/')
