import { awsConnection, connectionKinds } from '#joints/aws-connection.ts'
import { connectionVerdict } from '#joints/aws-connection-verdict.ts'
import { defineCheck } from '#joints/define.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import { skip } from '#model/verdict.ts'
import { homeOf } from '../destinations.ts'
import { shipperOf, signalText } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/logs-connection-denied',
  title: 'A policy or a security group keeps a shipper from CloudWatch Logs',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...connectionKinds, 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const { region } = homeOf(world, workload.cluster)
    const connection = awsConnection(world, workload.cluster, podsOfWorkload(world, workload).pods, 'logs', region)
    return connectionVerdict(connection, {
      workload,
      message: `${workload.name} cannot open a connection to CloudWatch Logs`,
      effect: 'What it collects waits in its buffer and is then lost: dial tcp …:443: i/o timeout.',
      because: shipper.at(['image'], `${signalText[shipper.signal]} go to CloudWatch Logs from here`),
    })
  },
})
