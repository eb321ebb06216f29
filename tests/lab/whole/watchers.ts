import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import type { Lab } from '../lab.ts'

/** Who is told is no matter of a blueprint: findings go to a topic, an alarm watches the audit log, and flows are recorded. */
export async function makeWatchers(lab: Lab, vpc: string): Promise<void> {
  const topic = `arn:aws:sns:${lab.region}:${lab.accountId}:security`
  const events = new EventBridgeClient(lab.aws())
  await events.send(new PutRuleCommand({ Name: 'findings', EventPattern: '{"source":["aws.guardduty"]}', State: 'ENABLED' }))
  await events.send(new PutTargetsCommand({ Rule: 'findings', Targets: [{ Id: '1', Arn: topic }] }))
  await new EC2Client(lab.aws()).send(
    new CreateFlowLogsCommand({
      ResourceIds: [vpc],
      ResourceType: 'VPC',
      TrafficType: 'REJECT',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs',
    }),
  )
  const metric = { metricName: 'forbidden', metricNamespace: 'audit' }
  await new CloudWatchLogsClient(lab.aws()).send(
    new PutMetricFilterCommand({
      logGroupName: `/aws/eks/${lab.clusterName}/cluster`,
      filterName: 'forbidden',
      filterPattern: '{ $.responseStatus.code = 403 }',
      metricTransformations: [{ ...metric, metricValue: '1' }],
    }),
  )
  await new CloudWatchClient(lab.aws()).send(
    new PutMetricAlarmCommand({
      AlarmName: 'forbidden',
      Namespace: metric.metricNamespace,
      MetricName: metric.metricName,
      Period: 60,
      EvaluationPeriods: 1,
      Statistic: 'Sum',
      Threshold: 100,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [topic],
    }),
  )
}
