import { containsCidr } from '#network/addresses.ts'
import type { Direction } from '#network/policy-layer.ts'
import type { Block, PodSelection, WrittenPeer, WrittenPort, WrittenRule } from '#network/policies/document.ts'
import type { Selector } from '#network/selector.ts'

/** One peer of a rule at one of its ports; undefined, everybody, or everything. */
export interface Part {
  readonly peer: WrittenPeer | undefined
  readonly port: WrittenPort | undefined
}

/** Whether a rule surely admits a part of another one, of the same direction in the same namespace, whatever pods there are. */
export const isInside = ({ peer, port }: Part, { peers, ports }: WrittenRule, direction: Direction): boolean =>
  (peers === undefined || (peer !== undefined && peers.some(outer => containsPeer(outer, peer)))) &&
  (ports === undefined || (port !== undefined && ports.some(outer => containsPort(outer, port, needsSame(peer, direction)))))

/**
 * AWS's controller looks for the port of a Service by the first of a range alone, so a range does not admit a Service that one of its ports does.
 * https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go
 */
const needsSame = (peer: WrittenPeer | undefined, direction: Direction): boolean =>
  direction === 'egress' && peer !== undefined && 'pods' in peer

function containsPeer(outer: WrittenPeer, inner: WrittenPeer): boolean {
  if ('pods' in outer && 'pods' in inner) return containsSelection(outer.pods, inner.pods)
  return 'block' in outer && 'block' in inner && containsBlock(outer.block, inner.block)
}

const containsSelection = (outer: PodSelection, inner: PodSelection): boolean =>
  isWeaker(outer.pods, inner.pods) && containsNamespaces(outer.namespaces, inner.namespaces)

function containsNamespaces(outer: PodSelection['namespaces'], inner: PodSelection['namespaces']): boolean {
  if (outer === 'own') return inner === 'own'
  return inner === 'own' ? outer.requirements.length === 0 : isWeaker(outer, inner)
}

/** Whatever the stricter selects the weaker does: all that it asks for is asked for there. */
export function isWeaker(weaker: Selector, stricter: Selector): boolean {
  const asked = new Set(stricter.requirements.map(each => JSON.stringify(each)))
  return weaker.requirements.every(each => asked.has(JSON.stringify(each)))
}

/** An `except` of the inner one closes what others open, to AWS's engine: such a rule is not needless. */
const containsBlock = (outer: Block, inner: Block): boolean =>
  inner.except.length === 0 &&
  containsCidr(outer.cidr, inner.cidr) &&
  !outer.except.some(part => containsCidr(part, inner.cidr) || containsCidr(inner.cidr, part))

function containsPort(outer: WrittenPort, inner: WrittenPort, isSame: boolean): boolean {
  if (outer.protocol !== inner.protocol) return false
  if ('name' in outer) return 'name' in inner && outer.name === inner.name
  if (outer.port === undefined) return true
  if ('name' in inner || inner.port === undefined) return false
  const [end, innerEnd] = [outer.end ?? outer.port, inner.end ?? inner.port]
  return isSame ? outer.port === inner.port && end === innerEnd : outer.port <= inner.port && innerEnd <= end
}
