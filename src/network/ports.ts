import { lastAtOrBelow } from './last-at-or-below.ts'
import type { Protocol } from './question.ts'

/** Ports of one protocol, both ends included. ICMP counts type × 256 + code; protocols without ports are asked at 0. */
export interface PortRange {
  readonly protocol: Protocol
  readonly from: number
  readonly to: number
}

export const lastPort = 65_535

/** IANA's numbers of the protocols that have names here. https://www.iana.org/assignments/protocol-numbers */
const numbered = new Map<string, Protocol>([
  ['1', 'ICMP'],
  ['6', 'TCP'],
  ['17', 'UDP'],
  ['58', 'ICMPv6'],
  ['132', 'SCTP'],
])
const named = new Set<string>(numbered.values())

/** `tcp`, `6` and `TCP` are one protocol; undefined when the text names none. */
export function protocolOf(text: string): Protocol | undefined {
  const upper = text.toUpperCase()
  if (upper === 'ICMPV6') return 'ICMPv6'
  if (named.has(upper)) return upper as Protocol
  if (!/^\d{1,3}$/.test(text) || Number(text) > 255) return undefined
  const number = `${Number(text)}` as const
  return numbered.get(number) ?? number
}

export const hasPorts = (protocol: Protocol): boolean => protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP'

/**
 * Elementary intervals of ports: no rule that was given cuts one in two, so a rule is a set of atoms and two ports of one atom have one answer.
 * Atoms are numbered from 0, those of one protocol in a run, in order of their ports; the last stands for all protocols that no rule names.
 */
export interface PortAtoms {
  readonly count: number
  /** One atom as its ports; of the last one, undefined. */
  readonly range: (atom: number) => PortRange | undefined
  /** The atom of a port; a protocol without ports needs none. */
  readonly atomOf: (protocol: Protocol, port?: number) => number
  /** The atoms of a range as [first, end): the range must have been given when the atoms were made, or else it is widened to whole atoms. */
  readonly span: (protocol: Protocol, from: number, to: number) => readonly [first: number, end: number]
  readonly protocols: readonly Protocol[]
}

/** TCP, UDP, SCTP, ICMP and ICMPv6 always have atoms of their own, others when a rule names them. */
export function makePortAtoms(ranges: Iterable<PortRange>): PortAtoms {
  const starts = new Map<Protocol, Set<number>>()
  const startsOf = (protocol: Protocol): Set<number> => {
    const seen = starts.get(protocol)
    if (seen !== undefined) return seen
    const made = new Set([0])
    starts.set(protocol, made)
    return made
  }
  for (const protocol of ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6'] as const) startsOf(protocol)
  for (const { protocol, from, to } of ranges) {
    const cuts = startsOf(protocol)
    cuts.add(from)
    if (to < lastPort) cuts.add(to + 1)
  }
  return numberAtoms(starts)
}

/** The same atoms when no range cuts one in two; or else each becomes one or more. */
export function refinePorts(ports: PortAtoms, ranges: readonly PortRange[]): PortAtoms {
  const isWhole = ({ protocol, from, to }: PortRange) => {
    const [first, end] = ports.span(protocol, from, to)
    return ports.range(first)?.from === from && ports.range(end - 1)?.to === to
  }
  if (ranges.every(isWhole)) return ports
  const all = Array.from({ length: ports.count - 1 }, (_, atom) => ports.range(atom)!)
  return makePortAtoms([...all, ...ranges])
}

interface Run {
  readonly protocol: Protocol
  readonly first: number
  readonly starts: Uint32Array
}

function numberAtoms(starts: ReadonlyMap<Protocol, ReadonlySet<number>>): PortAtoms {
  const runs = new Map<Protocol, Run>()
  const byAtom: PortRange[] = []
  for (const [protocol, cuts] of starts) {
    const sorted = Uint32Array.from(cuts).sort()
    runs.set(protocol, { protocol, first: byAtom.length, starts: sorted })
    sorted.forEach((from, i) => byAtom.push({ protocol, from, to: (sorted[i + 1] ?? lastPort + 1) - 1 }))
  }
  const rest = byAtom.length
  const atomOf = (protocol: Protocol, port = 0): number => {
    const run = runs.get(protocol)
    return run === undefined ? rest : run.first + lastAtOrBelow(run.starts, port)
  }
  return {
    count: rest + 1,
    range: atom => byAtom[atom],
    atomOf,
    span: (protocol, from, to) => [atomOf(protocol, from), atomOf(protocol, to) + 1],
    protocols: [...runs.keys()],
  }
}
