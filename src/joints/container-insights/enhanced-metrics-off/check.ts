import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentConfigOf } from '../settings.ts'
import { shipperOf } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/enhanced-metrics-off',
  title: 'The CloudWatch agent sends the small set of metrics, without those of containers and of the control plane',
  severity: 'low',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/ConfigMap'],
  sources: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-enhanced-EKS.html'],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper?.signal !== 'metrics' || shipper.os === 'windows') return skip('the workload is no CloudWatch agent for Linux')
    const config = agentConfigOf(world, shipper)
    if (config?.kubernetes === undefined) return skip('it sends no metrics of Container Insights by its configuration')
    if (config.kubernetes.enhanced) return pass(config.configMap.at(config.path, 'enhanced_container_insights is true'))
    return fail({
      message: `${workload.name} in ${workload.namespace} does not send enhanced metrics: enhanced_container_insights is not true under logs.metrics_collected.kubernetes`,
      evidence: [config.configMap.at(config.path, 'this is what it sends'), shipper.at(['image'], 'the agent')],
      effect: 'CloudWatch has no metrics of single containers, of restarts by reason, or of the API server.',
      help: 'Set agent.config.logs.metrics_collected.kubernetes.enhanced_container_insights to true in the add-on’s configuration values: it is priced by the observation.',
    })
  },
})
