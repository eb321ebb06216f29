import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { shipperOf, signalText } from '../shippers.ts'
import { minutesBefore } from '../world-clock.ts'

/** How long a pod is given to become ready after it was made, replaced or restarted. */
const patience = 10

export default defineCheck({
  id: 'container-insights/agent-not-ready',
  title: 'Pods of the CloudWatch agent or of Fluent Bit have not been ready for minutes',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: workloadKinds,
  sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions'],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const states = workload.pods().map(pod => stateOf(pod))
    if (states.length === 0) return skip('it has no pods')
    const late = states.filter(({ isReady, since }) => !isReady && minutesBefore(world, since) >= patience)
    const [first] = late
    if (first === undefined) {
      const ready = states.filter(({ isReady }) => isReady)
      return ready.length === 0 ? skip('its pods have only just started') : pass(...ready.map(({ at }) => at))
    }
    const { pod, reason } = first
    const where = pod.body.spec?.nodeName === undefined ? '' : ` on node ${pod.body.spec.nodeName}`
    return fail({
      message: `${late.length} of ${states.length} pods of ${workload.name} in ${workload.namespace} are not ready: ${pod.body.metadata.name}${where}${reason === undefined ? '' : `, ${reason.text}`}`,
      evidence: [reason?.at ?? first.at, ...(reason === undefined ? [] : [first.at]), ...late.slice(1, 4).map(({ at }) => at)],
      effect: `${signalText[shipper.signal]} sends nothing from these nodes while it does not run.`,
      help:
        pod.body.spec?.nodeName === undefined
          ? `kubectl describe pod ${pod.body.metadata.name} --namespace ${workload.namespace} says why it finds no node: most often room, for which priorityClassName system-node-critical makes way.`
          : `mortise diagnose knows what it says: kubectl logs ${pod.body.metadata.name} --namespace ${workload.namespace} --previous.`,
    })
  },
})

interface State {
  readonly pod: Resource<'k8s/Pod'>
  readonly isReady: boolean
  readonly since: string | undefined
  readonly at: Evidence
  readonly reason?: { readonly text: string; readonly at: Evidence }
}

/** @throws Unread when the pod's status does not tell */
function stateOf(pod: Resource<'k8s/Pod'>): State {
  const { conditions = [], containerStatuses = [] } = pod.body.status ?? {}
  const ready = conditions.findIndex(({ type }) => type === 'Ready')
  const scheduled = conditions.findIndex(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const index = ready < 0 ? scheduled : ready
  const condition = conditions[index]
  if (condition === undefined)
    throw new Unread({
      kind: pod.kind,
      id: pod.id,
      reason: 'the pod was read without its conditions',
      settle: { by: 'user', step: 'read the live cluster, or kubectl get pods -o yaml' },
    })
  const waiting = containerStatuses.findIndex(({ state }) => state?.waiting?.reason !== undefined)
  const text = containerStatuses[waiting]?.state?.waiting?.reason
  const isReady = ready >= 0 && condition.status === 'True'
  return {
    pod,
    isReady,
    since: condition.lastTransitionTime === undefined ? undefined : String(condition.lastTransitionTime),
    at: pod.at(['status', 'conditions', index, 'status'], isReady ? 'the pod is ready' : 'the pod is not ready'),
    ...(text === undefined
      ? {}
      : { reason: { text, at: pod.at(['status', 'containerStatuses', waiting, 'state', 'waiting', 'reason'], 'its container waits') } }),
  }
}
