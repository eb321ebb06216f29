import { RemoteError, UserError } from '#base/errors.ts'
import type { SendToCluster } from '#changes/kubernetes/kubernetes-writer.ts'
import type { Target } from '#model/change.ts'
import type { Kind } from '#model/kinds.ts'
import type { Probe, ProbeAct, ProbePod, Seen, SeenPod, StepResult } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { eventsOf, logOf, make, podOfJob, remove, type PodBody } from './cluster-objects.ts'
import { podState, whyNotStarted } from './pod-state.ts'
import { stepResults } from './step-results.ts'

/** What running a probe takes from the world outside. */
export interface ProbeEffects {
  readonly send: SendToCluster
  readonly act: (act: ProbeAct) => Promise<StepResult>
  /** Reads the world again, for probes that look at what their objects became. */
  readonly readAgain: (kinds: readonly Kind[]) => Promise<World>
  /** Milliseconds; monotonic. */
  readonly now: () => number
  readonly pause: (milliseconds: number) => Promise<void>
  readonly signal: AbortSignal
  readonly progress: (what: string) => void
}

export interface RanProbe {
  readonly seen: Seen
  /** Why it could not be made or watched, when it could not. */
  readonly trouble?: string
  /** What could not be removed, and why. */
  readonly left: readonly { readonly target: Target; readonly why: string }[]
}

/** How often pods are looked at, milliseconds. */
const every = 500
/** How long objects may take to be gone, milliseconds. */
const goneWithin = 30_000

/** Makes what a probe needs, watches it, and removes it again, whatever happens. Everything that waits has an end. */
export async function runProbe(probe: Probe, effects: ProbeEffects): Promise<RanProbe> {
  const made: Target[] = []
  const pods = new Map<string, SeenPod>()
  const acts = new Map<string, StepResult>()
  const state: { trouble?: string; after?: World } = {}
  try {
    for (const object of probe.objects) {
      made.push(object)
      await make(effects.send, object)
    }
    await runPods(probe.pods, pods, made, effects)
    for (const act of probe.acts) if (!effects.signal.aborted) acts.set(act.id, await effects.act(act))
    if (probe.rereads !== undefined && !effects.signal.aborted) state.after = await effects.readAgain(probe.rereads)
  } catch (error) {
    state.trouble = troubleOf(error, effects.signal)
  }
  const left = await removeAll(made.toReversed(), effects)
  return {
    seen: { pods, acts, ...(state.after === undefined ? {} : { after: state.after }) },
    ...(state.trouble === undefined ? {} : { trouble: state.trouble }),
    left,
  }
}

/** What the cluster or AWS refused is told; our own bugs are not hidden. */
function troubleOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it was interrupted'
  if (error instanceof RemoteError || error instanceof UserError) return error.message
  throw error
}

/** One after another: a pod that serves runs until the probe is over. */
async function runPods(order: readonly ProbePod[], seen: Map<string, SeenPod>, made: Target[], effects: ProbeEffects): Promise<void> {
  const addresses = new Map<string, string>()
  for (const pod of order) {
    if (effects.signal.aborted) return
    const job = pod.job(addresses)
    made.push(job)
    effects.progress(`pod ${job.id}`)
    await make(effects.send, job)
    const ended = await watch(pod, job.id, effects)
    seen.set(pod.id, ended)
    const address = (ended.body as PodBody | undefined)?.status?.podIP
    if (pod.until === 'address' && address === undefined) return
    if (address !== undefined) addresses.set(pod.id, address)
  }
}

async function watch({ until, seconds }: ProbePod, jobId: string, effects: ProbeEffects): Promise<SeenPod> {
  const { send, now, pause, signal } = effects
  const [namespace = '', job = ''] = jobId.split('/')
  const end = now() + seconds * 1000
  for (;;) {
    const body = await podOfJob(send, jobId)
    const events = await eventsOf(send, namespace, body === undefined ? 'Job' : 'Pod', body?.metadata.name ?? job)
    const is = podState(body, events)
    const isOver = is === 'ended' || is === 'cannot-start' || (is === 'running' && until === 'address') || signal.aborted || now() >= end
    if (isOver) return seenPod(send, body, events, is === 'waiting' || is === 'cannot-start')
    await pause(every)
  }
}

async function seenPod(
  send: SendToCluster,
  body: PodBody | undefined,
  events: Awaited<ReturnType<typeof eventsOf>>,
  neverRan: boolean,
): Promise<SeenPod> {
  const texts = events.filter(({ type }) => type === 'Warning').map(({ reason = '', message = '' }) => `${reason}: ${message}`)
  const log = body === undefined || neverRan ? '' : await logOf(send, body.metadata.namespace, body.metadata.name)
  return {
    ...(body === undefined ? {} : { body }),
    ...(body?.spec?.nodeName === undefined ? {} : { node: body.spec.nodeName }),
    ...(neverRan ? { notStarted: whyNotStarted(body, events) } : {}),
    events: texts,
    results: stepResults(log),
  }
}

/** Last made, first removed. Waits until pods are gone: their volumes are unmounted only then. */
async function removeAll(targets: readonly Target[], { send, now, pause }: ProbeEffects): Promise<RanProbe['left']> {
  const left: { target: Target; why: string }[] = []
  for (const target of targets) {
    try {
      await remove(send, target)
    } catch (error) {
      if (!(error instanceof RemoteError) && !(error instanceof UserError)) throw error
      left.push({ target, why: error.message })
    }
  }
  const end = now() + goneWithin
  for (const { kind, id } of targets.filter(target => target.kind === 'k8s/Job')) {
    while ((await podOfJob(send, id)) !== undefined) {
      if (now() >= end) {
        left.push({ target: { kind, id, scope: { cluster: '' } }, why: 'its pod is still there' })
        break
      }
      await pause(every)
    }
  }
  return left
}
