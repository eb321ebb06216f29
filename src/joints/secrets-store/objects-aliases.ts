import { EVENT_ID, SCALAR_STYLE, type Event } from 'js-yaml'

/** A node that an alias stands for, while its parts are visited. */
interface Visit {
  at: number
  readonly end: number
  readonly alias: number | undefined
}

/**
 * What go-yaml says of aliases: that one contains itself, or that they make too much of little. It counts nodes as it decodes them, and gives up when nearly
 * all come from aliases. Visits each node as often as it would, but no more than some hundred thousand.
 * https://github.com/kubernetes-sigs/yaml/blob/v1.4.0/goyaml.v2/decode.go (alias, allowedAliasRatio)
 */
export function aliasFault(source: string, events: readonly Event[]): string | undefined {
  if (!events.some(({ type }) => type === EVENT_ID.ALIAS)) return undefined
  const { targets, ends } = nodesOf(source, events)
  const visits: Visit[] = [{ at: 0, end: events.length, alias: undefined }]
  const open = new Set<number | undefined>()
  let decoded = 0
  let fromAliases = 0
  for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
    const { at } = visit
    if (at >= visit.end) {
      open.delete(visits.pop()?.alias)
      continue
    }
    visit.at += 1
    const event = events[at]
    if (event === undefined || event.type === EVENT_ID.POP || isMergeKey(source, event)) continue
    decoded += 1
    if (visits.length > 1) fromAliases += 1
    if (fromAliases > 100 && decoded > 1000 && fromAliases / decoded > allowedRatio(decoded)) return 'document contains excessive aliasing'
    if (event.type !== EVENT_ID.ALIAS) continue
    const name = source.slice(event.anchorStart, event.anchorEnd)
    const target = targets.get(at)
    if (target === undefined) return `unknown anchor '${name}' referenced`
    if (open.has(at)) return `anchor '${name}' value contains itself`
    open.add(at)
    visits.push({ at: target, end: ends.get(target) ?? target + 1, alias: at })
  }
  return undefined
}

/** Which node each alias stands for, the last before it of that name, and where each collection ends. */
function nodesOf(source: string, events: readonly Event[]) {
  const anchors = new Map<string, number>()
  const targets = new Map<number, number>()
  const ends = new Map<number, number>()
  const begun: number[] = []
  events.forEach((event, at) => {
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(source.slice(event.anchorStart, event.anchorEnd))
      if (target !== undefined) targets.set(at, target)
      return
    }
    if (event.type === EVENT_ID.POP) {
      const start = begun.pop()
      if (start !== undefined) ends.set(start, at + 1)
      return
    }
    if (event.type !== EVENT_ID.SCALAR) begun.push(at)
    if (event.type !== EVENT_ID.DOCUMENT && event.anchorStart >= 0) anchors.set(source.slice(event.anchorStart, event.anchorEnd), at)
  })
  return { targets, ends }
}

const isMergeKey = (source: string, event: Event): boolean =>
  event.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN && source.slice(event.valueStart, event.valueEnd) === '<<'

/** 99 of 100 nodes of a small text, 10 of 100 of a large one. */
function allowedRatio(decoded: number): number {
  const [small, large] = [400_000, 4_000_000]
  if (decoded <= small) return 0.99
  return decoded >= large ? 0.1 : 0.99 - (0.89 * (decoded - small)) / (large - small)
}
