import { isDeepStrictEqual } from 'node:util'
import type { LabelSelector } from '#joints/label-selector.ts'
import { perWorld } from '#joints/per-world.ts'
import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { containsAddress, parseAddress, parseCidr, type Cidr } from '#network/addresses.ts'
import { clusterOf, deviationLists, enforcedByAws, policyName, specOf } from './deviation-verdict.ts'
import { settledPodsOf, type PodSelection } from './settled-pods.ts'

export type EndpointReader = PolicyLayerReader & Reader<'k8s/PolicyEndpoint'>
type Endpoint = Resource<'k8s/PolicyEndpoint'>
type Pod = Kinds['k8s/Pod']
type Policy = Resource<'k8s/NetworkPolicy'> | Resource<'k8s/ApplicationNetworkPolicy'>

/** PolicyEndpoints of a cluster by the policy that they are of: `namespace/name`. One of more than 200 pods has several. */
const endpointsByPolicy = perWorld((_world: EndpointReader) => new Map<string, ReadonlyMap<string, readonly Endpoint[]>>())

function endpointsOf(world: EndpointReader, cluster: string, policy: string): readonly Endpoint[] {
  const known = endpointsByPolicy(world)
  const index =
    known.get(cluster) ??
    Map.groupBy(world.list('k8s/PolicyEndpoint', { cluster }), ({ body }) => `${body.spec.policyRef.namespace}/${body.spec.policyRef.name}`)
  known.set(cluster, index)
  return index.get(policy) ?? []
}

/**
 * Whether the PolicyEndpoints of a policy, which the agents enforce, are what the policy says now.
 * @throws Unread when the endpoints, or what the policy is about, were not read
 */
export function endpointVerdict(world: EndpointReader, policy: Policy): Verdict {
  const cluster = clusterOf(policy)
  const policies = policiesOf(world, cluster)
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, deviationLists)
  const endpoints = endpointsOf(world, cluster, policy.id)
  const wanted = settledPodsOf(policies, world.readAt)
    .select(selectionOf(policy, { podSelector: policy.body.spec?.podSelector }))
    .filter(({ spec }) => spec?.hostNetwork !== true)
  const [endpoint] = endpoints
  if (endpoint === undefined) {
    const [pod] = wanted
    if (pod === undefined) return skip('it selects no pod that has an address')
    return failing(
      policy,
      [specOf(policy, 'no PolicyEndpoint is of this policy')],
      `${policyName(policy)} was never resolved, and ${wanted.length === 1 ? `pod ${pod.metadata.name} is` : `${wanted.length} pods are`} not enforced`,
    )
  }
  return (
    stale(policy, endpoints, endpoint, wanted) ??
    missingPeers(world, policy, endpoints, endpoint) ??
    strayPeers(world, policy, endpoints) ??
    pass(specOf(policy, 'it is resolved to the pods of now'), endpoint.at(['spec', 'policyRef', 'name'], 'by this PolicyEndpoint'))
  )
}

function failing(policy: Policy, evidence: readonly [Evidence, ...Evidence[]], message: string): Verdict {
  return fail({
    message,
    evidence,
    effect:
      'The agents enforce what the PolicyEndpoint says: pods that it leaves out are open, and addresses that it leaves out are closed.',
    help: `Touch the policy so that it is resolved again (kubectl annotate ${policy.kind.slice(4).toLowerCase()} -n ${policy.body.metadata.namespace} ${policy.body.metadata.name} resolved-again=1 --overwrite), and look for a ClusterNetworkPolicy with a named port, which stops the controller.`,
  })
}

function stale(policy: Policy, endpoints: readonly Endpoint[], endpoint: Endpoint, wanted: readonly Pod[]): Verdict | undefined {
  const selector = endpoint.body.spec.podSelector
  if (selector !== undefined && !isDeepStrictEqual(plain(selector), plain(policy.body.spec?.podSelector))) {
    const evidence = [
      endpoint.at(['spec', 'podSelector'], 'it was resolved with this selector'),
      policy.body.spec?.podSelector === undefined
        ? specOf(policy, 'and the policy selects every pod')
        : policy.at(['spec', 'podSelector'], 'and the policy has this one'),
    ] as const
    return failing(policy, evidence, `${policyName(policy)} was changed and not resolved again`)
  }
  const resolved = new Set(endpoints.flatMap(({ body }) => (body.spec.podSelectorEndpoints ?? []).map(({ podIP }) => podIP)))
  const left = wanted.filter(({ status }) => !resolved.has(status?.podIP ?? ''))
  const [pod] = left
  if (pod === undefined) return undefined
  const path = endpoint.body.spec.podSelectorEndpoints === undefined ? ['spec'] : ['spec', 'podSelectorEndpoints']
  const evidence = [
    endpoint.at(path, `${pod.status?.podIP ?? ''} is not among its pods`, 'key'),
    policy.at(['metadata', 'name'], 'the policy selects the pod'),
  ] as const
  return failing(policy, evidence, `${policyName(policy)} selects ${podsText(left)}, which its PolicyEndpoint leaves out`)
}

const podsText = (pods: readonly Pod[]): string =>
  pods.length === 1 ? `pod ${pods[0]!.metadata.name}` : `${pods.length} pods, such as ${pods[0]!.metadata.name}`

/** Empty parts of a selector are the same as none. */
function plain(selector: LabelSelector | undefined) {
  return {
    labels: selector?.matchLabels ?? {},
    expressions: (selector?.matchExpressions ?? []).map(each => ({ ...each, values: each.values ?? [] })),
  }
}

interface Peer {
  readonly podSelector?: LabelSelector | undefined
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: object
}
interface Rule {
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
  readonly ports?: readonly { readonly port?: string | number }[]
}

/** Pods that a rule without named ports selects as peers, and whose address no entry has. */
function missingPeers(world: EndpointReader, policy: Policy, endpoints: readonly Endpoint[], endpoint: Endpoint): Verdict | undefined {
  const pods = settledPodsOf(policiesOf(world, clusterOf(policy)), world.readAt)
  for (const direction of ['ingress', 'egress'] as const) {
    const isHeld = holder(endpoints, direction)
    for (const { path, peer } of selectingPeers(policy, direction, 'without')) {
      const left = pods.select(selectionOf(policy, peer)).find(({ status }) => !isHeld(status?.podIP ?? ''))
      if (left === undefined) continue
      const name = `${left.metadata.namespace}/${left.metadata.name}`
      const at = endpoint.body.spec[direction] === undefined ? ['spec'] : ['spec', direction]
      const evidence = [
        endpoint.at(at, `${left.status?.podIP ?? ''} is in no entry`, 'key'),
        policy.at(path, `this peer selects pod ${name}`),
      ] as const
      return failing(policy, evidence, `${policyName(policy)} admits pod ${name}, whose address its PolicyEndpoint leaves out`)
    }
  }
  return undefined
}

/** Addresses of pods that are let in and that no peer selects any more: pods that were relabelled, or got the address of one that is gone. */
function strayPeers(world: EndpointReader, policy: Policy, endpoints: readonly Endpoint[]): Verdict | undefined {
  const pods = settledPodsOf(policiesOf(world, clusterOf(policy)), world.readAt)
  for (const direction of ['ingress', 'egress'] as const) {
    const isKnown = selectingPeers(policy, direction, 'with named ports').map(({ peer }) => pods.matcher(selectionOf(policy, peer)))
    const written = JSON.stringify(policy.body.spec?.[direction] ?? [])
    for (const endpoint of endpoints) {
      for (const [i, { cidr = '' }] of (endpoint.body.spec[direction] ?? []).entries()) {
        const pod = pods.byAddress.get(cidr)
        if (pod === undefined || isKnown.some(isPeer => isPeer(pod)) || written.includes(`"${cidr}/`)) continue
        const name = `${pod.metadata.namespace}/${pod.metadata.name}`
        const evidence = [
          endpoint.at(['spec', direction, i, 'cidr'], `the address of pod ${name}, which no peer of the policy selects`),
          policy.body.spec?.[direction] === undefined
            ? specOf(policy, 'it has no peers of this direction')
            : policy.at(['spec', direction], 'the peers of now', 'key'),
        ] as const
        return failing(policy, evidence, `${policyName(policy)} still admits the address of pod ${name}, which none of its peers selects`)
      }
    }
  }
  return undefined
}

function holder(endpoints: readonly Endpoint[], direction: 'ingress' | 'egress'): (address: string) => boolean {
  const entries = endpoints.flatMap(({ body }) => (body.spec[direction] ?? []).flatMap(({ cidr }) => cidr ?? []))
  const addresses = new Set(entries)
  let blocks: readonly Cidr[] | undefined
  return text => {
    const address = addresses.has(text) ? undefined : parseAddress(text)
    if (address === undefined) return true
    blocks ??= entries.flatMap(entry => parseCidr(entry) ?? [])
    return blocks.some(block => containsAddress(block, address))
  }
}

/** With named ports, which not every pod has, a peer may rightly be left out. */
function selectingPeers(policy: Policy, direction: 'ingress' | 'egress', named: 'with named ports' | 'without') {
  const side = direction === 'ingress' ? 'from' : 'to'
  return ((policy.body.spec?.[direction] ?? []) as readonly Rule[]).flatMap((rule, i) => {
    if (named === 'without' && rule.ports?.some(({ port }) => typeof port === 'string') === true) return []
    return (rule[side] ?? []).flatMap((peer, j) => {
      if (peer.ipBlock !== undefined || (peer.podSelector === undefined && peer.namespaceSelector === undefined)) return []
      return [{ path: ['spec', direction, i, side, j], peer }]
    })
  })
}

const selectionOf = (policy: Policy, { namespaceSelector, podSelector }: Peer): PodSelection => ({
  namespace: policy.body.metadata.namespace,
  namespaces: namespaceSelector,
  pods: podSelector,
})

/** @throws Unread when the policies were not read */
export function orphanVerdict(world: EndpointReader, endpoint: Endpoint): Verdict {
  const policies = policiesOf(world, clusterOf(endpoint))
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, ['networkPolicies', 'applicationNetworkPolicies'])
  const { name, namespace } = endpoint.body.spec.policyRef
  const id = `${namespace}/${name}`
  const policy = policies.find('k8s/NetworkPolicy', id) ?? policies.find('k8s/ApplicationNetworkPolicy', id)
  if (policy !== undefined)
    return pass(endpoint.at(['spec', 'policyRef', 'name'], 'this policy exists'), policy.at(['metadata', 'name'], 'it is resolved there'))
  const count = endpoint.body.spec.podSelectorEndpoints?.length ?? 0
  return fail({
    message: `PolicyEndpoint ${endpoint.id} is still enforced on ${count} pod${count === 1 ? '' : 's'}, and its policy ${id} does not exist`,
    evidence: [endpoint.at(['spec', 'policyRef', 'name'], 'there is no policy of this name')],
    effect: 'The agents go on enforcing the deleted policy.',
    help: 'Create the policy again and delete it, so that the controller cleans up; if the endpoint stays, the controller does not run.',
  })
}
