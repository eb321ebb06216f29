import type { UnreadFact } from '#base/errors.ts'
import type { Kind } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import type { AddressAtoms } from './address-atoms.ts'
import type { Bitset } from './bitset.ts'
import type { PolicyEngineName } from './input.ts'
import type { PortAtoms } from './ports.ts'
import type { TellRun } from './row-runs.ts'
import type { Answer, LayerAnswer, Protocol, RuleReference } from './question.ts'

export type Direction = 'ingress' | 'egress'
export type Verdict = 'allow' | 'deny' | 'unknown'

/** The other end as a packet at the pod shows it: before a Service's address is translated, after a source's is. */
export type Peer =
  | { readonly pod: string }
  | { readonly node: string }
  | { readonly address: string }
  /** Every address outside these blocks. */
  | { readonly outside: readonly string[] }

/** Something in the objects that cannot be enforced as it stands. The rest was still compiled. */
export interface PolicyProblem {
  readonly code:
    | 'SELECTOR_INVALID'
    | 'CIDR_INVALID'
    | 'EXCEPT_OUTSIDE_CIDR'
    | 'PORT_INVALID'
    | 'PROTOCOL_UNKNOWN'
    | 'PEER_INVALID'
    | 'POLICY_INVALID'
    | 'FAMILY_MISMATCH'
    | 'ADDRESS_SHARED'
    | 'ADDRESS_INVALID'
    | 'NAMESPACE_UNLISTED'
  readonly kind: Kind
  readonly id: string
  readonly path: Path
  /** In lower case, no full stop. */
  readonly message: string
}

/** Why no policy is enforced on a pod, whatever selects it. https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html */
export type Unenforced = 'host-network' | 'fargate' | 'windows' | 'hybrid' | 'no-engine'

/** Pods that no selector, block or named port of any policy tells apart, and that have the same policies. */
export interface PodClass {
  readonly id: number
  /** Undefined of pods of the host network in several. */
  readonly namespace: string | undefined
  /** `namespace/name`, in the order of the input. None when an edit took the last. */
  readonly pods: readonly string[]
  readonly unenforced?: Unenforced
  /** Policies that decide about these pods, by direction: those that select them and, on AWS, those of pods that share their tables. */
  readonly policies: Readonly<Record<Direction, readonly RuleReference[]>>
}

/** Rows over classes: bit `c` of a row says whether class `c` is admitted. Rows are shared and must not be changed. */
export interface PolicyMatrix {
  /** Bits of a row that stand for classes. */
  readonly size: number
  /** Whom the policies of a class admit as its peers on an atom of ports, at that one end. */
  readonly allowed: (direction: Direction, classId: number, portAtom: number) => Bitset
  /** Peers of which that cannot be said; undefined when there are none. */
  readonly unknown: (direction: Direction, classId: number, portAtom: number) => Bitset | undefined
  /**
   * Every class as a source and, in runs from the atom of ports `start` to, not including, `end`, the classes that it reaches as far as policies of
   * both ends go.
   * @param places for bits that stand for something finer than classes: of each class its first bit and, after the last, their number. A class
   *   without a bit is passed over
   */
  readonly forEachRow: (visit: TellRun, places?: Uint32Array) => void
}

/** One edit of the objects. `after` undefined is a deletion, `before` is found by kind and id. */
export interface PolicyChange {
  readonly kind: Kind
  readonly id: string
  readonly after?: object
}

/**
 * What an edit did. `rows` are those whose bits changed, by class as the subject, at atoms of the new layer; they are worked out when they are asked
 * for. A class that is new is held against the one that its pods were in. `everything`: the layer was compiled anew, its classes and atoms are others,
 * and no rows are told.
 */
export interface PolicyUpdate {
  readonly layer: PolicyLayer
  readonly everything: boolean
  readonly rows: readonly {
    readonly direction: Direction
    readonly classId: number
    readonly portAtoms: readonly number[]
    readonly changed: Bitset
  }[]
}

/** Compiled policies of one cluster, as one engine enforces them. Immutable to its readers. */
export interface PolicyLayer {
  /** Undefined when it was not read which engine enforces: then whatever a policy decides is unknown. */
  readonly engine: PolicyEngineName | undefined
  readonly classes: readonly PodClass[]
  readonly ports: PortAtoms
  readonly addresses: AddressAtoms
  readonly problems: readonly PolicyProblem[]
  /** What was not read and would have counted. */
  readonly missing: readonly UnreadFact[]
  readonly classOf: (pod: string) => PodClass | undefined
  /** May the pod send to (egress) or receive from (ingress) the peer, as far as policies at the pod decide? ICMP has no port. */
  readonly verdict: (direction: Direction, pod: string, peer: Peer, protocol: Protocol, port?: number) => Verdict
  /** The same with its reasons. */
  readonly answer: (direction: Direction, pod: string, peer: Peer, protocol: Protocol, port?: number) => LayerAnswer
  /** Both ends, and each backend of a service: what policies alone say. Nodes and addresses have no policies of their own. */
  readonly path: (question: PolicyQuestion) => Answer
  /** What the published semantics would say of both ends, where that is something else: `path`'s `upstream`, of ends that are no service. */
  readonly upstream: (question: PolicyQuestion) => Answer['upstream']
  readonly matrix: PolicyMatrix
  readonly update: (change: PolicyChange) => PolicyUpdate
}

export interface PolicyQuestion {
  readonly from: Peer
  readonly to: Peer | { readonly service: string }
  readonly protocol: Protocol
  readonly port?: number
}

/** Where an engine does not do what its policies say by the published semantics. */
export interface Deviation {
  readonly id: DeviationName
  /** Where: the rule, or the policy, or the pod when no policy is to blame. */
  readonly at: RuleReference
  /** The other places that take part: the rule that replaces this one, the sibling pod. */
  readonly with: readonly RuleReference[]
  readonly direction?: Direction
  /** Which way the error goes. */
  readonly error: 'opens' | 'closes' | 'unpredictable'
  /** Pods whose traffic it concerns, `namespace/name`; of the controller's crash, none: it concerns all. */
  readonly pods: readonly string[]
  /** In lower case, no full stop. */
  readonly detail: string
}

export type DeviationName =
  | 'deny-narrowed-to-ports'
  | 'deny-range-dropped'
  | 'from-first-peer-only'
  | 'baseline-lifted-by-other-direction'
  | 'named-port-crashes-controller'
  | 'named-port-union'
  | 'named-port-dropped'
  | 'except-pooled'
  | 'port-slots'
  | 'port-collision'
  | 'shared-identifier'
  | 'shared-identifier-across-nodes'
  | 'rule-order-ignored'
  | 'host-network-peer'
  | 'own-node-excepted'
  | 'domain-rule-skipped'
  | 'rule-without-peers-dropped'
  | 'unlisted-direction-enforced'
  | 'service-selector-mismatch'
  | 'service-port-bypass'
  | 'policy-name-shared'
  | 'foreign-family-except'
  | 'closed-without-policy'
  | 'inert-api'
  | 'unenforced-pod'
