import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { daemonSetId, daemonSetOf } from '../agent.ts'
import { agentVersion, uncovered } from '../nodes.ts'

export default defineCheck({
  id: 'guardduty/compute-not-covered',
  title: 'A cluster has nodes on which GuardDuty cannot see what runs',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['k8s/DaemonSet', 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/prereq-runtime-monitoring-eks-support.html',
    'https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html',
  ],

  test({ subject: cluster, world }) {
    const daemonSet = daemonSetOf(world, cluster)
    if (daemonSet === undefined) return skip(`the cluster has no DaemonSet ${daemonSetId}`)
    const version = agentVersion(daemonSet)
    const nodes = world.list('k8s/Node', daemonSet.scope)
    const [any] = nodes
    if (any === undefined) return skip('the cluster has no node')
    const blind = nodes.flatMap(node => {
      const found = uncovered(node, version)
      return found === undefined ? [] : [{ node, ...found }]
    })
    const byReason = [...Map.groupBy(blind, ({ why }) => why)]
    if (byReason.length === 0)
      return pass(daemonSet.at(['metadata', 'name'], 'the agent'), any.at(['metadata', 'name'], 'a node that it is for'))
    const [first, ...more] = byReason.flatMap(([why, [one]]) =>
      one === undefined ? [] : [one.node.at(one.path, `the agent does not cover ${why}`)],
    )
    const texts = byReason.map(([why, group]) => `${group.length} of ${why}`)
    return fail({
      message: `GuardDuty cannot see what runs on ${blind.length} of ${nodes.length} nodes of cluster ${cluster.body.name}: ${texts.join(', ')}`,
      evidence: [first ?? daemonSet.at(['metadata', 'name'], 'the agent'), ...more],
      effect:
        'Pods there give findings from the audit log and from DNS and flow logs alone: a process that goes wrong in them is not seen.',
      help: 'Keep sensitive workloads on EC2 nodes with a supported Linux, or watch these nodes by another tool. Amazon Linux 2023 needs an agent of 1.6.0 or later.',
    })
  },
})
