import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Change } from '#model/change.ts'
import { fail, pass, skip, type Fail } from '#model/verdict.ts'
import { destinationsOf, homeOf, type Destination, type Home } from '../destinations.ts'
import { shipperOf } from '../shippers.ts'
import { minutesBefore } from '../world-clock.ts'

/** How long a new DaemonSet is given until its first events arrive, minutes. */
const patience = 15
/** What a group is made with when somebody has to make it, days. */
const retention = 90

export default defineCheck({
  id: 'container-insights/log-group-missing',
  title: 'A log group that a shipper writes to does not exist',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/ConfigMap', 'aws/eks/Cluster', 'aws/logs/LogGroup'],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html',
    'https://docs.fluentbit.io/manual/data-pipeline/outputs/cloudwatch',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const destinations = destinationsOf(world, shipper)
    if (destinations.length === 0) return skip('nothing of it goes to CloudWatch Logs')
    const found = destinations.map(destination => ({ destination, group: world.find('aws/logs/LogGroup', destination.arn) }))
    const missing = found.filter(({ group }) => group === undefined).map(({ destination }) => destination)
    const [first] = missing
    if (first === undefined)
      return pass(
        ...found.flatMap(({ destination, group }) => [group?.at(['logGroupName'], 'the group is there') ?? [], destination.at].flat()),
      )
    if (workload.pods().length === 0) return skip('it has no pods that could write')
    const made = workload.resource.body.metadata.creationTimestamp
    if (made !== undefined && minutesBefore(world, String(made)) < patience) return skip('it has only just been made')
    const names = missing.map(({ group }) => group).join(', ')
    const home = homeOf(world, workload.cluster)
    const isHostAlone = missing.every(({ group }) => group.endsWith('/host'))
    return fail({
      message: `${workload.name} of cluster ${home.name} writes to ${names}, which ${missing.length === 1 ? 'does' : 'do'} not exist`,
      evidence: [first.at, home.cluster.at(['name'], 'no such group in its account and region')],
      effect: effectOf(missing, isHostAlone),
      ...(isHostAlone ? { severity: 'medium' as const } : {}),
      ...remedyOf(missing, home),
    })
  },
})

function effectOf(missing: readonly Destination[], isHostAlone: boolean): string {
  if (isHostAlone)
    return 'What the nodes themselves log is not kept: on AL2023 it is in the journal, which older configurations do not read.'
  return missing.every(({ creates }) => creates)
    ? 'It makes a group when its first event arrives: none ever did.'
    : 'It does not make groups, so every event is refused: ResourceNotFoundException, The specified log group does not exist.'
}

/** Where the shipper makes groups itself, one that somebody made would hide that nothing arrives. */
function remedyOf(missing: readonly Destination[], home: Home): Pick<Fail, 'fix' | 'help'> {
  const toMake = missing.filter(({ creates }) => !creates)
  if (toMake.length < missing.length)
    return { help: 'Look at what its pods log: credentials, permissions and the configuration of its inputs come first.' }
  const changes: readonly Change[] = toMake.map(({ arn, group, region }) => ({
    target: { kind: 'aws/logs/LogGroup', id: arn, scope: { account: home.account, region } },
    edit: { do: 'create', body: { arn: `${arn}:*`, logGroupArn: arn, logGroupName: group, retentionInDays: retention } },
    permissions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
    risk: `Events are kept for ${retention} days and cost as much as they are.`,
  }))
  return { fix: { title: `make ${toMake.map(({ group }) => group).join(', ')}, kept for ${retention} days`, safe: true, changes } }
}
