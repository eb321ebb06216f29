import { defineCheck } from '#joints/define.ts'
import { daemonObstacle } from '#joints/scheduling.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Evidence } from '#model/resource.ts'
import { daemonSetId, daemonSetOf, type DaemonSet } from '../agent.ts'
import { nodesToCover, podsByNode, type Node } from '../nodes.ts'

/** More nodes than these are counted, not shown. */
const shown = 3

export default defineCheck({
  id: 'guardduty/agent-absent-on-nodes',
  title: 'Nodes that the GuardDuty agent is for do not run it',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['k8s/DaemonSet', 'k8s/Node', 'k8s/Pod'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html',
    'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations',
    'https://github.com/aws/containers-roadmap/issues/2520',
  ],

  test({ subject: cluster, world }) {
    const daemonSet = daemonSetOf(world, cluster)
    if (daemonSet === undefined) return skip(`the cluster has no DaemonSet ${daemonSetId}`)
    const nodes = nodesToCover(world, daemonSet)
    const [any] = nodes
    if (any === undefined) return skip('the cluster has no node that the agent is for')
    const pods = podsByNode(world, daemonSet)
    const without = nodes.filter(node => !pods.has(node.body.metadata.name))
    const [first] = without
    if (first === undefined) {
      const [pod] = pods.get(any.body.metadata.name) ?? []
      return pass(any.at(['metadata', 'name'], 'a node'), ...(pod === undefined ? [] : [pod.at(['spec', 'nodeName'], 'its agent')]))
    }
    const reasons = without.map(node => whyNot(daemonSet, node))
    const isTaint = reasons.some(({ isTaint: is }) => is)
    return fail({
      message: `${without.length} of ${nodes.length} nodes of cluster ${cluster.body.name} do not run the agent, ${first.body.metadata.name} among them`,
      evidence: [
        whyNot(daemonSet, first).at,
        ...reasons.slice(1, shown).map(({ at }) => at),
        daemonSet.at(['metadata', 'name'], 'the agent'),
      ],
      effect: 'What runs on these nodes gives no finding; tainted nodes are often those for the most sensitive workloads.',
      help: isTaint
        ? 'Give the agent the toleration: by the configuration values of the add-on where aws eks describe-addon-configuration of its version has one, else the add-on takes back what is edited in the DaemonSet.'
        : 'Look at kubectl describe of the DaemonSet and of its pod for the node: room, image pulls, admission. The add-on takes priorityClass.preemptionPolicy: PreemptLowerPriority.',
    })
  },
})

function whyNot(daemonSet: DaemonSet, node: Node): { readonly at: Evidence; readonly isTaint: boolean } {
  const spec = daemonSet.body.spec?.template.spec
  const obstacle = spec === undefined ? undefined : daemonObstacle(spec, node.body)
  if (obstacle === undefined) return { at: node.at(['metadata', 'name'], 'no pod of the agent is on this node'), isTaint: false }
  const text = `the agent ${obstacle.text}`
  if (obstacle.is === 'taint') return { at: node.at(obstacle.path, text), isTaint: true }
  return { at: daemonSet.at(['spec', 'template', 'spec', ...obstacle.path], text), isTaint: false }
}
