import type { OracleEnd, OracleQuestion } from '../oracles/network/evaluator.ts'
import { ofKind, podOf, serviceOf, type KubernetesObject } from '../oracles/network/objects.ts'

const idOf = ({ metadata }: KubernetesObject) => `${metadata.namespace}/${metadata.name}`

/** Pods that have an address, more than once so that they are asked about more often than the rest. */
export function podEnds(objects: readonly KubernetesObject[], weight: number): readonly OracleEnd[] {
  return ofKind(objects, 'Pod')
    .filter(object => podOf(object).address !== undefined && podOf(object).phase === 'Running')
    .flatMap(object => Array.from({ length: weight }, () => ({ pod: idOf(object) })))
}

export const serviceEnds = (objects: readonly KubernetesObject[]): readonly OracleEnd[] =>
  ofKind(objects, 'Service').map(object => ({ service: idOf(object) }))

export const nodeOf = (objects: readonly KubernetesObject[], end: OracleEnd): string | undefined => {
  if ('node' in end) return end.node
  if (!('pod' in end)) return undefined
  const object = ofKind(objects, 'Pod').find(each => idOf(each) === end.pod)
  return object === undefined ? undefined : podOf(object).node
}

/** ICMP and ESP have no ports. */
export const portOf = ({ protocol, port }: { readonly protocol: string; readonly port: number }): number | undefined =>
  protocol === 'ICMP' || protocol === '50' ? undefined : port

export const at = <Item>(items: readonly Item[], position: number): Item => items[position % items.length] as Item

/** A Service is mostly asked about at a port that it has; two pods now and then as if they were elsewhere. */
export function questionOf(
  objects: readonly KubernetesObject[],
  from: OracleEnd,
  to: OracleEnd,
  probe: { readonly from: number; readonly to: number; readonly protocol: string },
  port: number | undefined,
): OracleQuestion {
  const rest = { from, to, protocol: probe.protocol, ...(port !== undefined && { port }) }
  const placed = (['same-node', 'other-node'] as const)[probe.to % 5]
  const withPlacement = placed !== undefined && 'pod' in from && ('pod' in to || 'service' in to) ? { ...rest, placement: placed } : rest
  if (!('service' in to) || probe.from % 9 === 0) return withPlacement
  const service = ofKind(objects, 'Service').find(each => idOf(each) === to.service)
  const has = at(service === undefined ? [] : serviceOf(service).ports, probe.from)
  return { ...withPlacement, protocol: has.protocol, port: has.port }
}
