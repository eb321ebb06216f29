import type { Kinds } from '#model/kinds.ts'
import { parseAddress } from '../addresses.ts'
import type { AwsInput } from '../aws-input.ts'
import type { Listed } from '../input.ts'
import type { LayerAnswer, Protocol } from '../question.ts'
import type { AwsLayer, Verdict } from './aws-layer.ts'
import type { End } from './end.ts'
import { makeEnds, type Ends } from './ends.ts'
import { explainStep } from './explain-step.ts'
import { findWays } from './find-ways.ts'
import { noFilter, type Step, type Way } from './path.ts'
import { rowOfWay, rowOfWays } from './read-way.ts'
import { verdictCodes, type RowId } from './rows.ts'
import { trafficKey } from './traffic.ts'
import { indexAws, type AwsWorld } from './aws-world.ts'

/** Documents in, layer out. Nothing is worked out before it is asked for, and then once for each pair of classes of ends. */
export function compileAws(input: AwsInput, pods: Listed<Kinds['k8s/Pod']>, nodes: Listed<Kinds['k8s/Node']>): AwsLayer {
  const aws = indexAws(input)
  return layerOf(aws, makeEnds(aws, pods, nodes), makePairRows())
}

/** Rows by the classes of both ends, apart for ends on one node. -1: not asked yet. */
export interface PairRows {
  readonly row: (from: number, to: number, isOnOneNode: boolean) => RowId
  readonly set: (from: number, to: number, isOnOneNode: boolean, row: RowId) => void
}

export function makePairRows(): PairRows {
  const rows: (Int32Array | undefined)[] = []
  return {
    row: (from, to, isOnOneNode) => rows[from * 2 + Number(isOnOneNode)]?.[to] ?? -1,
    set: (from, to, isOnOneNode, row) => {
      const index = from * 2 + Number(isOnOneNode)
      const own = rows[index]
      if (own !== undefined && to < own.length) {
        own[to] = row
        return
      }
      const grown = new Int32Array(Math.max(64, 2 ** Math.ceil(Math.log2(to + 1)))).fill(-1)
      if (own !== undefined) grown.set(own)
      grown[to] = row
      rows[index] = grown
    },
  }
}

/** Two pods of a node's network, or one pod and itself, speak inside one network namespace. */
const isOneNamespace = (from: End, to: End): boolean =>
  from === to ||
  (from.where === 'vpc' && from.name === to.name) ||
  (from.isHost && to.isHost && from.address !== undefined && from.address === to.address)

export function layerOf(aws: AwsWorld, ends: Ends, pairs: PairRows): AwsLayer {
  const ownNamespace: readonly Way[] = [{ steps: noFilter('both ends are in one network namespace') }]
  const rowOf = (from: End, to: End, isOnOneNode: boolean): RowId => {
    if (isOneNamespace(from, to)) return aws.rows.allow
    const known = pairs.row(from.classId, to.classId, isOnOneNode)
    if (known >= 0) return known
    const row = rowOfWays(aws, findWays(aws, from, to, isOnOneNode))
    pairs.set(from.classId, to.classId, isOnOneNode, row)
    return row
  }
  const code = (from: End, to: End, isOnOneNode: boolean, key: number) => aws.rows.code(rowOf(from, to, isOnOneNode), key)
  return {
    pod: ends.pod,
    node: ends.node,
    address: text => {
      const address = parseAddress(text)
      if (address === undefined) throw new Error(`${text} is no address`)
      return ends.address(address)
    },
    code: (from, to, isOnOneNode, key) => code(from as End, to as End, isOnOneNode, key),
    verdict: (from, to, isOnOneNode, protocol, port) => verdictCodes[code(from as End, to as End, isOnOneNode, trafficKey(protocol, port))],
    explain: (from, to, isOnOneNode, protocol, port) => {
      const ways = isOneNamespace(from as End, to as End) ? ownNamespace : findWays(aws, from as End, to as End, isOnOneNode)
      return explainWays(aws, ways, protocol, port)
    },
  }
}

/** The layers of the one way; of several, of the one that decides: where they agree the first, else that they differ and why. */
function explainWays(aws: AwsWorld, ways: readonly Way[], protocol: Protocol, port: number | undefined): readonly LayerAnswer[] {
  const [first, ...others] = ways
  if (first === undefined) return []
  const explainAll = ({ steps }: Way) => steps.map(step => explainStep(aws, step, protocol, port))
  if (others.length === 0) return explainAll(first)
  const key = trafficKey(protocol, port)
  const codes = ways.map(way => aws.rows.code(rowOfWay(aws, way), key))
  if (codes.every(code => code === codes[0])) return explainAll(first)
  const { settings } = aws.input
  const reason = ways.map((way, i) => `${wordOf[verdictCodes[codes[i]!]]} ${way.supposing ?? 'otherwise'}`).join(', ')
  const unknown: Step = {
    by: 'way',
    layer: 'route',
    at: 'source',
    verdict: 'unknown',
    reason,
    ...('unread' in settings ? { fact: settings.unread } : {}),
  }
  return [explainStep(aws, unknown, protocol, port)]
}

const wordOf: Readonly<Record<Verdict, string>> = { allow: 'allowed', deny: 'denied', unknown: 'not known' }
