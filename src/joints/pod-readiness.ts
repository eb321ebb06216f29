import { Unread } from '#base/errors.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'

type Pod = Resource<'k8s/Pod'>

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions */
export interface Readiness {
  readonly isReady: boolean
  /** Of the status of the condition that says so. */
  readonly path: Path
  /** Since when it is so, as the API server has it. */
  readonly since: unknown
}

/** Undefined when its status does not tell. A pod that no node has taken yet has no condition Ready. */
export function seenReadiness({ body }: Pod): Readiness | undefined {
  const conditions = body.status?.conditions ?? []
  const ready = conditions.findIndex(({ type }) => type === 'Ready')
  const index = ready >= 0 ? ready : conditions.findIndex(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const condition = conditions[index]
  if (condition === undefined) return undefined
  const isReady = condition.type === 'Ready' && condition.status === 'True'
  return { isReady, path: ['status', 'conditions', index, 'status'], since: condition.lastTransitionTime }
}

/** @throws Unread when the pod's status does not tell */
export function readinessOf(pod: Pod): Readiness {
  const seen = seenReadiness(pod)
  if (seen !== undefined) return seen
  throw new Unread({
    kind: pod.kind,
    id: pod.id,
    reason: 'the pod was read without its conditions',
    settle: { by: 'user', step: 'read the live cluster, or kubectl get pods -o yaml' },
  })
}

/** The pod that decides whether one of them is ready: the first that is, else one that does not tell, else the first. */
export const decidingPod = (pods: readonly Pod[]): Pod | undefined =>
  pods.find(pod => seenReadiness(pod)?.isReady === true) ?? pods.find(pod => seenReadiness(pod) === undefined) ?? pods[0]

/** Why a container of the pod waits: `CrashLoopBackOff`; undefined when none does. */
export function waitingReason({ body }: Pod): { readonly text: string; readonly path: Path } | undefined {
  const statuses = body.status?.containerStatuses ?? []
  const index = statuses.findIndex(({ state }) => state?.waiting?.reason !== undefined)
  const text = statuses[index]?.state?.waiting?.reason
  return text === undefined ? undefined : { text, path: ['status', 'containerStatuses', index, 'state', 'waiting', 'reason'] }
}
