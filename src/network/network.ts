import type { Kinds } from '#model/kinds.ts'
import type { AwsLayer } from './aws/aws-layer.ts'
import type { NetworkInput } from './aws-input.ts'
import type { PolicyLayer } from './policy-layer.ts'
import type { Answer, Protocol, Question } from './question.ts'
import type { TellRun } from './row-runs.ts'

/** Both layers, compiled. Immutable: an update gives another one that shares what did not change. */
export interface Network {
  readonly input: NetworkInput
  readonly aws: AwsLayer
  readonly policies: PolicyLayer
  /** The answer with every layer's reason. @throws UserError `NO_SUCH_END` when a pod, service or node of the question is not among those that were read. */
  readonly answer: (question: Question) => Answer
  /** What `answer` says, and nothing else: compiled, for many questions. @throws UserError as `answer`. */
  readonly verdict: (question: Question) => Answer['verdict']
  readonly matrix: (options: MatrixOptions) => ReachMatrix
  /** Pods by class, and which classes reach which, by all traffic: as if all were on one node, or each on its own. */
  readonly rows: (pods: readonly string[], placement: NonNullable<Question['placement']>) => ReachRows
  /** The network with these documents in place of those of the same kind and id. What they do not touch is shared. */
  readonly update: (changes: readonly NetworkChange[]) => Network
}

/** Pods that both layers treat alike, but for where they are. */
export interface ReachClass {
  /** `namespace/name`. */
  readonly pods: readonly string[]
}

export interface ReachRows {
  /** Without pods of the host network and such as have ended. */
  readonly classes: readonly ReachClass[]
  /**
   * Every class as a source and all traffic, in runs of `trafficKey` from `start` to, not including, `end`. Bits are classes; what is neither
   * allowed nor unknown is denied. The sets are reused from one call to the next: copy what you keep.
   */
  readonly forEachRow: (visit: TellRun) => void
}

/** Pods that are asked about as one: a workload, a namespace. */
export interface PodGroup {
  /** `shop/deploy/web`. */
  readonly id: string
  /** `namespace/name`. */
  readonly pods: readonly string[]
}

export interface Traffic {
  readonly protocol: Protocol
  readonly port?: number
}

export interface MatrixOptions {
  readonly from: readonly PodGroup[]
  readonly to: readonly PodGroup[]
  /** What is asked of each pair; a function asks each destination for its own ports. */
  readonly traffic: readonly Traffic[] | ((to: PodGroup) => readonly Traffic[])
  /** Keep only the pairs whose halves disagree. */
  readonly onlyDisagreements?: boolean
}

export interface ReachMatrix {
  /** By position in `from` and `to`. A group is asked about itself when it has several pods: then each pod about the others. */
  readonly cells: readonly MatrixCell[]
}

export interface MatrixCell {
  readonly from: number
  readonly to: number
  readonly answers: readonly MatrixAnswer[]
}

/** Of all pairs of pods of the two groups: their one verdict, or `split` when pairs differ, by placement or otherwise. */
export interface MatrixAnswer extends Traffic {
  /** Security groups, NACLs and routes alone. */
  readonly aws: Answer['verdict']
  /** Policies alone. */
  readonly kubernetes: Answer['verdict']
  readonly verdict: Answer['verdict']
}

/** What can be put in, changed and taken out without compiling everything anew. */
export type EditableKind =
  | 'aws/ec2/NetworkAcl'
  | 'aws/ec2/NetworkInterface'
  | 'aws/ec2/RouteTable'
  | 'aws/ec2/SecurityGroup'
  | 'k8s/Namespace'
  | 'k8s/NetworkPolicy'
  | 'k8s/Pod'
  | 'k8s/SecurityGroupPolicy'
  | 'k8s/ServiceAccount'
  | 'k8s/networking.k8s.aws/ClusterNetworkPolicy'

/** A document as `NetworkInput` holds it, by kind and id (`namespace/name`, name, ARN). Without `after` it goes. */
export type NetworkChange = {
  readonly [K in EditableKind]: { readonly kind: K; readonly id: string; readonly after?: Kinds[K] }
}[EditableKind]

/** What a change opens and closes. */
export interface ReachDifference {
  readonly opened: readonly PairDifference[]
  readonly closed: readonly PairDifference[]
  /** What is unknown after and was not, or was and is not. */
  readonly unsure: readonly PairDifference[]
}

export interface PairDifference extends Traffic {
  readonly from: string
  readonly to: string
  readonly before: Answer['verdict']
  readonly after: Answer['verdict']
}
