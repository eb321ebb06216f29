import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { wayKinds, waysTo } from '../../secrets-store/ways-to-service.ts'
import { homeOf } from '../destinations.ts'
import { shipperOf, signalText } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/logs-unreachable',
  title: 'The nodes of a shipper have neither a route out nor an endpoint of CloudWatch Logs',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...new Set([...workloadKinds, ...wayKinds, 'aws/eks/Cluster'] as const)],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const { region } = homeOf(world, workload.cluster)
    const way = waysTo(world, workload, 'logs', region)
    if (way.is === 'none') return skip(way.why)
    if (way.is === 'open') return pass(...way.because)
    return fail({
      message: `node ${way.node.body.metadata.name} has no way to CloudWatch Logs in ${region}, where ${workload.name} writes: no route out of its subnet and no endpoint with private DNS`,
      evidence: [...way.evidence, shipper.at(['image'], `${signalText[shipper.signal]} of the node`)],
      effect: 'What it collects waits in its buffer and is then lost: dial tcp …:443: i/o timeout.',
      help: `Make an interface endpoint com.amazonaws.${region}.logs with private DNS in the VPC; IRSA takes one of sts, and Pod Identity one of eks-auth.`,
    })
  },
})
