import { UserError } from '#base/errors.ts'
import type { ClusterNetwork } from '#joints/network.ts'
import type { Endpoint, Protocol } from '#network/question.ts'

/** What is sent. */
export interface AskedTraffic {
  readonly protocol: Protocol
  readonly port?: number
}

const protocols: Readonly<Record<string, Protocol>> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP', icmp: 'ICMP', icmpv6: 'ICMPv6' }

/** `tcp/8080`, `icmp`. */
export const trafficText = ({ protocol, port }: AskedTraffic): string => `${protocol.toLowerCase()}${port === undefined ? '' : `/${port}`}`

/**
 * The traffic that `--port` names: `8080`, `tcp/8080`, `udp/53`, `icmp`, or the name of a port.
 * @throws UserError `BAD_PORT`
 */
export function parseTraffic(text: string): AskedTraffic | { readonly name: string; readonly protocol?: Protocol } {
  const [first = '', second] = text.toLowerCase().split('/')
  const protocol = protocols[first]
  if (protocol === 'ICMP' || protocol === 'ICMPv6') return { protocol }
  if (second === undefined) return /^\d+$/.test(first) ? { protocol: 'TCP', port: portNumber(first, text) } : named(first, text)
  if (protocol === undefined) throw badPort(text, `${first} is no protocol`)
  return /^\d+$/.test(second) ? { protocol, port: portNumber(second, text) } : { ...named(second, text), protocol }
}

function portNumber(digits: string, text: string): number {
  const port = Number(digits)
  if (port < 1 || port > 65_535) throw badPort(text, 'ports go from 1 to 65535')
  return port
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#containerport-v1-core, an IANA_SVC_NAME */
function named(name: string, text: string): { readonly name: string } {
  if (/^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?$/.test(name)) return { name }
  throw badPort(text, 'it is neither a number nor the name of a port')
}

const badPort = (text: string, why: string) =>
  new UserError('BAD_PORT', `--port ${text}: ${why}`, { help: 'give a port such as 8080, tcp/5432, udp/53, icmp, or the name of one' })

/**
 * What to ask of a destination: the port that was given, a named one by what the destination calls so, else every port that it declares.
 * @throws UserError `NO_PORT` when none was given and none is declared
 */
export function trafficTo(view: ClusterNetwork, to: readonly Endpoint[], port: string | undefined): readonly AskedTraffic[] {
  const asked = port === undefined ? undefined : parseTraffic(port)
  if (asked !== undefined && !('name' in asked)) return [asked]
  const declared = declaredPorts(view, to).filter(
    item => asked === undefined || (item.name === asked.name && (asked.protocol === undefined || asked.protocol === item.protocol)),
  )
  const ports = new Map(declared.map(({ protocol, port: number }) => [`${protocol}/${number}`, { protocol, port: number }]))
  if (ports.size > 0) return [...ports.values()].sort((a, b) => a.port - b.port)
  if (asked !== undefined)
    throw new UserError('NO_PORT', `the destination calls no port ${asked.name}`, { help: 'give its number with --port' })
  throw new UserError('NO_PORT', 'the destination declares no port', { help: 'give one with --port, such as --port 8080' })
}

interface DeclaredPort {
  readonly name: string | undefined
  readonly protocol: Protocol
  readonly port: number
}

const isProtocol = (text: string): text is 'TCP' | 'UDP' | 'SCTP' => text === 'TCP' || text === 'UDP' || text === 'SCTP'

/** Ports of containers, and of services. */
export function declaredPorts({ network }: ClusterNetwork, to: readonly Endpoint[]): readonly DeclaredPort[] {
  const { pods, services } = network.input.policies
  const names = new Set(to.flatMap(end => ('pod' in end ? end.pod : 'service' in end ? end.service : [])))
  const isAsked = ({ metadata }: { readonly metadata: { readonly name: string; readonly namespace: string } }) =>
    names.has(`${metadata.namespace}/${metadata.name}`)
  const isService = to.some(end => 'service' in end)
  if (isService) {
    return services.all
      .filter(isAsked)
      .flatMap(({ spec }) => (spec?.ports ?? []).flatMap(item => declared(item.name, item.protocol, item.port)))
  }
  return pods.all
    .filter(isAsked)
    .flatMap(({ spec }) =>
      (spec?.containers ?? []).flatMap(({ ports = [] }) => ports.flatMap(item => declared(item.name, item.protocol, item.containerPort))),
    )
}

function declared(name: string | undefined, protocol: string | undefined, port: number): readonly DeclaredPort[] {
  const known = protocol ?? 'TCP'
  return isProtocol(known) ? [{ name, protocol: known, port }] : []
}
