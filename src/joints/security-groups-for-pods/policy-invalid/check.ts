import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'
import { valueAt } from '#model/place.ts'
import { problemsOf } from '../policy-problems.ts'

export default defineCheck({
  id: 'security-groups-for-pods/policy-invalid',
  title: 'A SecurityGroupPolicy is passed over in silence',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/SecurityGroupPolicy',
  reads: [],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/utils/helper.go',
    'https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html',
  ],

  test({ subject: policy }) {
    const [first, ...others] = problemsOf(policy)
    if (first === undefined) return pass(policy.at(['spec'], 'the controller can use this'))
    const at = ({ path, problem }: typeof first) =>
      valueAt(policy.body, path) === undefined ? policy.at(['metadata', 'name'], problem) : policy.at(path, problem)
    return fail({
      message: `policy ${policy.id} does not do what it says: ${first.problem}`,
      evidence: [at(first), ...others.map(at)],
      effect:
        'The API server takes the policy, and the controller writes a line in a log that nobody sees. Pods that were meant get no groups of their own, or pods get them that were not meant.',
      help: 'Give the policy a podSelector or a serviceAccountSelector of labels, and at least one id under securityGroups.groupIds; then replace the pods.',
    })
  },
})
