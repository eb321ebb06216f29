import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOfGroup, destinationsOf, homeOf, isPlaceholder, type Destination, type Home } from '../destinations.ts'
import { shipperOf } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/destination-differs',
  title: 'A shipper writes to the log groups of another cluster, or in another region',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/ConfigMap', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-entries-EKS.html',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const destinations = destinationsOf(world, shipper)
    if (destinations.length === 0) return skip('nothing of it goes to CloudWatch Logs')
    if (destinations.some(({ group, region }) => isPlaceholder(group) || isPlaceholder(region)))
      return skip('its names were never filled in: container-insights/placeholder-left says so')
    const home = homeOf(world, workload.cluster)
    const wrong = destinations.find(each => isElsewhere(each, home))
    if (wrong === undefined)
      return pass(...destinations.map(({ at }) => at), home.cluster.at(['arn'], 'it is the cluster of that name and region'))
    const other = clusterOfGroup(wrong.group)
    const where = wrong.region === home.region ? `log group ${wrong.group}` : `region ${wrong.region}`
    return fail({
      message: `${workload.name} of cluster ${home.name} in ${home.region} writes to ${where}`,
      evidence: [wrong.at, home.cluster.at(['arn'], 'it runs in this cluster')],
      effect:
        other === undefined || other === home.name
          ? 'Dashboards and alarms of the cluster’s region see nothing of it.'
          : `What the cluster reports stands under the name ${other}: its own dashboards are empty, and those of ${other} mix two clusters.`,
      help: `Set the cluster's name to ${home.name} and the region to ${home.region}, in the variables of the DaemonSet or in the ConfigMap that they come from.`,
    })
  },
})

function isElsewhere({ group, region }: Destination, home: Home): boolean {
  const named = clusterOfGroup(group)
  return region !== home.region || (named !== undefined && named !== home.name)
}
