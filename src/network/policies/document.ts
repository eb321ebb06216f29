import type { Kind } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import type { Cidr } from '../addresses.ts'
import type { Direction, PolicyProblem } from '../policy-layer.ts'
import type { Protocol } from '../question.ts'
import type { Selector } from '../selector.ts'

/** Where a rule stands among others: `namespace` is NetworkPolicy's own place between the two of the cluster. */
export type Tier = 'admin' | 'namespace' | 'baseline'
export type Action = 'Accept' | 'Deny' | 'Pass'

/** `own`: the policy's namespace. */
export interface PodSelection {
  readonly namespaces: Selector | 'own'
  readonly pods: Selector
}

/** Ports as written, numbers only: `end` is kept apart, because AWS's engine compares the texts. No `port`: all of the protocol. */
export interface NumberedPort {
  readonly protocol: Protocol
  readonly port?: number
  readonly end?: number
}

/** A port of a container by its name. Cluster policies name no protocol: then any. */
export interface NamedPort {
  readonly protocol?: Protocol
  readonly name: string
}

export type WrittenPort = NumberedPort | NamedPort

export interface Block {
  readonly cidr: Cidr
  readonly except: readonly Cidr[]
  /** As written: AWS's controller compares texts. */
  readonly text: string
  readonly exceptTexts: readonly string[]
}

export type WrittenPeer = { readonly path: Path } & (
  | { readonly pods: PodSelection }
  | { readonly block: Block }
  /** Nodes by their labels: upstream's, experimental. Where the nodes were read, their addresses stand as blocks in its place. */
  | { readonly nodes: Selector }
  | { readonly domains: readonly string[] }
  /** Not understood: an Accept of it admits nobody, a Deny everybody. */
  | { readonly unclear: string }
)

export interface WrittenRule {
  readonly path: Path
  readonly action: Action
  /** Undefined: everybody. */
  readonly peers?: readonly WrittenPeer[]
  /** Undefined: all ports and all protocols. */
  readonly ports?: readonly WrittenPort[]
  /** Which of the ports name no protocol, in a kind in which no API fills one in: those with a port, those without, or none. */
  readonly unprotocolled?: 'with a port' | 'all'
}

export interface PolicyDocument {
  readonly kind: Kind
  readonly id: string
  readonly namespace: string | undefined
  readonly tier: Tier
  /** 0 of a namespace's. */
  readonly priority: number
  readonly subject: PodSelection | undefined
  /** Directions in which the pods that it selects are closed but for its rules. */
  readonly isolates: Readonly<Record<Direction, boolean>>
  readonly rules: Readonly<Record<Direction, readonly WrittenRule[]>>
  /** Milliseconds. */
  readonly created: number | undefined
}

/** Collects what is wrong with one document. */
export type Complain = (code: PolicyProblem['code'], path: Path, message: string) => void

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A list, or nothing of one: what is neither is complained of. */
export function listAt(value: unknown, path: Path, complain: Complain): readonly unknown[] | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return value
  complain('POLICY_INVALID', path, 'not a list')
  return []
}

export const milliseconds = (timestamp: unknown): number | undefined => {
  const value = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(value) ? undefined : value
}
