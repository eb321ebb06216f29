import type { UnreadFact } from '#base/errors.ts'
import type { RuleReference } from '../question.ts'
import type { End } from './end.ts'
import type { CompiledAcl } from './network-acl.ts'
import type { Peer } from './security-groups.ts'

type At = 'source' | 'destination'

/** One thing on the way that decides. Plain data: most are never shown. */
export type Step =
  /** The groups of an end's interface. */
  | { readonly by: 'groups'; readonly at: At; readonly of: End; readonly peer: Peer; readonly peerName: string; readonly note?: string }
  /** An ACL of a subnet, in one direction; `isReturn`: what it does to the answers. Without an ACL: it was not read. */
  | {
      readonly by: 'acl'
      readonly at: At
      readonly acl: CompiledAcl | undefined
      readonly subnetId: string | undefined
      readonly direction: 'ingress' | 'egress'
      readonly remote: Peer
      readonly isReturn: boolean
    }
  /** What is decided without rules: a route, a path that passes no filter, something that is not modelled. */
  | {
      readonly by: 'way'
      readonly layer: 'route' | 'securityGroup'
      readonly at: At
      readonly verdict: 'allow' | 'deny' | 'unknown'
      readonly reason: string
      /** Only of TCP: other protocols pass. */
      readonly isOfTcp?: true
      readonly rules?: readonly RuleReference[]
      readonly asked?: readonly RuleReference[]
      readonly fact?: UnreadFact
    }

/** The steps of one way that a packet may take. All must let it pass. */
export interface Way {
  readonly steps: readonly Step[]
  /** When there are several ways: what this one supposes, `in strict mode`. */
  readonly supposing?: string
}

export const noFilter = (reason: string): Step[] => [
  { by: 'way', layer: 'securityGroup', at: 'source', verdict: 'allow', reason },
  { by: 'way', layer: 'securityGroup', at: 'destination', verdict: 'allow', reason },
]

export const unsure = (reason: string, at: At = 'source', fact?: UnreadFact): Step => ({
  by: 'way',
  layer: 'route',
  at,
  verdict: 'unknown',
  reason,
  ...(fact === undefined ? {} : { fact }),
})
