import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { replacing } from './irsa/replace-pods.ts'
import type { Proposal } from './proposal.ts'
import { serviceAccountKey, workloadsByServiceAccount, type Workload, type workloadKinds } from './workloads.ts'

/**
 * Replaces the pods that were admitted before their service account had its role: the webhook looks at a pod only when it is created. A bare pod, which
 * nothing would make again, is left.
 * @param lacking the pods of a workload that new ones would be better than
 * @throws Unread when pods were not read
 */
export const restartProposals = (
  world: Reader<(typeof workloadKinds)[number]>,
  { cluster, namespace, name }: { readonly cluster: string; readonly namespace: string; readonly name: string },
  joint: string,
  lacking: (workload: Workload) => readonly Resource<'k8s/Pod'>[],
): readonly Proposal[] =>
  (workloadsByServiceAccount(world).get(serviceAccountKey(cluster, namespace, name)) ?? []).flatMap(workload => {
    const change = replacing(workload, lacking(workload))
    return change === undefined
      ? []
      : [{ change, title: `replace the pods of ${workload.name} in ${namespace}`, makes: `${joint}: injection` }]
  })
