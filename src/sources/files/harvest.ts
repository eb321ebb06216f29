import type { Settle } from '#base/settle.ts'
import type { InputProblem } from '#model/input-problem.ts'
import type { AwsKind, Kind, KubernetesKind } from '#model/kinds.ts'
import type { Origin, Path } from '#model/place.ts'
import type { Scope } from '#model/resource.ts'
import type { Coverage } from '#model/world.ts'
import type { Seat } from './seat.ts'

/** An object that was read. Which cluster a Kubernetes object lives in may be known only when everything is read. */
export type Held =
  | {
      readonly kind: KubernetesKind
      readonly id: string
      readonly cluster: string | undefined
      readonly body: unknown
      readonly origin: Origin
    }
  | { readonly kind: AwsKind; readonly id: string; readonly scope: Scope; readonly body: unknown; readonly origin: Origin }

/** An unread entry whose cluster may be known only at the end. `anywhere`: no scope at all. */
export interface HeldUnread {
  readonly kind: Kind
  readonly id?: string
  readonly namespace?: string
  readonly vpc?: string
  readonly where: { readonly scope: Scope } | { readonly cluster: string | undefined } | 'anywhere'
  readonly reason: string
  readonly settle?: Settle
}

/** What the AWS CLI says about identity providers, in two outputs that are joined at the end. */
export interface ProviderDetails {
  readonly url: string
  readonly body: Readonly<Record<string, unknown>>
  readonly seat: Seat
}

/** One field of an AWS object, told by another answer than the object itself. */
export interface AwsPart {
  readonly kind: AwsKind
  readonly isOf: (id: string, body: Readonly<Record<string, unknown>>) => boolean
  readonly field: string
  readonly value: unknown
  /** Where in its own answer it stands. */
  readonly within: Path
  /** Of a list: where each of its items stands there, when others stand between them. */
  readonly indexes?: readonly number[]
  /** Why it is not all that the object has: it was filtered. Undefined when it is. */
  readonly lacks?: (body: Readonly<Record<string, unknown>>) => string | undefined
  readonly seat: Seat
  /** What to add when the object is missing. */
  readonly add: string
}

/** An AWS object that does not say where it lives. */
export interface Unplaced {
  readonly kind: AwsKind
  readonly body: Record<string, unknown>
  readonly seat: Seat
}

/** An AWS object whose output does not say in which account and region it is, nor perhaps of which detector. */
export interface Placeless {
  readonly kind: AwsKind
  readonly body: Readonly<Record<string, unknown>>
  readonly seat: Seat
  /** What it does say. */
  readonly account?: string
  readonly region?: string
  /** It belongs to a GuardDuty detector, which it does not name. */
  readonly ofDetector?: true
}

/** What the documents hold so far. */
export interface Harvest {
  readonly held: Held[]
  readonly unread: HeldUnread[]
  readonly read: Coverage[]
  readonly problems: InputProblem[]
  readonly ignored: Map<string, number>
  readonly providerDetails: ProviderDetails[]
  readonly parts: AwsPart[]
  readonly placeless: Placeless[]
  /** Detectors that lists name. */
  readonly detectors: Set<string>
  readonly unplaced: Unplaced[]
  readonly readAt: string[]
  /** Clusters that headers and cluster documents name. */
  readonly clusters: Set<string>
}

export const newHarvest = (): Harvest => ({
  held: [],
  unread: [],
  read: [],
  problems: [],
  ignored: new Map(),
  providerDetails: [],
  parts: [],
  placeless: [],
  detectors: new Set(),
  unplaced: [],
  readAt: [],
  clusters: new Set(),
})

export function ignore(harvest: Harvest, kind: string): void {
  const short = kind.length > 100 ? `${kind.slice(0, 100)}…` : kind
  harvest.ignored.set(short, (harvest.ignored.get(short) ?? 0) + 1)
}
