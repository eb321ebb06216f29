import { UserError } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'
import { addressText, parseAddress } from './addresses.ts'
import type { NetworkInput } from './aws-input.ts'
import type { AwsEnd, AwsLayer } from './aws/aws-layer.ts'
import { indexPods } from './aws/ends.ts'
import type { Peer } from './policy-layer.ts'
import type { Endpoint } from './question.ts'

/** One end as both layers know it. */
export interface NetworkEnd {
  readonly aws: AwsEnd
  /** As a policy of the other end sees it. */
  readonly peer: Peer
  /** The pod of which policies decide here. */
  readonly pod?: string
  /** Undefined: on no node, or not known. */
  readonly node: string | undefined
  /** A pod that shares a node with others, but has none yet. */
  readonly isUnplaced: boolean
}

export interface EndFinder {
  readonly pod: (id: string) => NetworkEnd
  /** @throws UserError `NO_SUCH_END`. A service and the internet are more than one end. */
  readonly find: (endpoint: Exclude<Endpoint, { service: string } | { internet: true }>) => NetworkEnd
  readonly service: (id: string) => Kinds['k8s/Service']
}

export function makeEndFinder({ policies: { pods, nodes, services } }: NetworkInput, aws: AwsLayer): EndFinder {
  const podsById = indexPods(pods.all)
  const byAddress = lazily(() => endsByAddress(pods.all, nodes.all))
  const servicesById = lazily(
    () => new Map(services.all.map(service => [`${service.metadata.namespace}/${service.metadata.name}`, service])),
  )
  const made = new Map<string, NetworkEnd>()
  const pod = (id: string): NetworkEnd => {
    const known = made.get(id)
    if (known !== undefined) return known
    const end = aws.pod(id)
    if (end === undefined) throw noSuchEnd('pod', id, pods.missing !== undefined)
    const node = podsById.get(id)?.spec?.nodeName
    const found = { aws: end, peer: { pod: id }, pod: id, node, isUnplaced: node === undefined && end.platform !== 'fargate' }
    made.set(id, found)
    return found
  }
  const node = (name: string): NetworkEnd => {
    const end = aws.node(name)
    if (end === undefined) throw noSuchEnd('node', name, nodes.missing !== undefined)
    return { aws: end, peer: { node: name }, node: name, isUnplaced: false }
  }
  return {
    pod,
    find: endpoint => {
      if ('pod' in endpoint) return pod(endpoint.pod)
      if ('node' in endpoint) return node(endpoint.node)
      const address = parseAddress(endpoint.address)
      if (address === undefined) throw new UserError('NO_SUCH_END', `${endpoint.address} is no address`)
      const text = addressText(address)
      const holder = byAddress().get(text)
      if (holder !== undefined) return 'pod' in holder ? pod(holder.pod) : node(holder.node)
      return { aws: aws.address(text), peer: { address: text }, node: undefined, isUnplaced: false }
    },
    service: id => {
      const found = servicesById().get(id)
      if (found === undefined) throw noSuchEnd('service', id, services.missing !== undefined)
      return found
    },
  }
}

const noSuchEnd = (sort: string, id: string, isPartial: boolean) =>
  new UserError('NO_SUCH_END', `there is no ${sort} ${id} in what was read`, isPartial ? { help: `Not every ${sort} was read.` } : {})

/** An address of a node is the node, whose host network's pods share it. */
function endsByAddress(
  pods: readonly Kinds['k8s/Pod'][],
  nodes: readonly Kinds['k8s/Node'][],
): ReadonlyMap<string, { readonly pod: string } | { readonly node: string }> {
  const found = new Map<string, { readonly pod: string } | { readonly node: string }>()
  const set = (text: string | undefined, end: { readonly pod: string } | { readonly node: string }) => {
    const address = parseAddress(text ?? '')
    if (address !== undefined) found.set(addressText(address), end)
  }
  for (const { metadata, status, spec } of pods) {
    if (spec?.hostNetwork !== true && isRunning(status?.phase)) set(status?.podIP, { pod: `${metadata.namespace}/${metadata.name}` })
  }
  for (const { metadata, status } of nodes) {
    for (const { type, address } of status?.addresses ?? []) if (type === 'InternalIP') set(address, { node: metadata.name })
  }
  return found
}

/** The address of a pod that has ended belongs to the next. */
const isRunning = (phase: string | undefined): boolean => phase !== 'Succeeded' && phase !== 'Failed'

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
