import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isObservability } from '../addon.ts'

const failed = new Set(['CREATE_FAILED', 'DEGRADED', 'UPDATE_FAILED', 'DELETE_FAILED'])

export default defineCheck({
  id: 'container-insights/addon-unhealthy',
  title: 'The add-on of Container Insights is degraded, or its installation failed',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Addon',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonHealth.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html',
  ],

  test({ subject: addon }) {
    if (!isObservability(addon)) return skip('the add-on has nothing to do with Container Insights')
    const { status, health, addonName, clusterName } = addon.body
    if (status === undefined)
      throw new Unread({
        kind: addon.kind,
        id: addon.id,
        reason: 'the add-on was read without its status',
        settle: { by: 'iam', action: 'eks:DescribeAddon' },
      })
    const [issue] = health?.issues ?? []
    if (!failed.has(status) && issue === undefined)
      return status === 'ACTIVE' ? pass(addon.at(['status'], 'the add-on is active')) : skip(`the add-on is ${status} now`)
    const why = issue?.code === undefined ? status : `${status}, ${issue.code}`
    return fail({
      message: `add-on ${addonName} of cluster ${clusterName} is ${why}`,
      evidence: [
        addon.at(['status'], 'what EKS says of it'),
        ...(issue?.message === undefined ? [] : [addon.at(['health', 'issues', 0, 'message'], 'why')]),
      ],
      effect: 'The CloudWatch agent and Fluent Bit run on no node, or on some alone, and EKS does not mend it by itself.',
      help:
        issue?.code === 'ConfigurationConflict'
          ? 'Compare what the add-on wants with what was edited by hand, then update the add-on with --resolve-conflicts OVERWRITE or PRESERVE.'
          : `Mend what the issue names, then aws eks update-addon --cluster-name ${clusterName} --addon-name ${addonName}.`,
    })
  },
})
