import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { podPeersOf, separatedPeersOf } from '../policy-peers.ts'
import { assertWorkloadsRead, selectedWorkloads } from '../selected-workloads.ts'

export default defineCheck({
  id: 'network-policy/peer-selects-nothing',
  title: 'A rule of a policy is for pods that do not exist',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/NetworkPolicy',
  reads: [...workloadKinds, 'k8s/Namespace'],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors'],

  test({ subject: policy, world }) {
    const apart = new Set(separatedPeersOf(world, policy).map(({ pods }) => pods.path.join('.')))
    const peers = podPeersOf(policy)
      .flat()
      .filter(({ path }) => !apart.has(path.join('.')))
    if (peers.length === 0) return skip('no rule of it selects pods')
    const dead = peers.filter(({ selection }) => selectedWorkloads(world, selection).length === 0)
    const [first, ...others] = dead
    if (first === undefined) {
      const shown = peers.slice(0, 3)
      return pass(
        ...shown.map(({ path }) => policy.at(path, 'pods are selected')),
        ...shown.flatMap(
          ({ selection }) => selectedWorkloads(world, selection)[0]?.resource.at(['metadata', 'name'], 'this workload is selected') ?? [],
        ),
      )
    }
    for (const { selection } of dead) assertWorkloadsRead(world, selection)
    return fail({
      message: `${dead.length} of ${peers.length} peers of policy ${policy.id} select${dead.length === 1 ? 's' : ''} no pod`,
      evidence: [
        policy.at(first.path, 'no pod in these namespaces has these labels'),
        ...others.slice(0, 2).map(({ path }) => policy.at(path, 'nor has any these')),
      ],
      effect: 'Whoever the rule was for is not let through by it. It opens to whatever gets these labels one day.',
      help: 'Mend the labels or the namespace of the peer, or take it away: where a rule has no other peer, the rule, since a rule without peers is for everybody.',
    })
  },
})
