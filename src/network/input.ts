import type { UnreadFact } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'

/** What was seen of a kind and, when more may exist, why it is not known. */
export interface Listed<T> {
  readonly all: readonly T[]
  readonly missing?: UnreadFact
}

/**
 * Who enforces NetworkPolicies. `aws-vpc-cni` is AWS's controller and eBPF agent with their deviations, `upstream` the published semantics
 * (Calico, Cilium in standard use), `none` nobody: policies are inert.
 */
export type PolicyEngineName = 'aws-vpc-cni' | 'upstream' | 'none'

/** Until policies of a pod are known, `standard` lets everything pass and `strict` nothing. */
export type EnforcingMode = 'standard' | 'strict'

/** A value that a source gave, or why it could not. */
export type Known<T> = { readonly value: T } | { readonly unread: UnreadFact }

/**
 * What the Kubernetes layer is compiled from: objects as the API server gives them. Which policies count is the engine's affair: AWS's enforces
 * NetworkPolicy and the policies of networking.k8s.aws, `upstream` NetworkPolicy and the policies of policy.networking.k8s.io.
 */
export interface PolicyInput {
  readonly engine: Known<PolicyEngineName>
  readonly mode: Known<EnforcingMode>
  readonly namespaces: Listed<Kinds['k8s/Namespace']>
  readonly pods: Listed<Kinds['k8s/Pod']>
  readonly nodes: Listed<Kinds['k8s/Node']>
  readonly networkPolicies: Listed<Kinds['k8s/NetworkPolicy']>
  readonly applicationNetworkPolicies: Listed<Kinds['k8s/ApplicationNetworkPolicy']>
  readonly awsClusterNetworkPolicies: Listed<Kinds['k8s/networking.k8s.aws/ClusterNetworkPolicy']>
  readonly clusterNetworkPolicies: Listed<Kinds['k8s/policy.networking.k8s.io/ClusterNetworkPolicy']>
  readonly adminNetworkPolicies: Listed<Kinds['k8s/AdminNetworkPolicy']>
  readonly baselineAdminNetworkPolicies: Listed<Kinds['k8s/BaselineAdminNetworkPolicy']>
  /** AWS's engine compares egress with the Service's address, before it is translated to a pod's. */
  readonly services: Listed<Kinds['k8s/Service']>
  readonly endpointSlices: Listed<Kinds['k8s/EndpointSlice']>
}

/** The settings of the VPC CNI that decide which interface a packet leaves by. https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables */
export interface VpcCniSettings {
  /** ENABLE_POD_ENI. */
  readonly podEni: boolean
  /** POD_SECURITY_GROUP_ENFORCING_MODE: anything but `standard` is strict. */
  readonly securityGroupMode: EnforcingMode
  /** AWS_VPC_K8S_CNI_EXTERNALSNAT. */
  readonly externalSnat: boolean
  /** AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS. */
  readonly excludeSnatCidrs: readonly string[]
  /** AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG. */
  readonly customNetworking: boolean
  /** DISABLE_TCP_EARLY_DEMUX of the init container: without it the kubelet opens no TCP connection to pods of strict mode. Absent: not looked at. */
  readonly tcpEarlyDemuxDisabled?: boolean
  /** AWS_EXTERNAL_SERVICE_CIDRS: what pods send there is routed by the node's main table. Absent: none. */
  readonly externalServiceCidrs?: readonly string[]
}
