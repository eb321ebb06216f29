import type { Clue } from '#joints/clues.ts'
import { workloadsOf } from '#joints/workloads.ts'
import { subjectText } from '#joints/define.ts'
import type { Body, WorldEditor } from './world-editor.ts'

/** What the real component says of a fault, and where. */
export type Said =
  | { readonly event: string; readonly of?: { readonly kind: string; readonly name: string }; readonly says: string }
  /** A line of the log of the workload's first container. */
  | { readonly log: string }
  /** What a person gives with --error. */
  | { readonly given: string }

/** One break in a world that is well, what is seen of it, and where it is. */
export interface Fault {
  readonly name: string
  /** `deploy/web in shop`. */
  readonly of: string
  readonly breaks: (world: WorldEditor) => unknown
  readonly says: readonly Said[]
  /** What was broken, which the fault itself knows: the link, and the check that has to tell it where one can. */
  readonly expected: { readonly link: `${string}/${string}`; readonly check?: string }
}

const [minute, hour] = [60_000, 3_600_000]
const now = Date.parse('2026-11-03T08:00:00Z')
let events = 0

/** Puts what is said into the world, as the API server would keep it; the rest is given, or stands in a log. */
export function speak(
  editor: WorldEditor,
  { of, says }: Pick<Fault, 'of' | 'says'>,
): { readonly given: readonly Clue[]; readonly logs: readonly Clue[] } {
  const workload = workloadsOf(editor.world).find(each => subjectText(each) === of)
  if (workload === undefined) throw new Error(`there is no ${of}`)
  const [pod] = workload.seenPods
  for (const each of says) {
    if (!('event' in each)) continue
    const object = each.of ?? { kind: 'Pod', name: pod?.body.metadata.name ?? '' }
    if (object.name === '') throw new Error(`${of} has no pod to say ${each.event}`)
    addEvent(editor, workload, object, each)
  }
  const container = workload.template.spec.containers[0]?.name ?? ''
  return {
    given: says.flatMap(each => ('given' in each ? [{ text: each.given, from: 'given' }] : [])),
    logs: says.flatMap(each => ('log' in each ? [{ text: each.log, from: `log of container ${container}` }] : [])),
  }
}

const startless = new Set(['FailedMount', 'FailedScheduling', 'FailedAttachVolume', 'FailedCreatePodSandBox'])

function addEvent(
  editor: WorldEditor,
  { namespace, cluster }: { readonly namespace: string; readonly cluster: string },
  object: { readonly kind: string; readonly name: string },
  { event, says }: { readonly event: string; readonly says: string },
): void {
  events += 1
  const home = object.kind === 'Node' ? 'default' : namespace
  const name = `${object.name}.${events}`
  editor.add(
    'k8s/Event',
    `${home}/${name}`,
    { cluster },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: home },
      involvedObject: { kind: object.kind, ...(object.kind === 'Node' ? {} : { namespace }), name: object.name },
      reason: event,
      type: event === 'ExternalProvisioning' ? 'Normal' : 'Warning',
      message: says,
      firstTimestamp: new Date(now - hour / 2).toISOString(),
      lastTimestamp: new Date(now - minute).toISOString(),
    },
  )
  if (object.kind !== 'Pod' || !startless.has(event)) return
  editor.edit('k8s/Pod', `${namespace}/${object.name}`, (body: Body) => {
    body.status = { ...body.status, phase: 'Pending', conditions: [{ type: 'Ready', status: 'False' }] }
  })
}
