import type {
  V1Condition,
  V1EndpointSlice,
  V1IPBlock,
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
  V1ObjectMeta,
  V1Service,
} from '@kubernetes/client-node'
import type { KindTable, Named, Namespaced } from './kubernetes-kind-facts.ts'
import type { Wire } from './wire.ts'

/** The client calls it `_from`, because `from` is a word of other languages. */
export type NetworkPolicyIngressRule = Wire<Omit<V1NetworkPolicyIngressRule, '_from'>> & {
  readonly from?: Wire<V1NetworkPolicyIngressRule['_from']>
}
type NetworkPolicySpec = Wire<Omit<V1NetworkPolicySpec, 'ingress'>> & { readonly ingress?: readonly NetworkPolicyIngressRule[] }

/** A custom resource of which the status says nothing but conditions. */
interface Custom<Spec> {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: V1ObjectMeta
  readonly spec: Spec
  readonly status?: { readonly conditions?: readonly V1Condition[] }
}

/** `securitygrouppolicies.vpcresources.k8s.aws`. Both selectors are plain label selectors of one namespace; both present means both must match. */
export interface SecurityGroupPolicySpec {
  readonly podSelector?: V1LabelSelector
  readonly serviceAccountSelector?: V1LabelSelector
  readonly securityGroups?: { readonly groupIds?: readonly string[] }
}

interface BranchInterface {
  readonly id: string
  readonly vlanID: number
  readonly associationID?: string
  readonly macAddress?: string
  readonly subnetCIDR?: string
  readonly subnetV6CIDR?: string
  readonly securityGroups?: readonly string[]
  readonly ipv4CIDRs?: readonly string[]
  readonly ipv6CIDRs?: readonly string[]
}

/** https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/apis/vpcresources/v1alpha1/cninode_types.go */
interface CNINode {
  readonly metadata?: V1ObjectMeta
  readonly spec?: {
    readonly features?: readonly { readonly name?: string; readonly value?: string }[]
    readonly tags?: Readonly<Record<string, string>>
    readonly managedBy?: string
  }
  readonly status?: {
    readonly trunkInterface?: {
      readonly id: string
      readonly macAddress?: string
      readonly deviceIndex?: number
      readonly subnetID?: string
      readonly branches?: readonly BranchInterface[]
    }
    readonly nodeNetworkState?: {
      readonly instanceID: string
      readonly instanceType?: string
      readonly subnetID: string
      readonly subnetCIDRBlock: string
      readonly subnetV6CIDRBlock?: string
      readonly primaryNetworkInterfaceSecurityGroups: readonly string[]
    }
  }
}

/** Its definition validates nothing: either field may be missing. */
interface ENIConfig {
  readonly metadata?: V1ObjectMeta
  readonly spec?: { readonly securityGroups?: readonly string[]; readonly subnet?: string }
}

interface ResolvedPort {
  /** TCP when it is not there. */
  readonly protocol?: string
  /** Every port when it is not there. */
  readonly port?: number
  readonly endPort?: number
}

interface ResolvedPod {
  readonly hostIP: string
  readonly podIP: string
  readonly name: string
  readonly namespace: string
}

interface ResolvedPeer {
  readonly cidr?: string
  readonly except?: readonly string[]
  readonly ports?: readonly ResolvedPort[]
  readonly domainName?: string
}

/** A NetworkPolicy, resolved to addresses. https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/api/v1alpha1/policyendpoint_types.go */
export interface PolicyEndpointSpec {
  readonly podSelector?: V1LabelSelector
  readonly policyRef: { readonly name: string; readonly namespace: string }
  /** `Ingress`, `Egress`. */
  readonly podIsolation?: readonly string[]
  readonly podSelectorEndpoints?: readonly ResolvedPod[]
  readonly ingress?: readonly ResolvedPeer[]
  readonly egress?: readonly ResolvedPeer[]
}

interface NamespacedPods {
  readonly namespaceSelector?: V1LabelSelector
  readonly podSelector: V1LabelSelector
}

/** One of the two. */
export interface ClusterPolicySubject {
  readonly namespaces?: V1LabelSelector
  readonly pods?: NamespacedPods
}

interface ClusterPeer extends Omit<ResolvedPeer, 'except'> {
  readonly action: string
}

export interface ClusterPolicyEndpointSpec {
  readonly policyRef: { readonly name: string }
  readonly tier: string
  readonly priority: number
  readonly subject: ClusterPolicySubject
  readonly podSelectorEndpoints?: readonly ResolvedPod[]
  readonly ingress?: readonly ClusterPeer[]
  readonly egress?: readonly ClusterPeer[]
}

/** One of them; an object with none was written for a newer definition. */
export interface ClusterPolicyEgressPeer extends ClusterPolicySubject {
  readonly nodes?: V1LabelSelector
  readonly networks?: readonly string[]
  readonly domainNames?: readonly string[]
}

/** One of the three. AWS's policies and AdminNetworkPolicy write ports so. */
export interface ClusterPolicyPort {
  readonly portNumber?: { readonly protocol: string; readonly port: number }
  readonly portRange?: { readonly protocol?: string; readonly start: number; readonly end: number }
  readonly namedPort?: string
}

type IngressRule<Ports> = { readonly name?: string; readonly action: string; readonly from: readonly ClusterPolicySubject[] } & Ports
type EgressRule<Ports> = { readonly name?: string; readonly action: string; readonly to: readonly ClusterPolicyEgressPeer[] } & Ports
interface WithPorts {
  readonly ports?: readonly ClusterPolicyPort[]
}
interface WithProtocols {
  readonly protocols?: readonly ClusterPolicyProtocol[]
}

/** `number` or `range`. */
interface DestinationPort {
  readonly destinationPort?: { readonly number?: number; readonly range?: { readonly start: number; readonly end: number } }
}

/** One of them. https://network-policy-api.sigs.k8s.io/reference/spec/ */
export interface ClusterPolicyProtocol {
  readonly tcp?: DestinationPort
  readonly udp?: DestinationPort
  readonly sctp?: DestinationPort
  readonly destinationNamedPort?: string
}

interface Rules<Ports> {
  readonly subject: ClusterPolicySubject
  readonly ingress?: readonly IngressRule<Ports>[]
  readonly egress?: readonly EgressRule<Ports>[]
}

/** `tier`: `Admin` or `Baseline`. A lower priority goes first. `action`: `Accept`, `Deny`, `Pass`. */
interface Tiered {
  readonly tier: string
  readonly priority: number
}

/** AWS's own, of networking.k8s.aws. */
export type AwsClusterNetworkPolicySpec = Tiered & Rules<WithPorts>
/** The network-policy-api's, of policy.networking.k8s.io. */
export type ClusterNetworkPolicySpec = Tiered & Rules<WithProtocols>
/** `action`: `Allow`, `Deny`, `Pass`. */
export type AdminNetworkPolicySpec = { readonly priority: number } & Rules<WithPorts>
/** `action`: `Allow`, `Deny`. */
export type BaselineAdminNetworkPolicySpec = Rules<WithPorts>

interface ApplicationPeer {
  readonly podSelector?: V1LabelSelector
  readonly namespaceSelector?: V1LabelSelector
  readonly ipBlock?: V1IPBlock
  readonly domainNames?: readonly string[]
}

/** A NetworkPolicy whose egress may name domains. */
export interface ApplicationNetworkPolicySpec {
  readonly podSelector: V1LabelSelector
  readonly policyTypes?: readonly string[]
  readonly ingress?: readonly NetworkPolicyIngressRule[]
  readonly egress?: readonly { readonly ports?: readonly V1NetworkPolicyPort[]; readonly to?: readonly ApplicationPeer[] }[]
}

/** ClusterNetworkPolicy is a kind of two groups: their ids here name the group. */
export interface KubernetesNetworkBodies {
  'k8s/AdminNetworkPolicy': Named<Custom<AdminNetworkPolicySpec>>
  'k8s/ApplicationNetworkPolicy': Namespaced<Custom<ApplicationNetworkPolicySpec>>
  'k8s/BaselineAdminNetworkPolicy': Named<Custom<BaselineAdminNetworkPolicySpec>>
  'k8s/CNINode': Named<CNINode>
  'k8s/ClusterPolicyEndpoint': Named<Custom<ClusterPolicyEndpointSpec>>
  'k8s/ENIConfig': Named<ENIConfig>
  /** Without endpoints: Go writes none as null, which reading leaves out. */
  'k8s/EndpointSlice': Namespaced<Omit<V1EndpointSlice, 'endpoints'> & Partial<Pick<V1EndpointSlice, 'endpoints'>>>
  'k8s/NetworkPolicy': Namespaced<Omit<V1NetworkPolicy, 'spec'>> & { readonly spec?: NetworkPolicySpec }
  'k8s/PolicyEndpoint': Namespaced<Custom<PolicyEndpointSpec>>
  'k8s/SecurityGroupPolicy': Namespaced<Custom<SecurityGroupPolicySpec>>
  'k8s/Service': Namespaced<V1Service>
  'k8s/networking.k8s.aws/ClusterNetworkPolicy': Named<Custom<AwsClusterNetworkPolicySpec>>
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy': Named<Custom<ClusterNetworkPolicySpec>>
}

const awsNetworking = { group: 'networking.k8s.aws', version: 'v1alpha1', custom: true } as const
const upstream = { group: 'policy.networking.k8s.io', namespaced: false, custom: true } as const

export const kubernetesNetworkKinds: KindTable<KubernetesNetworkBodies> = {
  'k8s/AdminNetworkPolicy': { ...upstream, version: 'v1alpha1', plural: 'adminnetworkpolicies' },
  'k8s/ApplicationNetworkPolicy': { ...awsNetworking, plural: 'applicationnetworkpolicies', namespaced: true },
  'k8s/BaselineAdminNetworkPolicy': { ...upstream, version: 'v1alpha1', plural: 'baselineadminnetworkpolicies' },
  'k8s/CNINode': { group: 'vpcresources.k8s.aws', version: 'v1alpha1', plural: 'cninodes', namespaced: false, custom: true },
  'k8s/ClusterPolicyEndpoint': {
    ...awsNetworking,
    plural: 'clusterpolicyendpoints',
    namespaced: false,
    indexes: { policy: body => body.spec.policyRef.name },
  },
  'k8s/ENIConfig': { group: 'crd.k8s.amazonaws.com', version: 'v1alpha1', plural: 'eniconfigs', namespaced: false, custom: true },
  'k8s/EndpointSlice': {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    namespaced: true,
    indexes: {
      // https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership
      service: ({ metadata }) => {
        const name = metadata.labels?.['kubernetes.io/service-name']
        return name === undefined ? undefined : `${metadata.namespace}/${name}`
      },
    },
  },
  'k8s/NetworkPolicy': { group: 'networking.k8s.io', version: 'v1', plural: 'networkpolicies', namespaced: true },
  'k8s/PolicyEndpoint': {
    ...awsNetworking,
    plural: 'policyendpoints',
    namespaced: true,
    indexes: { policy: ({ spec: { policyRef } }) => `${policyRef.namespace}/${policyRef.name}` },
  },
  'k8s/SecurityGroupPolicy': {
    group: 'vpcresources.k8s.aws',
    version: 'v1beta1',
    plural: 'securitygrouppolicies',
    namespaced: true,
    custom: true,
  },
  'k8s/Service': {
    group: '',
    version: 'v1',
    plural: 'services',
    namespaced: true,
    indexes: { clusterIP: ({ spec }) => spec?.clusterIPs?.filter(ip => ip !== 'None') },
  },
  'k8s/networking.k8s.aws/ClusterNetworkPolicy': { ...awsNetworking, plural: 'clusternetworkpolicies', namespaced: false },
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy': {
    ...upstream,
    version: 'v1alpha2',
    // Field for field the same. https://github.com/kubernetes-sigs/network-policy-api/blob/main/apis/v1beta1/clusternetworkpolicy_types.go
    alsoIn: ['v1beta1'],
    plural: 'clusternetworkpolicies',
  },
}
