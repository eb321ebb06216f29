import type { Kinds } from '#model/kinds.ts'
import { parseAddress, type Address } from '../addresses.ts'
import type { AwsInput } from '../aws-input.ts'
import type { Listed } from '../input.ts'
import type { LayerAnswer, Protocol } from '../question.ts'
import type { AwsLayer, Verdict } from './aws-layer.ts'
import type { End } from './end.ts'
import type { ClassNumbers } from './class-numbers.ts'
import { makeEnds, type Ends } from './ends.ts'
import { explainStep } from './explain-step.ts'
import { findWays, shortWay } from './find-ways.ts'
import { isInBlocks } from './index-interfaces.ts'
import { noFilter, type Step, type Way } from './path.ts'
import { isOneNamespace, manyPairs } from './many-pairs.ts'
import { rowOfWay, rowOfWays } from './read-way.ts'
import { verdictCodes, type RowId, type VerdictCode } from './rows.ts'
import { blocksOfGroup } from './security-groups.ts'
import { notOfTheInternet } from './special-addresses.ts'
import { trafficKey } from './traffic.ts'
import { indexAws, type AwsWorld } from './aws-world.ts'

/** Documents in, layer out. Nothing is worked out before it is asked for, and then once for each pair of classes of ends. */
export function compileAws(input: AwsInput, pods: Listed<Kinds['k8s/Pod']>, nodes: Listed<Kinds['k8s/Node']>): AwsLayer {
  const aws = indexAws(input)
  const numbers = { byText: new Map<string, number>() }
  return layerOf({ aws, pods, nodes, numbers, ends: makeEnds(aws, pods, nodes, numbers), pairs: makePairRows() })
}

interface LayerParts {
  readonly aws: AwsWorld
  readonly pods: Listed<Kinds['k8s/Pod']>
  readonly nodes: Listed<Kinds['k8s/Node']>
  readonly numbers: ClassNumbers
  readonly ends: Ends
  readonly pairs: KnownRows
}

/** Rows by the classes of both ends, apart for ends on one node. -1: not asked yet. */
interface KnownRows {
  readonly row: (from: number, to: number, isOnOneNode: boolean) => RowId
  readonly set: (from: number, to: number, isOnOneNode: boolean, row: RowId) => void
}

function makePairRows(): KnownRows {
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

/** Of two interfaces that only their groups filter. Their rows are looked up, never joined. */
function codeOfGroups(
  { groups, rows }: AwsWorld,
  { set, asPeer: source }: End,
  { set: other, asPeer: destination }: End,
  key: number,
): VerdictCode {
  if (set === undefined || other === undefined) return 1
  const out = rows.code(groups.row(set, 'egress', destination), key)
  return out === 0 ? 0 : least(out, rows.code(groups.row(other, 'ingress', source), key))
}

const least = (a: VerdictCode, b: VerdictCode): VerdictCode => (a < b ? a : b)

function layerOf(parts: LayerParts): AwsLayer {
  const { aws, ends, pairs } = parts
  const ownNamespace: readonly Way[] = [{ steps: noFilter('both ends are in one network namespace') }]
  /** Of ends in two network namespaces. */
  const rowOf = (from: End, to: End, isOnOneNode: boolean): RowId => {
    const known = pairs.row(from.classId, to.classId, isOnOneNode)
    if (known >= 0) return known
    const row = rowOfWays(aws, findWays(aws, from, to, isOnOneNode))
    pairs.set(from.classId, to.classId, isOnOneNode, row)
    return row
  }
  const code = (from: End, to: End, isOnOneNode: boolean, key: number): VerdictCode => {
    const short = shortWay(aws, from, to, isOnOneNode)
    if (short === 'open' || isOneNamespace(from, to)) return 2
    return short === 'groups' ? codeOfGroups(aws, from, to, key) : aws.rows.code(rowOf(from, to, isOnOneNode), key)
  }
  return {
    lineage: parts.numbers,
    pod: ends.pod,
    node: ends.node,
    address: text => {
      const address = parseAddress(text)
      if (address === undefined) throw new Error(`${text} is no address`)
      return ends.address(address)
    },
    internet: family => internetOf(aws, ends, family),
    isInternet: text => {
      const address = parseAddress(text)
      return address !== undefined && isInternet(aws, address)
    },
    ...manyPairs(aws, () => parts.numbers.byText.size, rowOf),
    withGroup: (id, group) => withGroup(parts, id, group),
    withPods: (pods, nodes) => withPods(parts, pods, nodes),
    code: (from, to, isOnOneNode, key) => code(from as End, to as End, isOnOneNode, key),
    verdict: (from, to, isOnOneNode, protocol, port) => verdictCodes[code(from as End, to as End, isOnOneNode, trafficKey(protocol, port))],
    explain: (from, to, isOnOneNode, protocol, port) => {
      const ways = isOneNamespace(from as End, to as End) ? ownNamespace : findWays(aws, from as End, to as End, isOnOneNode)
      return explainWays(aws, ways, protocol, port)
    },
  }
}

/** One address of each run that rules and routes tell apart. */
function internetOf(aws: AwsWorld, ends: Ends, family: 4 | 6): readonly End[] {
  const { classes } = aws
  const all = classes.within({ family, value: 0n, prefix: 0 }).map(of => classes.first(of))
  return all.filter(address => isInternet(aws, address)).map(ends.address)
}

const isInternet = ({ vpcOf }: AwsWorld, address: Address): boolean =>
  !isInBlocks(notOfTheInternet, address) && vpcOf(address) === undefined

/** Ends whose groups hold it get new classes, and so do those whose address a new block tells from its neighbours. */
function withGroup(parts: LayerParts, id: string, group: Kinds['aws/ec2/SecurityGroup'] | undefined): AwsLayer {
  const { aws, pods, nodes, numbers } = parts
  const { securityGroups } = aws.input
  const others = securityGroups.all.filter(({ GroupId }) => GroupId !== id)
  const input = { ...aws.input, securityGroups: { ...securityGroups, all: group === undefined ? others : [...others, group] } }
  const classes = group === undefined ? aws.classes : aws.classes.refine(blocksOfGroup(group))
  const changed: AwsWorld = { ...aws, input, classes, groups: aws.groups.replace(id, group, classes) }
  const isMoved = ({ ip, addresses }: End) => (ip === undefined ? true : classes.classOf(ip) !== addresses[0])
  const isStale = (end: End) => end.set?.groups.includes(id) === true || (classes !== aws.classes && isMoved(end))
  const ends = makeEnds(changed, pods, nodes, numbers, { ends: parts.ends, isStale })
  return layerOf({ ...parts, aws: changed, ends })
}

const idOf = ({ metadata }: Kinds['k8s/Pod'] | Kinds['k8s/Node']): string =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`

/** Documents are compared by identity: what is the same object did not change. */
function withPods(parts: LayerParts, pods: LayerParts['pods'], nodes: LayerParts['nodes']): AwsLayer {
  const before = new Set<unknown>([...parts.pods.all, ...parts.nodes.all])
  const after = new Set<unknown>([...pods.all, ...nodes.all])
  const come = [...pods.all, ...nodes.all].filter(one => !before.has(one))
  const gone = [...parts.pods.all, ...parts.nodes.all].filter(one => !after.has(one))
  const changed = new Set([...come, ...gone].map(idOf))
  const isStale = ({ name, ip }: End) => changed.has(name) || ip === undefined
  return layerOf({ ...parts, pods, nodes, ends: makeEnds(parts.aws, pods, nodes, parts.numbers, { ends: parts.ends, isStale }) })
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
