import { defineCheck } from '#joints/define.ts'
import { readinessOf, waitingReason } from '#joints/pod-readiness.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
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
    const { pod, waits } = first
    const where = pod.body.spec?.nodeName === undefined ? '' : ` on node ${pod.body.spec.nodeName}`
    return fail({
      message: `${late.length} of ${states.length} pods of ${workload.name} in ${workload.namespace} are not ready: ${pod.body.metadata.name}${where}${waits === undefined ? '' : `, ${waits.text}`}`,
      evidence: [
        waits === undefined ? first.at : pod.at(waits.path, 'its container waits'),
        ...(waits === undefined ? [] : [first.at]),
        ...late.slice(1, 4).map(({ at }) => at),
      ],
      effect: `${signalText[shipper.signal]} sends nothing from these nodes while it does not run.`,
      help:
        pod.body.spec?.nodeName === undefined
          ? `kubectl describe pod ${pod.body.metadata.name} --namespace ${workload.namespace} says why it finds no node: most often room, for which priorityClassName system-node-critical makes way.`
          : `mortise diagnose knows what it says: kubectl logs ${pod.body.metadata.name} --namespace ${workload.namespace} --previous.`,
    })
  },
})

/** @throws Unread when the pod's status does not tell */
function stateOf(pod: Resource<'k8s/Pod'>) {
  const { isReady, path, since } = readinessOf(pod)
  return {
    pod,
    isReady,
    since: since === undefined ? undefined : String(since),
    at: pod.at(path, isReady ? 'the pod is ready' : 'the pod is not ready'),
    waits: waitingReason(pod),
  }
}
