import type { Chain } from '#model/chain.ts'
import type { Kind } from '#model/kinds.ts'
import type { Expectation, Observation, Prediction, Seen } from '#model/probe.ts'
import { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { tried } from '#joints/access-documents.ts'
import type { ChainStart } from '#joints/define.ts'
import { chainPrediction, defineProbe, judgedBy, notObserved, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import { stepsPod } from '#joints/probe-job.ts'
import { standsInFor } from '#joints/probe-likeness.ts'
import type { Workload } from '#joints/workloads.ts'
import { podEniResource } from './branch-interface.ts'
import securityGroups from './joint.ts'
import { branchInterfaces } from './pod-interfaces.ts'
import { selectedBy } from './workload-groups.ts'

/** A pod with the workload's labels and service account; which interface the controller gave it, and which groups that has, is read back. It takes one branch interface for a minute. */
export default defineProbe({ joint: securityGroups, reads: [], prepare })

const rereads: readonly Kind[] = ['aws/ec2/NetworkInterface', 'aws/eks/Cluster']
const seconds = 60

function prepare(_world: World, { workload }: ChainStart, settings: ProbeSettings, number: number): Prepared | { readonly why: string } {
  if (workload === undefined) return { why: 'the chain begins at no workload' }
  const pod = stepsPod('pod', {
    ...standsInFor(workload, {}),
    cluster: workload.cluster,
    namespace: workload.namespace,
    serviceAccountName: workload.serviceAccountName,
    settings,
    joint: securityGroups.id,
    name: String(number),
    // The controller keeps an interface for a minute after its pod has ended.
    steps: [{ id: 'settle', do: 'wait', every: 5_000 }],
    seconds,
  })
  return {
    namespace: workload.namespace,
    pods: [pod],
    objects: [],
    acts: [],
    rereads,
    expect: (copy, chain) => expected(copy, workload, chain),
  }
}

/** The first link that speaks of what the groups let through. */
const end = 'probes'

function expected(world: World, workload: Workload, chain: Chain | undefined) {
  const found = tried(() => selectedBy(world, workload)?.groups ?? [])
  const groups = found.is === 'read' ? found.value : []
  const predicted: Prediction = found.is === 'unread' ? { is: 'unknown', fact: found.fact } : chainPrediction(chain, end)
  const expectations: readonly Expectation[] = [
    { id: 'groups', says: `the pod has an interface of its own with ${groups.join(', ') || 'no group'}`, isMust: true, predicted },
  ]
  return { expectations, judge: judgedBy(expectations, { groups: seen => groupsObserved(seen, workload.cluster, groups) }) }
}

function groupsObserved({ pods, after }: Seen, cluster: string, wanted: readonly string[]): Observation {
  const pod = pods.get('pod')
  const failure = pod?.events.findLast(text => /^(BranchAllocationFailed|SecurityGroupRequested|FailedScheduling)/.test(text))
  if (failure !== undefined && pod?.notStarted !== undefined) return { is: 'no', text: failure }
  if (pod?.body === undefined || after === undefined) return notObserved(pod?.notStarted ?? 'no pod was made')
  const body = pod.body as Resource<'k8s/Pod'>['body']
  if (body.metadata.annotations?.[podEniResource] === undefined) return { is: 'no', text: `the pod has no annotation ${podEniResource}` }
  const { namespace, name } = body.metadata
  const locate = () => ({ in: 'api', call: `GET pod ${name}`, path: '', excerpt: '' }) as const
  const found = tried(() => branchInterfaces(after, new Resource('k8s/Pod', `${namespace}/${name}`, { cluster }, body, { locate })))
  if (found.is === 'unread') return notObserved(found.fact.reason)
  const given = new Set(found.value.flatMap(({ body: { Groups = [] } }) => Groups.flatMap(({ GroupId }) => GroupId ?? [])))
  const isSame = given.size === wanted.length && wanted.every(group => given.has(group))
  return { is: isSame ? 'yes' : 'no', text: given.size === 0 ? 'EC2 knows no such interface' : `EC2 says ${[...given].join(', ')}` }
}
