import type { Kind } from '#model/kinds.ts'
import { compare, World, type Coverage, type UnreadEntry } from '#model/world.ts'
import type { Gathered, InputProblem, Progress } from '#sources/gathered.ts'
import type { Resource } from '#model/resource.ts'
import { readFiles } from '#sources/files/read-files.ts'

/** Where a world is read from. */
export interface WorldInput {
  /** Folders, files, globs, or `-` for standard input. */
  readonly files: readonly string[]
  /** The name of the cluster that Kubernetes objects without one live in. */
  readonly cluster?: string
  /** The files hold every object of each kind that they contain. */
  readonly complete?: boolean
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

export interface ReadResult {
  readonly world: World
  readonly problems: readonly InputProblem[]
  readonly ignored: ReadonlyMap<string, number>
}

/** Reads every source and joins what they gathered. Live sources read only the kinds that are asked for. */
export async function readWorld(input: WorldInput, _kinds: readonly Kind[]): Promise<ReadResult> {
  const { files, ...options } = input
  const gathered = [await readFiles(files, options)]
  return joined(gathered)
}

function joined(gathered: readonly Gathered[]): ReadResult {
  const resources: Resource[] = gathered.flatMap(part => part.resources)
  const read: Coverage[] = gathered.flatMap(part => part.read)
  const unread: UnreadEntry[] = gathered.flatMap(part => part.unread)
  const readAt = gathered
    .flatMap(part => part.readAt ?? [])
    .sort(compare)
    .at(-1)
  const ignored = new Map<string, number>()
  for (const part of gathered) for (const [kind, count] of part.ignored) ignored.set(kind, (ignored.get(kind) ?? 0) + count)
  const world = new World({ resources, read, unread, ...(readAt === undefined ? {} : { readAt }) })
  return { world, problems: gathered.flatMap(part => part.problems), ignored }
}
