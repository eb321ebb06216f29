import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fail } from '#model/verdict.ts'
import { coverageOf, lastingTaints, obstacleEvidence, type Uncovered } from '../coverage.ts'
import { keeperOf } from '../keeper.ts'
import { shipperOf, signalText, type Shipper } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/node-not-covered',
  title: 'Nodes on which the CloudWatch agent or Fluent Bit may not run',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/Node'],
  sources: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const { covered, uncovered } = coverageOf(world, shipper)
    const [first] = uncovered
    if (first === undefined) {
      if (covered.length === 0) return skip(`the cluster has no ${shipper.os} nodes`)
      return pass(...covered.map(node => node.at(['metadata', 'name'], 'it may run here')))
    }
    const more = uncovered.length === 1 ? '' : ` and ${uncovered.length - 1} more`
    return fail({
      message: `${workload.name} in ${workload.namespace} does not run on node ${first.node.body.metadata.name}${more}: it ${first.obstacle.text}`,
      evidence: [
        ...obstacleEvidence(shipper, first),
        ...uncovered.slice(1, 4).flatMap(each => obstacleEvidence(shipper, each).slice(0, 1)),
        workload.resource.at(['metadata', 'name'], `${signalText[shipper.signal]} of the cluster`),
      ],
      effect: `${shipper.signal === 'metrics' ? 'Metrics' : 'Logs'} of these nodes and of their pods reach CloudWatch at no time, and no alarm on them can ring.`,
      ...remedyOf(shipper, uncovered),
    })
  },
})

/** The tolerations that are missing and no more; who keeps the DaemonSet would take an edit back. */
function remedyOf(shipper: Shipper, uncovered: readonly Uncovered[]): Pick<Fail, 'fix' | 'help'> {
  const { resource, template, name } = shipper.workload
  const taints = uncovered.flatMap(({ node, obstacle }) =>
    obstacle.is === 'taint' ? lastingTaints(node).filter(({ effect }) => effect !== 'PreferNoSchedule') : [],
  )
  const missing = [...new Map(taints.map(({ key, effect }) => [`${key}\n${effect}`, { key, operator: 'Exists', effect }])).values()]
  if (uncovered.some(({ obstacle }) => obstacle.is !== 'taint'))
    return { help: `Let ${name} select these nodes too, or run a second one with the same configuration for them.` }
  const keeper = keeperOf(resource as Resource<'k8s/DaemonSet'>)
  const text = missing.map(({ key, effect }) => `{key: ${key}, operator: Exists, effect: ${effect}}`).join(', ')
  if (keeper !== undefined) return { help: `Add ${text} to tolerations in the values of ${keeper}: by default they tolerate everything.` }
  const path = [...template.root, 'spec', 'tolerations']
  const change = {
    target: targetOf(resource),
    edit: setting(resource, path, [...(template.spec.tolerations ?? []), ...missing]),
    permissions: ['patch daemonsets'],
    risk: 'Its pods are replaced node by node, and some start on nodes that were kept for others.',
  }
  return { fix: { title: `let ${name} tolerate ${text}`, safe: false, changes: [change] } }
}
