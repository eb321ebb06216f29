import type { Path } from '#model/place.ts'
import type { Bitset } from '../bitset.ts'
import { lastPort, type PortAtoms } from '../ports.ts'
import type { NumberedPort, Block, PolicyDocument, WrittenRule } from './document.ts'

/**
 * One thing that a rule says: these peers on these ports. A rule becomes several terms, one for each of its peers, and more where a port has one
 * number on some pods and another on others.
 */
export interface Term {
  readonly policy: PolicyDocument
  readonly rule: WrittenRule
  /** The peer, or the rule when it has none. */
  readonly path: Path
  readonly peers: Bitset
  /** Peers of which it cannot be said whether the term speaks of them, and why. */
  readonly maybe?: { readonly peers: Bitset; readonly reason: string }
  /** Undefined: all ports and all protocols. */
  readonly ports: readonly NumberedPort[] | undefined
  /** A block is a key of AWS's tables of its own; pods and services are keys of their addresses. */
  readonly block?: Block
}

export type Span = readonly [first: number, end: number]

/** The atoms of a port as [first, end). */
export const spanOf = (atoms: PortAtoms, { protocol, port, end }: NumberedPort): Span =>
  port === undefined ? atoms.span(protocol, 0, lastPort) : atoms.span(protocol, port, Math.max(port, end ?? port))

/** As text: equal ports, equal texts. */
export const portText = ({ protocol, port, end }: NumberedPort): string =>
  port === undefined ? protocol : end === undefined ? `${protocol}:${port}` : `${protocol}:${port}-${end}`

export const portsText = (ports: readonly NumberedPort[] | undefined): string =>
  ports === undefined ? 'all' : ports.map(portText).join(',')

export function uniquePorts(ports: readonly NumberedPort[]): NumberedPort[] {
  const seen = new Map<string, NumberedPort>()
  for (const port of ports) if (!seen.has(portText(port))) seen.set(portText(port), port)
  return [...seen.values()]
}
