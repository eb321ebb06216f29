import type { Protocol } from '../question.ts'

/**
 * A set of kinds of traffic: the sorted boundaries of its runs, of which the even ones open a run and the odd ones close it (exclusive).
 * A kind is a number: protocol × 65,536 + port; ICMP counts type × 256 + code for a port, and protocols without ports are 0 to 65,535 at once.
 * Unlike a set over atoms it needs no list of all rules, so that a rule may come or go without touching the rest.
 */
export type TrafficSet = Uint32Array

const ports = 65_536
const end = 256 * ports

export const noTraffic: TrafficSet = new Uint32Array(0)
export const allTraffic: TrafficSet = Uint32Array.of(0, end)

const numbers: Readonly<Record<string, number>> = { ICMP: 1, TCP: 6, UDP: 17, ICMPv6: 58, SCTP: 132 }

/** IANA's number. https://www.iana.org/assignments/protocol-numbers */
export const protocolNumber = (protocol: Protocol): number => numbers[protocol] ?? Number(protocol)

const echoRequest: Readonly<Record<number, number>> = { 1: 8 << 8, 58: 128 << 8 }

/** The number of what opens a connection; ICMP without a port is an echo request (RFC 792, RFC 4443). */
export function trafficKey(protocol: Protocol, port?: number): number {
  const number = protocolNumber(protocol)
  return number * ports + (port ?? echoRequest[number] ?? 0)
}

/** All of a protocol, or the ports of it from one to another, both included. */
export const trafficRange = (protocol: number, from = 0, to = ports - 1): TrafficSet =>
  from > to ? noTraffic : Uint32Array.of(protocol * ports + from, protocol * ports + to + 1)

export function hasTraffic(set: TrafficSet, key: number): boolean {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (set[middle]! <= key) low = middle + 1
    else high = middle
  }
  return (low & 1) === 1
}

/** Walks the boundaries of both and keeps where the answer changes: the bit of `truth` at 1 when it is in a, and 2 more when it is in b. */
function combine(a: TrafficSet, b: TrafficSet, truth: number): TrafficSet {
  const result = new Uint32Array(a.length + b.length)
  let filled = 0
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const nextA = i < a.length ? a[i]! : Infinity
    const nextB = j < b.length ? b[j]! : Infinity
    const at = nextA < nextB ? nextA : nextB
    if (nextA === at) i++
    if (nextB === at) j++
    const isInside = (truth >>> ((i & 1) | ((j & 1) << 1))) & 1
    if (isInside !== (filled & 1)) result[filled++] = at
  }
  return result.slice(0, filled)
}

export const uniteTraffic = (a: TrafficSet, b: TrafficSet): TrafficSet => combine(a, b, 0b1110)
export const intersectTraffic = (a: TrafficSet, b: TrafficSet): TrafficSet => combine(a, b, 0b1000)
export const subtractTraffic = (a: TrafficSet, b: TrafficSet): TrafficSet => combine(a, b, 0b0010)

/** The union of many at once: for groups of thousands of rules. */
export function uniteAll(sets: readonly TrafficSet[]): TrafficSet {
  if (sets.length <= 2) return uniteTraffic(sets[0] ?? noTraffic, sets[1] ?? noTraffic)
  const runs: [start: number, end: number][] = []
  for (const set of sets) for (let i = 0; i < set.length; i += 2) runs.push([set[i]!, set[i + 1]!])
  runs.sort((a, b) => a[0] - b[0])
  const result: number[] = []
  let reached = -1
  for (const [start, stop] of runs) {
    if (start > reached) {
      if (reached >= 0) result.push(reached)
      result.push(start)
      reached = stop
    } else if (stop > reached) reached = stop
  }
  if (reached >= 0) result.push(reached)
  return new Uint32Array(result)
}

/** Equal sets have one number, and others seldom have the same. */
export function hashOf(set: TrafficSet): number {
  let hash = set.length
  for (const at of set) hash = Math.imul(hash ^ at, 16_777_619)
  return hash
}

export const isAllOf = (set: TrafficSet, part: TrafficSet): boolean => subtractTraffic(part, set).length === 0
export const isNoneOf = (set: TrafficSet, part: TrafficSet): boolean => intersectTraffic(part, set).length === 0
