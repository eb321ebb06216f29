import type { ObjectEvent, PodBody } from './cluster-objects.ts'

export type PodState = 'waiting' | 'running' | 'ended' | 'cannot-start'

/** Reasons of a waiting container after which the kubelet only tries the same again. */
const hopeless = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
])

/** How far a pod is. A mount that failed twice, or a pod that its Job may not make, will not come. */
export function podState(pod: PodBody | undefined, events: readonly ObjectEvent[]): PodState {
  if (pod === undefined) return events.some(({ reason }) => reason === 'FailedCreate') ? 'cannot-start' : 'waiting'
  const { phase, containerStatuses } = pod.status ?? {}
  const [container] = containerStatuses ?? []
  if (phase === 'Succeeded' || phase === 'Failed' || container?.state?.terminated !== undefined)
    return ranAtAll(pod) ? 'ended' : 'cannot-start'
  if (container?.state?.running !== undefined) return 'running'
  if (hopeless.has(container?.state?.waiting?.reason ?? '')) return 'cannot-start'
  const failures = events.filter(({ reason }) => reason === 'FailedMount').reduce((sum, { count = 1 }) => sum + count, 0)
  return failures >= 2 ? 'cannot-start' : 'waiting'
}

/** A pod that its deadline ended before its container ran has no state of it, or one without a start. */
const ranAtAll = ({ status }: PodBody): boolean =>
  (status?.containerStatuses ?? []).some(({ state }) => state?.terminated?.startedAt !== undefined && state.terminated.startedAt !== null)

/** The most telling of what there is: the last warning about the pod or its Job, else why its container waits. */
export function whyNotStarted(pod: PodBody | undefined, events: readonly ObjectEvent[]): string {
  const warning = events.findLast(({ type }) => type === 'Warning')
  if (warning !== undefined) return `the pod did not start: ${warning.reason ?? ''}: ${warning.message ?? ''}`
  const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting
  const why = [waiting?.reason, waiting?.message].filter(part => part !== undefined).join(': ')
  if (why !== '') return `the pod did not start: ${why}`
  return pod === undefined ? 'its Job made no pod in time' : `the pod did not start in time: it is ${pod.status?.phase ?? 'unknown'}`
}
