import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { removing, setting, targetOf, type Change } from '#model/change.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { podPeersOf, separatedPeersOf, type NetworkPolicy, type SeparatedPeers } from '../policy-peers.ts'
import { assertWorkloadsRead, selectedWorkloads } from '../selected-workloads.ts'

export default defineCheck({
  id: 'network-policy/peer-selectors-separated',
  title: 'A namespace and a pod selector stand as two peers and were meant as one',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/NetworkPolicy',
  reads: [...workloadKinds, 'k8s/Namespace'],
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors'],

  test({ subject: policy, world }) {
    const pairs = podPeersOf(policy).filter(
      peers => peers.some(({ pods }) => pods === undefined) && peers.some(({ namespaces }) => namespaces === undefined),
    )
    if (pairs.length === 0) return skip('no rule of it has a peer for namespaces beside one for pods')
    const [first] = separatedPeersOf(world, policy)
    if (first === undefined) {
      for (const { selection } of pairs.flat()) assertWorkloadsRead(world, selection)
      return pass(
        ...pairs
          .flat()
          .slice(0, 3)
          .map(({ path }) => policy.at(path, 'this peer makes sense on its own')),
      )
    }
    const meant = selectedWorkloads(world, first.meant)
    const opened = selectedWorkloads(world, first.namespaces.selection)
    const [example] = meant
    return fail({
      message: `policy ${policy.id} admits whole namespaces (${opened.length} workloads), and beside them pods of its own namespace that do not exist: together the two selectors select ${meant.length}`,
      evidence: [
        policy.at(first.namespaces.path, 'this peer alone is every pod of these namespaces'),
        policy.at(first.pods.path, 'this peer alone is pods of the own namespace, of which there are none'),
        ...(example === undefined ? [] : [example.resource.at(['metadata', 'name'], 'both together select this')]),
      ],
      effect: 'Two items of a list are alternatives. Every pod of the namespaces passes, where only the selected ones were meant to.',
      fix: { title: 'make one peer of the two', safe: false, changes: joined(policy, first) },
    })
  },
})

/** The pod selector moves into the peer for namespaces. */
function joined(policy: NetworkPolicy, { namespaces, pods }: SeparatedPeers): Change[] {
  const risk = 'Pods of the namespaces that are not selected are closed out, should any of them be meant after all.'
  const target = targetOf(policy)
  return [
    { target, edit: setting(policy, [...namespaces.path, 'podSelector'], pods.pods), permissions: ['patch networkpolicies'], risk },
    { target, edit: removing(policy, pods.path), permissions: ['patch networkpolicies'], risk },
  ]
}
