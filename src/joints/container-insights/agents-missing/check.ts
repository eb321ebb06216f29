import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isObservability } from '../addon.ts'
import { home, shippersIn } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/agents-missing',
  title: 'The add-on of Container Insights is there, and nothing in the cluster ships',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Addon',
  reads: workloadKinds,
  sources: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html'],

  test({ subject: addon, world }) {
    if (!isObservability(addon)) return skip('the add-on has nothing to do with Container Insights')
    const { addonName, clusterName, status } = addon.body
    if (status !== 'ACTIVE') return skip(`the add-on is ${status ?? 'of unknown status'} now`)
    const shippers = shippersIn(world, clusterName)
    if (shippers.length > 0)
      return pass(...shippers.map(({ workload }) => workload.resource.at(['metadata', 'name'], 'this ships for the cluster')))
    return fail({
      message: `add-on ${addonName} of cluster ${clusterName} is ACTIVE, and namespace ${home} has neither the CloudWatch agent nor Fluent Bit`,
      evidence: [addon.at(['status'], 'EKS has nothing to complain of')],
      effect: 'No metrics and no logs of the cluster leave it, and nothing says so.',
      help: `Look at the add-on's configuration values (agent.enabled, containerLogs.enabled) and at the controller's log in namespace ${home}.`,
    })
  },
})
