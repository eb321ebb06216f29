import type { V1Condition, V1ObjectMeta, V1Taint } from '@kubernetes/client-node'
import type { KindTable, Named } from './kubernetes-kind-facts.ts'

type Tags = Readonly<Record<string, string>>

interface SelectorTerm {
  readonly id?: string
  readonly name?: string
  readonly tags?: Tags
}

/** A node class of EKS Auto Mode. https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html */
interface NodeClass {
  readonly metadata?: V1ObjectMeta
  readonly spec?: {
    readonly role?: string
    readonly instanceProfile?: string
    readonly subnetSelectorTerms?: readonly SelectorTerm[]
    readonly securityGroupSelectorTerms?: readonly SelectorTerm[]
    readonly podSubnetSelectorTerms?: readonly SelectorTerm[]
    readonly podSecurityGroupSelectorTerms?: readonly SelectorTerm[]
    /** `Random` or `Disabled`. */
    readonly snatPolicy?: string
    /** `DefaultAllow` or `DefaultDeny`. */
    readonly networkPolicy?: string
    /** `Disabled` or `Enabled`. */
    readonly networkPolicyEventLogs?: string
    readonly ephemeralStorage?: {
      readonly size?: string
      readonly iops?: number
      readonly throughput?: number
      readonly kmsKeyID?: string
    }
    readonly advancedNetworking?: { readonly associatePublicIPAddress?: boolean }
    readonly advancedSecurity?: { readonly fips?: boolean }
    readonly tags?: Tags
  }
  readonly status?: ClassStatus
}

interface ClassStatus {
  readonly instanceProfile?: string
  readonly subnets?: readonly { readonly id: string; readonly zone?: string; readonly zoneID?: string }[]
  readonly securityGroups?: readonly { readonly id: string; readonly name?: string }[]
  readonly conditions?: readonly V1Condition[]
}

/** https://karpenter.sh/docs/concepts/nodeclasses/ */
interface EC2NodeClass {
  readonly metadata?: V1ObjectMeta
  readonly spec?: {
    /** A role's name. One of role and instanceProfile. */
    readonly role?: string
    readonly instanceProfile?: string
    readonly subnetSelectorTerms?: readonly SelectorTerm[]
    readonly securityGroupSelectorTerms?: readonly SelectorTerm[]
    readonly amiFamily?: string
    readonly amiSelectorTerms?: readonly (SelectorTerm & {
      readonly alias?: string
      readonly owner?: string
      readonly ssmParameter?: string
    })[]
    readonly associatePublicIPAddress?: boolean
    /** Without it: httpEndpoint enabled, httpProtocolIPv6 disabled, httpPutResponseHopLimit 1, httpTokens required. */
    readonly metadataOptions?: {
      readonly httpEndpoint?: string
      readonly httpProtocolIPv6?: string
      readonly httpPutResponseHopLimit?: number
      readonly httpTokens?: string
    }
    readonly blockDeviceMappings?: readonly {
      readonly deviceName?: string
      readonly rootVolume?: boolean
      readonly ebs?: {
        readonly encrypted?: boolean
        readonly kmsKeyID?: string
        readonly snapshotID?: string
        readonly volumeSize?: string
        readonly volumeType?: string
        readonly deleteOnTermination?: boolean
      }
    }[]
    /** A script. Snapshots leave its text out: it may hold anything. */
    readonly userData?: string
    readonly tags?: Tags
  }
  readonly status?: ClassStatus
}

/** https://karpenter.sh/docs/concepts/nodepools/ */
interface NodePool {
  readonly metadata?: V1ObjectMeta
  readonly spec: {
    readonly template: {
      readonly metadata?: { readonly labels?: Tags; readonly annotations?: Tags }
      readonly spec: {
        readonly nodeClassRef: { readonly group?: string; readonly kind: string; readonly name: string }
        readonly requirements?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
        readonly taints?: readonly V1Taint[]
        readonly startupTaints?: readonly V1Taint[]
        readonly expireAfter?: string
        readonly terminationGracePeriod?: string
      }
    }
    readonly disruption?: { readonly consolidationPolicy?: string; readonly consolidateAfter?: string }
    readonly limits?: Readonly<Record<string, string | number>>
    readonly weight?: number
  }
  readonly status?: { readonly conditions?: readonly V1Condition[] }
}

export interface KubernetesNodeBodies {
  'k8s/EC2NodeClass': Named<EC2NodeClass>
  'k8s/NodeClass': Named<NodeClass>
  'k8s/NodePool': Named<NodePool>
}

const custom = { version: 'v1', namespaced: false, custom: true } as const

export const kubernetesNodeKinds: KindTable<KubernetesNodeBodies> = {
  'k8s/EC2NodeClass': { ...custom, group: 'karpenter.k8s.aws', plural: 'ec2nodeclasses' },
  'k8s/NodeClass': { ...custom, group: 'eks.amazonaws.com', plural: 'nodeclasses' },
  'k8s/NodePool': {
    ...custom,
    group: 'karpenter.sh',
    plural: 'nodepools',
    indexes: {
      /** `EC2NodeClass/default`, `NodeClass/private`. */
      nodeClass: ({ spec }) => `${spec.template.spec.nodeClassRef.kind}/${spec.template.spec.nodeClassRef.name}`,
    },
  },
}
