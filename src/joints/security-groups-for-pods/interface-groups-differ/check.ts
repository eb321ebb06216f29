import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { livePods, namedWith } from '../../irsa/judged-shapes.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { asksForInterface, podEniPath, podEniResource } from '../branch-interface.ts'
import { carriedBy, differenceOf, fallbackOf, isAsSelected, type Carried, type CarriedReader } from '../carried-groups.ts'
import { podSelectedBy, workloadGroupKinds, type Policy } from '../workload-groups.ts'

type Pod = Resource<'k8s/Pod'>
type DriftReader = CarriedReader & Reader<'k8s/Event'>

export default defineCheck({
  id: 'security-groups-for-pods/interface-groups-differ',
  title: 'The interface of a pod has other groups than its SecurityGroupPolicies name',
  severity: 'critical',
  // A pod that no policy selects keeps what it was given.
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
    const carried = carriedByAll(world, pods)
    if (carried instanceof Unread) return toldByEvent(world, workload, pods) ?? rethrown(carried)
    if (carried.length === 0) return skip('no pod of the workload has an interface of its own')
    const wrong = carried.filter(item => !isAsSelected(item))
    // What a policy names and a pod lacks goes before what nobody names.
    const first = wrong.find(({ selected }) => selected !== undefined) ?? wrong[0]
    if (first === undefined) return pass(...carried.slice(0, 3).map(({ at }) => at('has the groups of the policies')))
    const named = namedWith(workload, { pods: [...new Set(wrong.map(({ pod }) => pod))], of: pods.length })
    const message =
      first.selected === undefined
        ? `${named} has an interface of its own, and no policy selects it`
        : `${named} has other groups than its policies name: it ${differenceOf(first)}`
    return finding(world, workload, { message, first, pods: wrong.map(({ pod }) => pod) })
  },
})

function carriedByAll(world: DriftReader, pods: readonly Pod[]): readonly Carried[] | Unread {
  try {
    return pods.flatMap(pod => carriedBy(world, pod))
  } catch (error) {
    if (error instanceof Unread) return error
    throw error
  }
}

function rethrown(unread: Unread): never {
  throw unread
}

const effect =
  'Groups are given when the interface is made, and nothing sets them right later: what the policy opens or closes now does not hold for these pods.'

interface Found {
  readonly message: string
  readonly first: Carried
  readonly pods: readonly Pod[]
}

function finding(world: DriftReader, workload: Workload, { message, first, pods }: Found): Verdict {
  const { pod, selected } = first
  const fallback = fallbackOf(world, pod)
  return fail({
    message,
    evidence: [
      first.at('the interface has these groups'),
      ...(fallback === undefined ? [] : [fallback.at(['message'], 'the controller found no policy when it made the interface')]),
      ...(selected?.policies ?? []).map(namedBy),
      pod.at(pod.body.metadata.annotations?.[podEniResource] === undefined ? ['metadata', 'name'] : podEniPath, 'it is of this pod'),
    ],
    effect,
    ...(selected === undefined ? { severity: 'medium' as const } : {}),
    ...(selected === undefined && isAskedByHand(workload) ? { help: withoutHand } : repair(workload, [...new Set(pods)])),
  })
}

const namedBy = (policy: Policy): Evidence => policy.at(['spec', 'securityGroups', 'groupIds'], 'the policy names these')

/** Where EC2 was not read, what the controller said is proof enough. */
function toldByEvent(world: DriftReader, workload: Workload, pods: readonly Pod[]): Verdict | undefined {
  const told = pods.flatMap(pod => {
    const event = fallbackOf(world, pod)
    const selected = event === undefined ? undefined : podSelectedBy(world, pod)
    return event === undefined || selected === undefined ? [] : [{ pod, event, selected }]
  })
  const [first] = told
  if (first === undefined) return undefined
  const wrong = told.map(({ pod }) => pod)
  return fail({
    message: `${namedWith(workload, { pods: wrong, of: pods.length })} got the groups of its instance, and not those that its policies name`,
    evidence: [
      first.event.at(['message'], 'the controller found no policy when it made the interface'),
      ...first.selected.policies.map(namedBy),
      first.pod.at(['metadata', 'name'], 'it is of this pod'),
    ],
    effect,
    ...repair(workload, wrong),
  })
}

/** Whoever asks for an interface in the template itself gets it again. */
const isAskedByHand = ({ resource, template }: Workload): boolean => resource.kind !== 'k8s/Pod' && asksForInterface(template.spec)

const withoutHand = `Take ${podEniResource} out of the resources of the pod template: the webhook asks for it where a policy selects the pods.`

function repair(workload: Workload, pods: readonly Pod[]) {
  const replacement = replacing(workload, pods)
  if (replacement === undefined) return { help: 'Delete the pod and create it again from its manifest.' }
  return { fix: { title: 'replace the pods, which gives them the groups of now', safe: false, changes: [replacement] } }
}
