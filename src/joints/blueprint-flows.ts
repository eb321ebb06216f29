import type { Blueprint, BlueprintFlow, BlueprintPeer, BlueprintWorkload } from '#model/blueprint.ts'
import type { Account } from './blueprint-pods.ts'

/** A flow of one end of a blueprint, with the reason where its own end does not declare it. */
export interface Flow extends BlueprintFlow {
  readonly because?: string
}

/** What goes in and out of the pods of a workload. */
export interface Flows {
  /** All that may come in; undefined: ingress is left as it is. */
  readonly from: readonly Flow[] | undefined
  readonly to: readonly Flow[] | undefined
  /** What others of the blueprint declare with it. It is among `from` and `to` where these are declared. */
  readonly impliedFrom: readonly Flow[]
  readonly impliedTo: readonly Flow[]
}

/** A flow is open only where both of its ends let it pass: what one workload declares with another counts for both. */
export function flowsOf({ workloads }: Blueprint, workload: BlueprintWorkload): Flows {
  const others = workloads.filter(other => !isSame(other, workload))
  const impliedFrom = others.flatMap(other => implied(other, other.network?.to ?? [], workload, 'connects to it'))
  const impliedTo = others.flatMap(other => implied(other, other.network?.from ?? [], workload, 'lets it in'))
  const { from, to } = workload.network ?? {}
  return {
    from: from === undefined ? undefined : each([...from, ...impliedFrom]),
    to: to === undefined ? undefined : each([...to, ...impliedTo]),
    impliedFrom: each(impliedFrom),
    impliedTo: each(impliedTo),
  }
}

function implied(other: BlueprintWorkload, flows: readonly BlueprintFlow[], workload: Account, what: string): readonly Flow[] {
  const peer: BlueprintPeer = { is: 'workload', namespace: other.namespace, serviceAccount: other.serviceAccount }
  return flows.flatMap(flow =>
    flow.peer.is === 'workload' && isSame(flow.peer, workload) ? [{ ...flow, peer, because: `${nameOf(other)} ${what}` }] : [],
  )
}

/** The first of what is the same flow: what a workload declares itself goes before what others do. */
function each(flows: readonly Flow[]): readonly Flow[] {
  const found = new Map<string, Flow>()
  for (const flow of flows) {
    const key = JSON.stringify([flow.peer, flow.protocol, flow.port])
    if (!found.has(key)) found.set(key, flow)
  }
  return [...found.values()]
}

export const isSame = (a: Account, b: Account): boolean => a.namespace === b.namespace && a.serviceAccount === b.serviceAccount

export const nameOf = ({ namespace, serviceAccount }: Account): string => `${namespace}/${serviceAccount}`
