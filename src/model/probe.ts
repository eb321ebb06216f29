import type { UnreadFact } from '#base/errors.ts'
import type { Kind, KubernetesKind } from './kinds.ts'
import type { Evidence, Scope } from './resource.ts'
import type { World } from './world.ts'

/** One thing that the program in a probe's pod tries: the contract is in probe/README.md. Times are milliseconds. */
export interface ProbeStep {
  readonly id: string
  readonly do: 'caller' | 'call' | 'metadata' | 'resolve' | 'connect' | 'serve' | 'files' | 'secret' | 'say' | 'wait'
  readonly timeout?: number
  readonly operation?: string
  readonly resource?: string
  readonly region?: string
  readonly name?: string
  readonly protocol?: 'TCP' | 'UDP'
  readonly address?: string
  readonly port?: number
  readonly ports?: readonly number[]
  readonly folder?: string
  readonly file?: string
  readonly jmesPath?: string
  readonly version?: string
  readonly stage?: string
  readonly text?: string
  readonly every?: number
}

/** What became of a step: whether what was tried worked, and what was seen or said, as the SDK or the kernel words it. */
export interface StepResult {
  readonly ok: boolean
  readonly text: string
  /** The service's error code, or `timeout`, `refused`, `unreachable`, `not-found`. */
  readonly code?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/** A Kubernetes object that a probe makes, whole. */
export interface ProbeObject {
  readonly kind: KubernetesKind
  /** `namespace/name`. */
  readonly id: string
  readonly scope: Scope
  readonly body: unknown
}

/** A pod of a probe, by its Job. */
export interface ProbePod {
  readonly id: string
  /** @param addresses of the pods before it, by id; before they run, their ids */
  readonly job: (addresses: ReadonlyMap<string, string>) => ProbeObject
  /** `end`: it does its steps and ends. `address`: it serves the pods after it, and is ready when it runs. */
  readonly until: 'end' | 'address'
  /** How long it may take from its making, seconds. */
  readonly seconds: number
}

/** Something that Mortise itself asks AWS for while the pods run. */
export type ProbeAct =
  | {
      readonly id: string
      readonly do: 'find-log-line'
      readonly region: string
      readonly group: string
      readonly text: string
      readonly seconds: number
    }
  | {
      readonly id: string
      readonly do: 'sample-finding'
      readonly region: string
      readonly type: string
      readonly seconds: number
    }
  | { readonly id: string; readonly do: 'coverage'; readonly region: string; readonly cluster: string }

/** What the engines say before anything runs. `link` and `check` say which link of the joint's chain decides. */
export type Prediction =
  | {
      readonly is: 'yes' | 'no'
      readonly because: string
      readonly at: readonly Evidence[]
      readonly link?: string
      readonly check?: string
    }
  | { readonly is: 'unknown'; readonly fact: UnreadFact }

/** One statement that a probe can show to be true or not. */
export interface Expectation {
  readonly id: string
  /** `AWS knows the pod as role s3-reader`. */
  readonly says: string
  /** Whether a joint that holds must show it; else right is whatever was predicted, as with flows that policies decide. */
  readonly isMust: boolean
  readonly predicted: Prediction
}

export type Observation =
  /** `points`: the link of the joint's chain that the text itself points at. */
  { readonly is: 'yes' | 'no'; readonly text: string; readonly points?: string } | { readonly is: 'not-observed'; readonly why: string }

/** One pod as it was at its end, and what its program said. */
export interface SeenPod {
  readonly body?: unknown
  readonly node?: string
  /** Why it never ran: an event's text, or the reason that its container waits. */
  readonly notStarted?: string
  readonly events: readonly string[]
  readonly results: ReadonlyMap<string, StepResult>
}

/** All that was seen of one probe. */
export interface Seen {
  readonly pods: ReadonlyMap<string, SeenPod>
  readonly acts: ReadonlyMap<string, StepResult>
  /** Read again while the probe's objects were there, when the probe asks for it. */
  readonly after?: World
}

/** A live test of one chain: what to run, what it should see, how to judge it. */
export interface Probe {
  readonly joint: string
  /** `deploy/reader in payments`. */
  readonly subject: string
  readonly namespace: string
  readonly pods: readonly ProbePod[]
  /** Made before the pods. */
  readonly objects: readonly ProbeObject[]
  readonly acts: readonly ProbeAct[]
  /** Kinds to read again while the probe's objects are there. */
  readonly rereads?: readonly Kind[]
  readonly expectations: readonly Expectation[]
  /** Pure: an observation for each expectation, by id. */
  readonly judge: (seen: Seen) => ReadonlyMap<string, Observation>
}

/** One expectation, what was seen, and what that makes of it. */
export interface Judged extends Expectation {
  readonly observed: Observation
  /**
   * `right`: as predicted, and as it should be. `broken`: not as it should be, as predicted or where nothing could be predicted.
   * `differs`: engine and cluster disagree. `not-predicted`: seen to be right, and nobody could say before. `not-observed`: nobody saw.
   */
  readonly state: 'right' | 'broken' | 'differs' | 'not-predicted' | 'not-observed'
}

export function judged(expectation: Expectation, observed: Observation): Judged {
  return { ...expectation, observed, state: stateOf(expectation, observed) }
}

function stateOf({ predicted, isMust }: Expectation, observed: Observation): Judged['state'] {
  if (observed.is === 'not-observed') return 'not-observed'
  const isRight = !isMust || observed.is === 'yes'
  if (predicted.is === 'unknown') return isRight ? 'not-predicted' : 'broken'
  if (predicted.is !== observed.is) return 'differs'
  const isElsewhere = predicted.link !== undefined && observed.points !== undefined && observed.points !== predicted.link
  if (predicted.is === 'no' && isElsewhere) return 'differs'
  return isRight ? 'right' : 'broken'
}
