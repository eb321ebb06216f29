import { defineCheck } from '#joints/define.ts'
import { setting, targetOf } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOfGroup } from '../destinations.ts'

/** What is proposed, days: a year for what the control plane logs, since incidents are found late; a quarter for the rest. */
const retention = { controlPlane: 365, others: 90 }

export default defineCheck({
  id: 'container-insights/log-group-never-expires',
  title: 'A log group of a cluster keeps its events for ever',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/logs/LogGroup',
  reads: [],
  sources: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention'],

  test({ subject: group }) {
    const { logGroupName, retentionInDays, storedBytes } = group.body
    const cluster = clusterOfGroup(logGroupName)
    if (cluster === undefined) return skip('the group is none of a cluster’s')
    if (retentionInDays !== undefined) return pass(group.at(['retentionInDays'], 'events are kept for so many days'))
    const days = logGroupName.startsWith('/aws/eks/') ? retention.controlPlane : retention.others
    return fail({
      message: `log group ${logGroupName} of cluster ${cluster} has no retention, so its events never expire`,
      evidence: [
        group.at(['logGroupName'], 'neither EKS nor the shippers set a retention'),
        ...(storedBytes === undefined ? [] : [group.at(['storedBytes'], 'bytes that are stored already')]),
      ],
      effect: 'Its storage is paid for and grows without end, and personal data in it is kept longer than anyone meant.',
      fix: {
        title: `keep the events of ${logGroupName} for ${days} days`,
        safe: false,
        changes: [
          {
            target: targetOf(group),
            edit: setting(group, ['retentionInDays'], days),
            permissions: ['logs:PutRetentionPolicy'],
            risk: `Events that are older than ${days} days are deleted within days, and undoing this does not bring them back.`,
          },
        ],
      },
    })
  },
})
