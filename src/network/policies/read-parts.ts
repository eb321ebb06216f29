import type { Path } from '#model/place.ts'
import { containsCidr, parseCidr, type Cidr } from '../addresses.ts'
import { lastPort } from '../ports.ts'
import type { Protocol } from '../question.ts'
import { everything, readSelector, type Selector } from '../selector.ts'
import { isRecord, type Block, type Complain, type PodSelection, type WrittenPeer, type WrittenPort } from './document.ts'

/** Undefined: it is not a selector, and selects nothing. Absent is not empty: callers say what absent means. */
export function selectorAt(written: unknown, path: Path, complain: Complain): Selector | undefined {
  const read = readSelector(written)
  if ('selector' in read) return read.selector
  complain('SELECTOR_INVALID', path, read.problem)
  return undefined
}

/** A peer of a NetworkPolicy or an ApplicationNetworkPolicy. https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ */
export function readPeer(written: unknown, path: Path, complain: Complain): WrittenPeer | undefined {
  if (!isRecord(written)) return invalid('a peer is not a mapping', path, complain)
  const { ipBlock, podSelector, namespaceSelector, domainNames } = written
  if (Array.isArray(domainNames) && domainNames.length > 0) return { path, domains: domainNames.map(String) }
  if (ipBlock !== undefined && ipBlock !== null) {
    if (podSelector !== undefined || namespaceSelector !== undefined) return invalid('ipBlock stands alone in a peer', path, complain)
    const block = readBlock(ipBlock, [...path, 'ipBlock'], complain)
    return block && { path, block }
  }
  if (podSelector === undefined && namespaceSelector === undefined) return invalid('a peer selects nothing', path, complain)
  const pods = podSelector === undefined ? everything : selectorAt(podSelector, [...path, 'podSelector'], complain)
  const namespaces = namespaceSelector === undefined ? 'own' : selectorAt(namespaceSelector, [...path, 'namespaceSelector'], complain)
  return pods && namespaces && { path, pods: { namespaces, pods } }
}

function invalid(message: string, path: Path, complain: Complain): undefined {
  complain('PEER_INVALID', path, message)
  return undefined
}

function readBlock(written: unknown, path: Path, complain: Complain): Block | undefined {
  const { cidr: text, except } = isRecord(written) ? written : {}
  const cidr = typeof text === 'string' ? parseCidr(text) : undefined
  if (cidr === undefined || typeof text !== 'string') {
    complain('CIDR_INVALID', [...path, 'cidr'], `${JSON.stringify(text) ?? 'nothing'} is not a block of addresses`)
    return undefined
  }
  const kept: { cidr: Cidr; text: string }[] = []
  for (const [i, each] of (Array.isArray(except) ? (except as unknown[]) : []).entries()) {
    const part = typeof each === 'string' ? parseCidr(each) : undefined
    const at = [...path, 'except', i]
    if (part === undefined || typeof each !== 'string') complain('CIDR_INVALID', at, `${JSON.stringify(each)} is not a block of addresses`)
    else if (!containsCidr(cidr, part)) complain('EXCEPT_OUTSIDE_CIDR', at, `${each} is not inside ${text}`)
    else kept.push({ cidr: part, text: each })
  }
  return { cidr, text, except: kept.map(part => part.cidr), exceptTexts: kept.map(part => part.text) }
}

export const wholeBlock = (text: '0.0.0.0/0' | '::/0'): Block => ({
  cidr: { family: text === '::/0' ? 6 : 4, value: 0n, prefix: 0 },
  except: [],
  text,
  exceptTexts: [],
})

const protocols = new Set<unknown>(['TCP', 'UDP', 'SCTP'])

/** Undefined when the protocol is none that NetworkPolicy knows; TCP when it is absent. */
export function protocolAt(written: unknown, path: Path, complain: Complain): Protocol | undefined {
  if (written === undefined || written === null || written === '') return 'TCP'
  if (protocols.has(written)) return written as Protocol
  complain('PROTOCOL_UNKNOWN', path, `protocol ${JSON.stringify(written)} is not TCP, UDP or SCTP`)
  return undefined
}

export const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= lastPort

/** A port of a NetworkPolicy. A name may be written as text only; a number may not. */
export function readPort(written: unknown, path: Path, complain: Complain): WrittenPort | undefined {
  const { protocol: protocolText, port, endPort } = isRecord(written) ? written : {}
  const protocol = protocolAt(protocolText, [...path, 'protocol'], complain)
  if (protocol === undefined) return undefined
  const hasEnd = endPort !== undefined && endPort !== null
  if (port === undefined || port === null) {
    if (!hasEnd) return { protocol }
    return badPort('endPort needs a port', [...path, 'endPort'], complain)
  }
  if (typeof port === 'string') {
    if (hasEnd) return badPort('endPort needs a numeric port', [...path, 'endPort'], complain)
    return port === '' ? badPort('the name of the port is empty', [...path, 'port'], complain) : { protocol, name: port }
  }
  if (!isPort(port)) return badPort(`${JSON.stringify(port)} is not a port`, [...path, 'port'], complain)
  if (!hasEnd) return { protocol, port }
  if (!isPort(endPort)) return badPort(`${JSON.stringify(endPort)} is not a port`, [...path, 'endPort'], complain)
  if (endPort < port) return badPort(`endPort ${endPort} is below port ${port}`, [...path, 'endPort'], complain)
  return { protocol, port, end: endPort }
}

function badPort(message: string, path: Path, complain: Complain): undefined {
  complain('PORT_INVALID', path, message)
  return undefined
}

/** `namespaces` or `pods`, as subjects and peers of cluster policies write them. */
export function readSelection(written: Readonly<Record<string, unknown>>, path: Path, complain: Complain): PodSelection | undefined {
  if (written.namespaces !== undefined) {
    const namespaces = selectorAt(written.namespaces, [...path, 'namespaces'], complain)
    return namespaces && { namespaces, pods: everything }
  }
  if (!isRecord(written.pods)) return undefined
  const namespaces = selectorAt(written.pods.namespaceSelector ?? {}, [...path, 'pods', 'namespaceSelector'], complain)
  const pods = selectorAt(written.pods.podSelector ?? {}, [...path, 'pods', 'podSelector'], complain)
  return namespaces && pods && { namespaces, pods }
}

/** A network of a cluster policy: a block without `except`. */
export function readNetwork(written: unknown, path: Path, complain: Complain): WrittenPeer | undefined {
  const block = readBlock({ cidr: written }, path, complain)
  return block && { path, block }
}
