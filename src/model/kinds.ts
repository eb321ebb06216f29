import { awsKinds, type AwsBodies } from './kinds-aws.ts'
import { kubernetesKinds, type KubernetesBodies } from './kinds-kubernetes.ts'

export { awsKinds, type AwsKindFacts, type EksClusterBody, type OpenIDConnectProviderBody, type RoleBody } from './kinds-aws.ts'
export { apiVersionOf, inGroup, kubernetesKinds, kubernetesName, type KubernetesKindFacts } from './kinds-kubernetes.ts'
export type { PolicyJson, Wire } from './wire.ts'

/** Kind to body. The body is exactly as its API gave it, except that policy documents are decoded. */
export interface Kinds extends KubernetesBodies, AwsBodies {}

export type Kind = keyof Kinds
export type KubernetesKind = keyof KubernetesBodies
export type AwsKind = keyof AwsBodies

export const allKinds: readonly Kind[] = [...Object.keys(kubernetesKinds), ...Object.keys(awsKinds)] as Kind[]

const known = new Set<string>(allKinds)
export const isKind = (text: string): text is Kind => known.has(text)
export const isKubernetesKind = (kind: Kind): kind is KubernetesKind => kind.startsWith('k8s/')
