import { defineCheck } from '#joints/define.ts'
import { podShape } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { fargateProfileLabel, platformOfPod } from '#network/aws/platform.ts'
import { livePods, namedWith } from '../../irsa/judged-shapes.ts'
import { replacing } from '../../irsa/replace-pods.ts'
import { asksForInterface, fargateGroups, podEniResource } from '../branch-interface.ts'
import { podSelectedBy, selectedBy, workloadGroupKinds, type Policy } from '../workload-groups.ts'

type Pod = Resource<'k8s/Pod'>

export default defineCheck({
  id: 'security-groups-for-pods/pod-without-branch-interface',
  title: 'Pods that a SecurityGroupPolicy selects run with the groups of their node',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/webhooks/core/pod_webhook.go',
  ],

  test({ subject: workload, world }) {
    const pods = livePods(workload)
    const judged = pods.flatMap(pod => {
      const selected = podSelectedBy(world, pod)
      return selected === undefined || !isServed(world, pod) ? [] : [{ pod, policy: selected.policies[0] }]
    })
    const [any] = judged
    if (any === undefined) {
      const selected = selectedBy(world, workload)
      return selected === undefined || pods.length > 0
        ? skip('no policy selects a pod that runs')
        : pass(selected.policies[0].at(['metadata', 'name'], 'no pod runs that could be without an interface'))
    }
    const bare = judged.filter(({ pod }) => !isServedAlready(pod))
    const [first] = bare
    if (first === undefined)
      return pass(...judged.slice(0, 3).map(({ pod }) => pod.at(['metadata', 'name'], 'it asks for an interface of its own')))
    const without = bare.map(({ pod }) => pod)
    const replacement = replacing(workload, without)
    const isNewer = isPolicyNewer(first.policy, first.pod)
    return fail({
      message: `policy ${first.policy.id} selects ${namedWith(workload, { pods: without, of: pods.length })}, which ${isNewer ? 'is older than the policy and ' : ''}has no groups of its own`,
      evidence: [
        first.pod.at(
          isNewer ? ['metadata', 'creationTimestamp'] : ['metadata', 'name'],
          isNewer ? 'the pod was made then' : `this pod ${lacks(first.pod)}`,
        ),
        isNewer
          ? first.policy.at(['metadata', 'creationTimestamp'], 'and the policy later; it counts for new pods only')
          : first.policy.at(
              ['metadata', 'name'],
              'and this policy selects it: the webhook was not called, or its call failed and was ignored',
            ),
      ],
      effect: 'The groups of the policy do not apply to these pods: they are reached, and reach others, by the groups of their node.',
      ...(replacement === undefined
        ? { help: 'Delete the pod and create it again from its manifest.' }
        : { fix: { title: 'replace the pods, which gives them the groups of now', safe: false, changes: [replacement] } }),
    })
  },
})

/** Nodes of Auto Mode give interfaces in another way; hybrid and Windows nodes give none. */
function isServed(world: Reader<'k8s/Node'>, pod: Pod): boolean {
  const name = pod.body.spec?.nodeName
  const node = name === undefined ? undefined : world.find('k8s/Node', name, pod.scope)
  return ['ec2', 'fargate'].includes(platformOfPod(pod.body, node?.body) ?? 'ec2')
}

const lacks = (pod: Pod): string =>
  pod.body.metadata.labels?.[fargateProfileLabel] === undefined
    ? `does not ask for ${podEniResource}`
    : `has no annotation ${fargateGroups}`

const isServedAlready = (pod: Pod): boolean => {
  const { spec, annotations } = podShape(pod)
  return asksForInterface(spec) || annotations[podEniResource] !== undefined || annotations[fargateGroups] !== undefined
}

const isPolicyNewer = (policy: Policy, pod: Pod): boolean =>
  Date.parse(String(policy.body.metadata.creationTimestamp)) > Date.parse(String(pod.body.metadata.creationTimestamp))
