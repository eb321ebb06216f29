import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/policies-add-up',
  title: 'Several SecurityGroupPolicies select a workload, which opens more than each of them',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: workloadGroupKinds,
  sources: ['https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/utils/helper.go'],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    const { groups, policies } = selected
    const [first, ...others] = policies
    const groupIds = ['spec', 'securityGroups', 'groupIds']
    const largest = Math.max(...policies.map(({ body }) => new Set(body.spec?.securityGroups?.groupIds).size))
    if (largest >= groups.length)
      return pass(first.at(groupIds, others.length === 0 ? 'no other policy adds to these' : 'no policy adds to the others'))
    return fail({
      message: `${workload.name} is selected by ${policies.length} policies, and its pods get ${groups.length} groups: what any of them lets through is open`,
      evidence: [
        first.at(groupIds, 'these groups'),
        ...others.map(policy => policy.at(groupIds, 'and these')),
        workload.template.resource.at(['metadata', 'name'], 'on one interface'),
      ],
      effect:
        'Security groups only allow, so the rules of all of them add up: whoever wrote one policy to close a pod does not see what the other opens.',
      help: 'Write one policy that names all groups that these pods are to have, and narrow the selectors of the others; then replace the pods.',
    })
  },
})
