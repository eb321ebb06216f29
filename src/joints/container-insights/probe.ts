import type { Chain } from '#model/chain.ts'
import type { Expectation, Observation, ProbeAct, StepResult } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { tried } from '#joints/access-documents.ts'
import type { ChainStart } from '#joints/define.ts'
import { actSeen, chainPrediction, defineProbe, judgedBy, notObserved, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import { stepsPod } from '#joints/probe-job.ts'
import { destinationsOf, type Destination } from './destinations.ts'
import containerInsights from './joint.ts'
import { shipperOf } from './shippers.ts'

/** A line that a pod prints is found in its log group. It cannot be removed from there again, and says nothing but the name of the run. */
export default defineProbe({ joint: containerInsights, reads: [], prepare })

/** The group of what containers print. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-log-groups.html */
const isOfContainers = ({ group }: Destination): boolean => group.endsWith('/application')

function prepare(world: World, { workload }: ChainStart, settings: ProbeSettings, number: number): Prepared | { readonly why: string } {
  const shipper = workload === undefined ? undefined : shipperOf(workload)
  if (workload === undefined || shipper === undefined || shipper.signal !== 'logs') return { why: 'it ships no logs of containers' }
  const found = tried(() => destinationsOf(world, shipper).find(isOfContainers))
  if (found.is === 'unread') return { why: `where it ships to was not read: ${found.fact.reason}` }
  if (found.value === undefined) return { why: 'it ships nothing of containers to CloudWatch Logs' }
  const { group, region } = found.value
  const text = `mortise-probe-${settings.run}-${number}`
  const pod = stepsPod('pod', {
    cluster: workload.cluster,
    namespace: workload.namespace,
    serviceAccountName: 'default',
    settings,
    joint: containerInsights.id,
    name: String(number),
    // Collectors find the file of a container some seconds after it began, and lose one that is gone by then.
    steps: [
      { id: 'line', do: 'say', text },
      { id: 'settle', do: 'wait', every: 5_000 },
    ],
    seconds: 60,
  })
  const act: ProbeAct = { id: 'line', do: 'find-log-line', region, group, text, seconds: settings.logSeconds }
  return {
    namespace: workload.namespace,
    pods: [pod],
    objects: [],
    acts: [act],
    expect: (_copy, _chain, own) => expected(own, act.group, settings),
  }
}

function expected(chain: Chain | undefined, group: string, { logSeconds }: ProbeSettings) {
  const line: Expectation = {
    id: 'line',
    says: `a line that a pod prints is in ${group} within ${logSeconds} s`,
    isMust: true,
    predicted: chainPrediction(chain),
  }
  const expectations = [line]
  return {
    expectations,
    judge: judgedBy(expectations, {
      line: seen =>
        seen.pods.get('pod')?.results.get('line') === undefined
          ? notObserved(seen.pods.get('pod')?.notStarted ?? 'the pod printed nothing')
          : actSeen(seen, 'line', lineObserved),
    }),
  }
}

/** A group that is not there has no lines; any other error of AWS shows nothing. */
function lineObserved({ ok, text, code }: StepResult): Observation {
  if (ok) return { is: 'yes', text }
  return code === 'timeout' || code === 'ResourceNotFoundException' ? { is: 'no', text } : notObserved(text)
}
