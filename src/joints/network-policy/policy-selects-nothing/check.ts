import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { requirementsOf } from '#joints/label-selector.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../deviation-verdict.ts'
import { asksForSomething, assertWorkloadsRead, selectedWorkloads } from '../selected-workloads.ts'

export default defineCheck({
  id: 'network-policy/policy-selects-nothing',
  title: 'A policy selects no pod',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: [...workloadKinds, 'k8s/Namespace'],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource'],

  test({ subject: policy, world }) {
    const { namespace } = policy.body.metadata
    const { podSelector } = policy.body.spec ?? {}
    if (!asksForSomething(podSelector)) return skip('it is for every pod of the namespace, those that will come too')
    const selection = { cluster: clusterOf(policy), namespace, pods: podSelector }
    const [selected] = selectedWorkloads(world, selection)
    if (selected !== undefined)
      return pass(
        policy.at(['spec', 'podSelector'], `it selects ${selected.name}`, 'key'),
        selected.resource.at(['metadata', 'name'], 'these pods have the labels'),
      )
    assertWorkloadsRead(world, selection)
    const all = selectedWorkloads(world, { ...selection, pods: undefined })
    const keys = new Set(requirementsOf(podSelector).map(({ key }) => key))
    const near = all.find(({ template }) => Object.keys(template.labels).some(key => keys.has(key)))
    return fail({
      message: `policy ${policy.id} selects none of the ${all.length} workloads of namespace ${namespace}`,
      evidence: [
        policy.at(['spec', 'podSelector'], 'no pod has these labels', 'key'),
        ...(near === undefined
          ? []
          : [near.resource.at(['metadata', 'name'], `this comes nearest: ${labelText(near.template.labels, keys)}`)]),
      ],
      effect:
        'The pods that it was written for are not protected by it, and nothing says so: they are open to whatever no other policy closes.',
      help: 'Mend the selector, or delete the policy when its pods are gone.',
    })
  },
})

const labelText = (labels: Readonly<Record<string, string>>, keys: ReadonlySet<string>): string =>
  Object.entries(labels)
    .filter(([key]) => keys.has(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
