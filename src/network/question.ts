import type { UnreadFact } from '#base/errors.ts'
import type { Kind } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'

/** As NetworkPolicy spells them; a number is an IP protocol number (`50` is ESP). */
export type Protocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6' | `${number}`

/**
 * One end of a question. Pods, services and nodes by `namespace/name` or name; an address is IPv4 or IPv6 text without a prefix length;
 * the internet stands for every address outside the VPC, its peers and what routes send elsewhere privately.
 */
export type Endpoint =
  | { readonly pod: string }
  | { readonly service: string }
  | { readonly node: string }
  | { readonly address: string }
  | { readonly internet: true }

/** May a connection be opened? `port` is the one that the source connects to: of a service, the service's. ICMP has none. */
export interface Question {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly protocol: Protocol
  readonly port?: number
  /** For ends whose nodes are not fixed (or to ask about a move): otherwise where the pods are now decides. */
  readonly placement?: 'same-node' | 'other-node'
}

export type LayerName = 'networkPolicy' | 'clusterNetworkPolicy' | 'securityGroup' | 'nacl' | 'route'
export type End = 'source' | 'destination'

/** A rule of a document of the input, by the document's kind and id (`namespace/name`, name or ARN) and the path of the rule in it. */
export interface RuleReference {
  readonly kind: Kind
  readonly id: string
  readonly path: Path
}

/** What one layer says at one end. */
export interface LayerAnswer {
  readonly layer: LayerName
  readonly end: End
  readonly verdict: 'allow' | 'deny' | 'unknown'
  /** The rules that decide: every allow that contributes, or the deny that wins. Empty when nothing selects, or nothing allows. */
  readonly by: readonly RuleReference[]
  /** The documents that were asked and had no rule for it: the policies that isolate the pod, the groups of the interface. */
  readonly asked?: readonly RuleReference[]
  /** In lower case, no full stop: `no policy selects the pod`, `no rule for sg-0web on 8080`. */
  readonly reason: string
  /** What was not read, of an unknown. */
  readonly fact?: UnreadFact
}

/** Allow, deny and unknown of all layers joined: a deny beats an unknown, which beats an allow. */
export interface PathAnswer {
  readonly verdict: 'allow' | 'deny' | 'unknown'
  /** From source to destination: policies and groups of the source, routes and NACLs, groups and policies of the destination. */
  readonly layers: readonly LayerAnswer[]
}

/** The answer. `split`: it differs between pods on one node and on two, and the ends do not say which. */
export interface Answer {
  readonly verdict: 'allow' | 'deny' | 'unknown' | 'split'
  readonly layers: readonly LayerAnswer[]
  /** In lower case, no full stop. */
  readonly reason: string
  readonly split?: { readonly sameNode: PathAnswer; readonly otherNode: PathAnswer }
  /** Of a service: each ready backend. A service answers allow when all do, deny when none does; `partial` when only some do. */
  readonly backends?: readonly { readonly pod: string; readonly port: number; readonly answer: PathAnswer }[]
  readonly partial?: boolean
  /** What the published semantics of NetworkPolicy would say of the policies, where the enforcing engine decides otherwise. */
  readonly upstream?: { readonly verdict: 'allow' | 'deny'; readonly because: string }
}
