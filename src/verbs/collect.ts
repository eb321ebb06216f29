import { componentContainers, ownContainers } from '#joints/logged-containers.ts'
import { tellingLines } from '#joints/telling-lines.ts'
import { trees } from '#joints/trees.ts'
import type { World } from '#model/world.ts'
import { kindsToDiagnose, workloadsNamed } from './diagnose.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'
import { subjectTextNamed } from './subject-named.ts'
import { liveLogs } from './workload-logs.ts'

export interface Collected extends ReadResult {
  readonly subject?: string
  /** A gzipped tar archive. */
  readonly bundle: Buffer
  readonly counts: { readonly resources: number; readonly events: number; readonly logs: number; readonly lines: number }
  /** Logs that could not be read, and why. */
  readonly unreadLogs: readonly string[]
}

/**
 * Takes along what a diagnosis reads: the world, redacted, with its statuses and events, and of the logs of the workload and of the components
 * that serve it the lines that tell of errors.
 * @param now milliseconds since 1970
 * @throws UserError `NO_SUCH_WORKLOAD` and `AMBIGUOUS_WORKLOAD`
 */
export async function collect(
  input: WorldInput,
  target: string | undefined,
  namespace: string | undefined,
  now: number,
): Promise<Collected> {
  const [{ writeBundle }, { writeSnapshot }] = await Promise.all([
    import('#sources/bundle/bundle.ts'),
    import('#sources/snapshot/write-snapshot.ts'),
  ])
  const read = await readWorld({ ...input, preferWhole: true }, kindsToDiagnose)
  const subject = target === undefined ? undefined : subjectTextNamed(read.world, target, namespace)
  const { logs, unread } = await liveLogs(input, containersFor(read.world, subject))
  const kept = logs.map(({ namespace: home, pod, container, text }) => ({
    pod: `${home}/${pod}`,
    container,
    text: tellingLines(text).join('\n'),
  }))
  const unreadLogs = unread.map(({ id = '', reason }) => `${id}: ${reason}`)
  const bundle = writeBundle({
    ...(target === undefined ? {} : { target }),
    ...(namespace === undefined ? {} : { namespace }),
    collectedAt: new Date(now).toISOString(),
    world: writeSnapshot(read.world),
    logs: kept.filter(({ text }) => text !== ''),
    unreadLogs,
  })
  const counts = {
    resources: read.world.size,
    events: read.world.seen('k8s/Event').length,
    logs: kept.length,
    lines: kept.reduce((sum, { text }) => sum + (text === '' ? 0 : text.split('\n').length), 0),
  }
  return { ...read, ...(subject === undefined ? {} : { subject }), bundle, counts, unreadLogs }
}

/** Of one workload its own, and of every component that might tell of it. */
function containersFor(world: World, subject: string | undefined) {
  if (subject === undefined) return []
  const workloads = workloadsNamed(world, subject)
  const images = trees.flatMap(({ logs = [] }) => logs)
  return [...workloads.flatMap(ownContainers), ...componentContainers(world, workloads, images)]
}
