import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { problemsOf } from '../policy-problems.ts'
import { workloadsSelectedBy } from '../selections.ts'

export default defineCheck({
  id: 'security-groups-for-pods/policy-selects-nothing',
  title: 'A SecurityGroupPolicy selects no workload of its namespace',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/SecurityGroupPolicy',
  reads: [...workloadKinds, 'k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html'],

  test({ subject: policy, world }) {
    if (problemsOf(policy).length > 0) return skip('the policy is invalid: security-groups-for-pods/policy-invalid speaks of it')
    const [first] = workloadsSelectedBy(world, policy)
    if (first !== undefined) return pass(first.template.resource.at(['metadata', 'name'], 'this workload is selected'))
    const selectors = ['podSelector', 'serviceAccountSelector'] as const
    const [primary = 'podSelector', ...others] = selectors.filter(name => (policy.body.spec?.[name] ?? null) !== null)
    const at = (name: (typeof selectors)[number]) =>
      policy.at(['spec', name], `no workload of ${policy.body.metadata.namespace} has these labels`)
    return fail({
      message: `policy ${policy.id} selects no workload of its namespace`,
      evidence: [at(primary), ...others.map(at)],
      effect: 'The pods that it was written for, if there are any, run with the groups of their node.',
      help: 'Compare the selector with the labels of the pod template, and a serviceAccountSelector with the labels of the ServiceAccount, never its name; or delete the policy.',
    })
  },
})
