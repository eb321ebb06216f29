import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { addonName, addonOf } from '../agent.ts'
import { addonIssues, issueCause } from '../addon-issues.ts'

const failed = ['CREATE_FAILED', 'DEGRADED', 'UPDATE_FAILED']

export default defineCheck({
  id: 'guardduty/addon-unhealthy',
  title: 'EKS could not install or update the add-on of the GuardDuty agent',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/eks/Addon'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonIssue.html',
  ],

  test({ subject: cluster, world }) {
    const addon = addonOf(world, cluster)
    if (addon === undefined) return skip(`the cluster has no add-on ${addonName}`)
    const { status } = addon.body
    const issues = addonIssues(addon)
    const issue = issues.find(({ isOfPods }) => !isOfPods)
    if (issue === undefined) {
      if (status === 'ACTIVE') return pass(addon.at(['status'], 'EKS installed the add-on'))
      if (issues.length > 0) return skip('its pods are not ready: guardduty/agent-not-ready says so')
      if (status === undefined || !failed.includes(status)) return skip(`the add-on is ${status ?? 'of no known status'}`)
    }
    const { code = status, message = '' } = issue ?? {}
    return fail({
      message: `EKS reports ${code} of add-on ${addonName} on cluster ${cluster.body.name}`,
      evidence: [
        issue === undefined ? addon.at(['status'], 'EKS did not finish') : addon.at(issue.path, 'this is what EKS says'),
        cluster.at(['name'], 'the add-on is for this cluster'),
      ],
      effect: 'The agent is not installed as GuardDuty wants it, so nodes are not covered, or are covered by an old agent.',
      help:
        (issue === undefined ? undefined : issueCause(issue)) ??
        (message === ''
          ? 'Ask aws eks describe-addon for the health of the add-on and kubectl get events -n amazon-guardduty for what the API server refused.'
          : `Mend what EKS names, and update the add-on anew: ${message.slice(0, 200)}.`),
    })
  },
})
