import { UserError } from '#base/errors.ts'
import { networkKinds, networkOf, ruleEvidence, type ClusterNetwork } from '#joints/network.ts'
import { withEngine, type EngineOverride } from '#joints/network-engine-override.ts'
import { endNamed } from '#joints/reach-ends.ts'
import type { Endpoint, LayerAnswer, PathAnswer, Protocol, Question } from '#network/question.ts'
import { evidenceJson } from '#report/json.ts'
import { answerLines, idOf, type AnsweredLine } from './answer-lines.ts'
import { oneCluster } from './reach.ts'
import { readWorld, type WorldInput } from './read-world.ts'

const badLine = 'BAD_QUERY_LINE'

/** Answers one query a line, as `docs/schemas/reach-query.schema.json` says, against one world that is read once. */
export async function* reachQueries(
  input: AsyncIterable<Uint8Array>,
  world: WorldInput,
  override: EngineOverride,
): AsyncGenerator<AnsweredLine, void, undefined> {
  const read = await readWorld(world, networkKinds)
  const view = withEngine(networkOf(read.world, oneCluster(read)), override)
  yield* answerLines(input, value => answerQuery(view, value), badLine)
}

/** An answer as `docs/schemas/reach-answer.schema.json` says. */
export function answerQuery(view: ClusterNetwork, value: unknown): object {
  const id = idOf(value, badLine)
  const answer = view.network.answer(questionOf(view, value))
  const { verdict, layers, reason, split, backends, partial, upstream } = answer
  const path = (of: PathAnswer) => ({ verdict: of.verdict, layers: of.layers.map(layer => layerJson(view, layer)) })
  return {
    ...(id === undefined ? {} : { id }),
    verdict,
    layers: layers.map(layer => layerJson(view, layer)),
    reason,
    ...(split === undefined ? {} : { split: { sameNode: path(split.sameNode), otherNode: path(split.otherNode) } }),
    ...(backends === undefined
      ? {}
      : { backends: backends.map(backend => ({ pod: backend.pod, port: backend.port, ...path(backend.answer) })) }),
    ...(partial === undefined ? {} : { partial }),
    ...(upstream === undefined ? {} : { upstream }),
  }
}

function layerJson(view: ClusterNetwork, { layer, end, verdict, by, asked = [], reason, fact }: LayerAnswer) {
  const rules = by.length > 0 ? by : asked
  return {
    layer,
    end,
    verdict,
    reason,
    by: rules.map(rule => {
      const evidence = ruleEvidence(view, rule, reason)
      return evidence === undefined ? { resource: { kind: rule.kind, id: rule.id } } : evidenceJson(evidence)
    }),
    ...(fact === undefined ? {} : { notRead: `${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`}: ${fact.reason}` }),
  }
}

const bad = (why: string) => new UserError(badLine, why)

function questionOf(view: ClusterNetwork, value: unknown): Question {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('the line is no object')
  const { from, to, protocol = 'TCP', port, placement } = value as Readonly<Record<string, unknown>>
  const unknown = Object.keys(value).find(key => !['id', 'from', 'to', 'protocol', 'port', 'placement'].includes(key))
  if (unknown !== undefined) throw bad(`a query has no ${unknown}`)
  if (port !== undefined && !isPort(port)) throw bad(`port ${JSON.stringify(port)} is no number from 1 to 65535`)
  if (placement !== undefined && placement !== 'same-node' && placement !== 'other-node') throw bad('placement is same-node or other-node')
  return {
    from: endOf(view, from, 'from'),
    to: endOf(view, to, 'to'),
    protocol: protocolOf(protocol),
    ...(port === undefined ? {} : { port }),
    ...(placement === undefined ? {} : { placement }),
  }
}

const isPort = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535

function protocolOf(value: unknown): Protocol {
  const text = typeof value === 'number' ? String(value) : value
  if (text === 'TCP' || text === 'UDP' || text === 'SCTP' || text === 'ICMP' || text === 'ICMPv6') return text
  if (typeof text === 'string' && /^\d{1,3}$/.test(text) && Number(text) <= 255) return text as Protocol
  throw bad(`protocol ${JSON.stringify(value)} is none of TCP, UDP, SCTP, ICMP, ICMPv6 and the numbers of IP protocols`)
}

/** A query is about one pod: pods of a workload may differ. */
function endOf(view: ClusterNetwork, value: unknown, name: string): Endpoint {
  if (typeof value !== 'string') throw bad(`${name} is missing`)
  const { endpoints } = endNamed(view, value, undefined)
  const [endpoint, ...others] = endpoints
  if (endpoint === undefined || others.length > 0) throw bad(`${name} ${value} has ${endpoints.length} pods: name one of them`)
  return endpoint
}
