import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { livePods, namedWith } from '../../irsa/judged-shapes.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { annotationAt, fargateGroups, podEniPath, podEniResource } from '../branch-interface.ts'
import { branchInterfaces } from '../pod-interfaces.ts'
import { eventsOf } from '../seen-events.ts'
import { podSelectedBy, workloadGroupKinds, type Selected, type WorkloadGroupReader } from '../workload-groups.ts'

type Pod = Resource<'k8s/Pod'>
type DriftReader = WorkloadGroupReader & Reader<'aws/ec2/NetworkInterface' | 'aws/eks/Cluster' | 'k8s/Event'>

export default defineCheck({
  id: 'security-groups-for-pods/interface-groups-differ',
  title: 'The interface of a pod has other groups than its SecurityGroupPolicies name',
  severity: 'critical',
  // A pod that no policy selects any more keeps what it was given.
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'aws/ec2/NetworkInterface', 'aws/eks/Cluster', 'k8s/Event'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/issues/11',
  ],

  test({ subject: workload, world }) {
    const pods = livePods(workload)
    const carried = pods.flatMap(pod => carriedBy(world, pod))
    const [any] = carried
    if (any === undefined) return skip('no pod of the workload has an interface of its own')
    const wrong = carried.filter(({ groups, selected }) => selected === undefined || !isSame(groups, selected.groups))
    const [first] = wrong.toSorted((a, b) => rank(a) - rank(b))
    if (first === undefined) return pass(...carried.slice(0, 3).map(({ at }) => at('has the groups of the policies')))
    return finding(world, workload, { first, wrong: wrong.map(({ pod }) => pod), of: pods.length })
  },
})

interface Carried {
  readonly pod: Pod
  readonly groups: readonly string[]
  readonly selected: Selected | undefined
  at(label: string): Evidence
}

const rank = ({ selected }: Carried): number => (selected === undefined ? 1 : 0)

/** What the pod has, on Fargate as the webhook wrote it. */
function carriedBy(world: DriftReader, pod: Pod): readonly Carried[] {
  const { annotations = {} } = pod.body.metadata
  const onFargate = annotations[fargateGroups]
  if (onFargate === undefined && annotations[podEniResource] === undefined) return []
  const selected = podSelectedBy(world, pod)
  if (onFargate !== undefined)
    return [{ pod, groups: onFargate.split(','), selected, at: label => pod.at(annotationAt(fargateGroups), label) }]
  return branchInterfaces(world, pod).map(item => ({
    pod,
    groups: (item.body.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    selected,
    at: label => item.at(['Groups'], label),
  }))
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && new Set([...a, ...b]).size === a.length

interface Found {
  readonly first: Carried
  readonly wrong: readonly Pod[]
  readonly of: number
}

function finding(world: DriftReader, workload: Workload, { first, wrong, of }: Found) {
  const pods = [...new Set(wrong)]
  const replacement = replacing(workload, pods)
  const { pod, selected, groups } = first
  const fallback = eventsOf(world, pod).find(
    ({ body }) => body.reason === 'SecurityGroupRequested' && body.message?.includes('instance security group') === true,
  )
  const missing = (selected?.groups ?? []).filter(group => !groups.includes(group))
  const more = groups.filter(group => selected?.groups.includes(group) !== true)
  const difference = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(more.length > 0 ? [`has ${more.join(', ')} besides`] : []),
  ]
  return fail({
    message:
      selected === undefined
        ? `no policy selects ${namedWith(workload, { pods, of })} any more, and it keeps groups of its own`
        : `${namedWith(workload, { pods, of })} has other groups than its policies name: it ${difference.join(' and ')}`,
    evidence: [
      first.at('the interface has these groups'),
      ...(fallback === undefined ? [] : [fallback.at(['message'], 'the controller found no policy when it made the interface')]),
      ...(selected?.policies ?? []).map(policy => policy.at(['spec', 'securityGroups', 'groupIds'], 'the policy names these')),
      pod.at(pod.body.metadata.annotations?.[podEniResource] === undefined ? ['metadata', 'name'] : podEniPath, 'it is of this pod'),
    ],
    effect:
      'Groups are given when the interface is made, and nothing sets them right later: what the policy opens or closes now does not hold for these pods.',
    ...(selected === undefined ? { severity: 'medium' as const } : {}),
    ...(replacement === undefined
      ? { help: 'Delete the pod and create it again from its manifest.' }
      : { fix: { title: 'replace the pods, which gives them the groups of now', safe: false, changes: [replacement] } }),
  })
}
