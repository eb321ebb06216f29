import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isPlaceholder } from '../destinations.ts'
import { agentConfigOf, variableOf, type ConfigReader } from '../settings.ts'
import { shipperOf, signalText, type Shipper } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/placeholder-left',
  title: 'A shipper of Container Insights runs with names of the manifest that were never filled in',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/ConfigMap'],
  sources: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContainerInsights-troubleshooting.html'],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const settings = settingsOf(world, shipper)
    const left = settings.find(({ text }) => isPlaceholder(text))
    if (left === undefined)
      return settings.length === 0
        ? skip(`${signalText[shipper.signal]} takes cluster and region from where it runs`)
        : pass(...settings.map(({ at }) => at('this is filled in')))
    return fail({
      message: `${workload.name} in ${workload.namespace} has ${left.text} where the name of its cluster or region belongs`,
      evidence: [left.at('this was to be replaced before it was applied')],
      effect: 'It sends nothing: invalid endpoint uri, https://logs.{{region_name}}.amazonaws.com/, or to groups that no cluster has.',
      help: 'Fill in the names of cluster and region and apply again, or install the add-on amazon-cloudwatch-observability, which has none.',
    })
  },
})

interface Setting {
  readonly text: string
  readonly at: (label: string) => Evidence
}

function settingsOf(world: ConfigReader, shipper: Shipper): readonly Setting[] {
  const variables = ['CLUSTER_NAME', 'AWS_REGION'].flatMap(name => {
    const variable = variableOf(world, shipper, name)
    return variable?.is === 'text' ? [{ text: variable.value, at: (label: string) => ({ ...variable.at, label }) }] : []
  })
  const config = shipper.signal === 'metrics' ? agentConfigOf(world, shipper) : undefined
  const named = [config?.region, config?.kubernetes?.clusterName].flatMap(text => text ?? [])
  return [
    ...variables,
    ...(config === undefined ? [] : named.map(text => ({ text, at: (label: string) => config.configMap.at(config.path, label) }))),
  ]
}
