import { causeText } from '#joints/define-symptoms.ts'
import { defineCheck } from '#joints/define.ts'
import { decidingPod, readinessOf, waitingReason } from '#joints/pod-readiness.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { addonIssues } from '../addon-issues.ts'
import { addonOf, daemonSetId, daemonSetOf } from '../agent.ts'
import { isNew, nodesToCover, podsByNode } from '../nodes.ts'

export default defineCheck({
  id: 'guardduty/agent-not-ready',
  title: 'The GuardDuty agent is on nodes, and is not ready there',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/eks/Addon', 'k8s/DaemonSet', 'k8s/Node', 'k8s/Pod'],
  sources: ['https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html'],

  test({ subject: cluster, world }) {
    const daemonSet = daemonSetOf(world, cluster)
    if (daemonSet === undefined) return skip(`the cluster has no DaemonSet ${daemonSetId}`)
    const pods = podsByNode(world, daemonSet)
    const states = nodesToCover(world, daemonSet).flatMap(node => {
      const best = decidingPod((pods.get(node.body.metadata.name) ?? []).filter(pod => !isNew(world, pod)))
      return best === undefined ? [] : [{ pod: best, node: node.body.metadata.name, ...readinessOf(best), waits: waitingReason(best) }]
    })
    const [any] = states
    if (any === undefined) return skip('no pod of the agent has been on a node that it is for for five minutes')
    const down = states.filter(({ isReady }) => !isReady)
    const [first] = down
    if (first === undefined) return pass(any.pod.at(any.path, 'the agent is ready'))
    const addon = addonOf(world, cluster)
    const issue = addon === undefined ? undefined : addonIssues(addon).find(({ isOfPods }) => isOfPods)
    const isCrash = down.some(({ waits }) => waits?.text === 'CrashLoopBackOff')
    return fail({
      message: `the agent is not ready on ${down.length} of ${states.length} nodes of cluster ${cluster.body.name}, ${first.node} among them`,
      evidence: [
        first.pod.at(first.waits?.path ?? first.path, 'the agent is not ready'),
        ...(issue === undefined || addon === undefined ? [] : [addon.at(issue.path, 'what EKS says of it')]),
        daemonSet.at(['metadata', 'name'], 'the agent'),
      ],
      effect: 'What runs on these nodes gives no finding until the agent is ready.',
      help:
        issue?.recognised !== undefined
          ? causeText(issue.recognised)
          : isCrash
            ? 'The agent exits: from the node see that guardduty-data.REGION.amazonaws.com resolves to addresses of the VPC and answers on port 443, that no service control policy denies guardduty:SendSecurityTelemetry, and that the kernel has BTF (CONFIG_DEBUG_INFO_BTF).'
            : 'Look at kubectl describe of the pod: image pulls, memory limits, probes.',
    })
  },
})
