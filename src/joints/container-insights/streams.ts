import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Destination } from './destinations.ts'

export type StreamsReader = Reader<'aws/logs/LogStreams'>
type Streams = Resource<'aws/logs/LogStreams'>

/** The newest event of a stream: when, milliseconds since 1970, and where it stands. */
interface Newest {
  readonly time: number
  readonly at: (label: string) => Evidence
}

/** @throws Unread when the streams of the group were not read; undefined: there is no such group */
export const streamsOf = (world: StreamsReader, arn: string): Streams | undefined => world.find('aws/logs/LogStreams', arn)

const sorted = perWorld((_world: object) => new Map<Streams, readonly Named[]>())
interface Named {
  readonly name: string
  readonly index: number
  readonly time: number
}

/** Streams with an event, by name. */
function byName(world: object, streams: Streams): readonly Named[] {
  const found =
    sorted(world).get(streams) ??
    streams.body.logStreams
      .flatMap(({ logStreamName, lastEventTimestamp }, index) =>
        logStreamName === undefined || lastEventTimestamp === undefined ? [] : [{ name: logStreamName, index, time: lastEventTimestamp }],
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  sorted(world).set(streams, found)
  return found
}

const newestOf = (streams: Streams, named: readonly Named[]): Newest | undefined => {
  const last = named.reduce<Named | undefined>((best, each) => (best === undefined || each.time > best.time ? each : best), undefined)
  return last === undefined
    ? undefined
    : { time: last.time, at: label => streams.at(['logStreams', last.index, 'lastEventTimestamp'], label) }
}

/** The newest event of streams whose names begin so; undefined when none of those that were read does. */
export function newestWithPrefix(world: object, streams: Streams, prefix: string): Newest | undefined {
  const all = byName(world, streams)
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((all[middle]?.name ?? '') < prefix) low = middle + 1
    else high = middle
  }
  let end = low
  while (all[end]?.name.startsWith(prefix) === true) end += 1
  return newestOf(streams, all.slice(low, end))
}

/** The newest event of a node. */
export function newestOfNode(world: object, streams: Streams, { stream }: Destination, node: string): Newest | undefined {
  if (stream === undefined) return undefined
  const name = stream.of(node)
  if (stream.is === 'prefix') return newestWithPrefix(world, streams, name)
  return newestOf(
    streams,
    byName(world, streams).filter(each => each.name === name),
  )
}

/** The oldest event among those that are here: streams that were left out have none that is newer. Undefined when none was left out. */
export function horizonOf(streams: Streams): number | undefined {
  if (streams.body.truncated !== true) return undefined
  return Math.min(...streams.body.logStreams.map(({ lastEventTimestamp = Infinity }) => lastEventTimestamp))
}
