import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { protocolOf } from '#network/ports.ts'

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly unknown[]
}
interface Peer {
  readonly podSelector?: Selector
  readonly pods?: { readonly podSelector?: Selector }
}

/**
 * Services select by the labels that peers ask for as well, which all their pods have. Undefined when a peer asks for something that no selector of a
 * Service can say.
 */
export function fullerSelectors({ find }: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const byService = new Map<Resource, Record<string, string>>()
  for (const { at, with: others } of found) {
    const peer = valueAt(find(at.kind, at.id)?.body, at.path) as Peer | undefined
    const selector = peer?.podSelector ?? peer?.pods?.podSelector
    const service = others[0] === undefined ? undefined : find('k8s/Service', others[0].id)
    if (service === undefined || selector?.matchLabels === undefined || (selector.matchExpressions ?? []).length > 0) return undefined
    byService.set(service, { ...byService.get(service), ...selector.matchLabels })
  }
  return {
    title: 'let the selector of the Service name the labels that the peer asks for',
    safe: false,
    changes: [...byService].map(fuller),
  }
}

function fuller([service, labels]: readonly [Resource, Record<string, string>]): Change {
  const own = valueAt(service.body, ['spec', 'selector']) as Readonly<Record<string, string>> | undefined
  return {
    target: targetOf(service),
    edit: setting(service, ['spec', 'selector'], { ...own, ...labels }),
    permissions: ['patch services'],
    risk: 'All pods behind the Service have these labels now; one that is made without them later gets no traffic.',
  }
}

/** Whether a pod that the policy selects is kept from the Service by all its policies together, on a port whose target it may reach. */
export function isServiceClosed(policies: ClusterPolicies, { pods, with: others }: Deviation): boolean {
  const service = others[0] === undefined ? undefined : policies.find('k8s/Service', others[0].id)
  const spec = service?.body as Kinds['k8s/Service'] | undefined
  const layer = policies.layer()
  const byClass = new Map(pods.map(pod => [layer.classOf(pod)?.id ?? -1, pod]))
  return (spec?.spec?.ports ?? []).some(({ protocol: text = 'TCP', port }) => {
    const protocol = protocolOf(text)
    if (protocol === undefined) return false
    return [...byClass.values()].some(
      pod => layer.verdict('egress', pod, { address: spec?.spec?.clusterIP ?? '' }, protocol, port) === 'deny',
    )
  })
}
