import type { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import type { Clue } from './clues.ts'
import { seenReadiness } from './pod-readiness.ts'
import { recognised } from './symptoms.ts'
import type { Workload } from './workloads.ts'

type Pod = Resource<'k8s/Pod'>

/** A container whose log may tell of a workload. */
export interface LoggedContainer {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** The run before the one that is. */
  readonly previous?: boolean
}

/** What was read of one log; each line may begin with its time. */
export interface LogText extends Pick<LoggedContainer, 'namespace' | 'pod' | 'container'> {
  readonly text: string
}

const mostPods = 3

/** The containers of a workload, of pods that are not ready first; of those that were restarted the run before too. */
export function ownContainers({ seenPods }: Workload): readonly LoggedContainer[] {
  const isReady = (pod: Pod) => seenReadiness(pod)?.isReady === true
  const pods = [...seenPods].sort((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, mostPods)
  return pods.flatMap(pod => {
    const restarted = new Set(
      [...(pod.body.status?.containerStatuses ?? []), ...(pod.body.status?.initContainerStatuses ?? [])]
        .filter(({ restartCount }) => restartCount > 0)
        .map(({ name }) => name),
    )
    return containersOf(pod).flatMap(one => (restarted.has(one.container) ? [one, { ...one, previous: true }] : [one]))
  })
}

/** Containers of these images: on the nodes of the workload, or of controllers, which are anywhere. */
export function componentContainers(world: World, workloads: readonly Workload[], images: readonly string[]): readonly LoggedContainer[] {
  if (images.length === 0) return []
  const nodes = new Set(workloads.flatMap(({ seenPods }) => seenPods.map(pod => pod.body.spec?.nodeName)))
  const clusters = new Set(workloads.map(({ cluster }) => cluster))
  return world.seen('k8s/Pod').flatMap(pod => {
    const isThere = 'cluster' in pod.scope && clusters.has(pod.scope.cluster)
    const isOfNode = (pod.body.metadata.ownerReferences ?? []).some(({ kind }) => kind === 'DaemonSet')
    if (!isThere || (isOfNode && !nodes.has(pod.body.spec?.nodeName))) return []
    const wanted = new Set(
      (pod.body.spec?.containers ?? []).filter(({ image = '' }) => images.some(part => image.includes(part))).map(({ name }) => name),
    )
    return containersOf(pod).filter(({ container }) => wanted.has(container))
  })
}

const containersOf = ({ body: { metadata, spec } }: Pod): readonly LoggedContainer[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => ({
    namespace: metadata.namespace,
    pod: metadata.name,
    container: name,
  }))

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) /

/**
 * The lines that show a symptom, the newest first, each symptom once for each log.
 * @param words a log of another pod tells of the workload only in lines that hold one of them
 */
export function logClues(logs: readonly LogText[], workloads: readonly Workload[], words: readonly string[]): readonly Clue[] {
  const own = new Set(workloads.flatMap(({ namespace, seenPods }) => seenPods.map(pod => `${namespace}/${pod.body.metadata.name}`)))
  return logs.flatMap(({ namespace, pod, container, text }) => {
    const isOwn = own.has(`${namespace}/${pod}`)
    const seen = new Set<string>()
    return text
      .split('\n')
      .toReversed()
      .flatMap(line => {
        const [whole = '', at] = stamped.exec(line) ?? []
        const said = line.slice(whole.length)
        const found = isOwn || words.some(word => said.includes(word)) ? recognised(said) : []
        const key = JSON.stringify(found.map(({ joint, symptom, parameters }) => [joint, symptom.id, parameters]))
        if (found.length === 0 || seen.has(key)) return []
        seen.add(key)
        return [{ text: said, from: `log of container ${container}${isOwn ? '' : ` of pod/${pod}`}`, ...(at === undefined ? {} : { at }) }]
      })
  })
}
