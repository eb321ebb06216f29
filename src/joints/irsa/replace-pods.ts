import type { Workload } from '#joints/workloads.ts'
import { targetOf, type Change, type Edit } from '#model/change.ts'
import { isKubernetesKind, kubernetesKinds } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'

type Pod = Resource<'k8s/Pod'>

/** Kinds that replace all their pods in one rollout. Pods of others are deleted one by one, and their owner makes new ones. */
const rolling: ReadonlySet<string> = new Set(['k8s/DaemonSet', 'k8s/Deployment', 'k8s/StatefulSet'])
/** The API server takes no edit of the pods of these. */
const immutable: ReadonlySet<string> = new Set(['k8s/Job', 'k8s/Pod'])

/** Replaces pods, since what was injected stays until then. Undefined when nothing would make them again, or there are none. */
export function replacing(workload: Workload, pods: readonly Pod[]): Change | undefined {
  const { resource } = workload
  if (pods.length === 0) return undefined
  const isOwned = resource.kind !== 'k8s/Pod' || (resource.body.metadata.ownerReferences ?? []).some(owner => owner.controller === true)
  if (!isOwned) return undefined
  const isRolling = rolling.has(resource.kind)
  const replaced = isRolling ? workload.seenPods : pods
  return {
    target: targetOf(resource),
    edit: { do: 'restart', pods: replaced.map(pod => pod.id) },
    permissions: [isRolling ? `patch ${pluralOf(workload)}` : 'delete pods'],
    risk: `${replaced.length === 1 ? 'One pod' : `${replaced.length} pods`} of ${workload.name} ${replaced.length === 1 ? 'is' : 'are'} replaced${isRolling ? '' : ', and work that is under way in them is lost'}.`,
  }
}

/** Edits of the pod template, and the replacement of pods that it leads to. Undefined where the template cannot be changed. */
export function mending(workload: Workload, edits: readonly Edit[], pods: readonly Pod[], risk: string): readonly Change[] | undefined {
  if (immutable.has(workload.resource.kind)) return undefined
  const target = targetOf(workload.resource)
  const replacement = replacing(workload, pods)
  const changes = edits.map(edit => ({ target, edit, permissions: [`patch ${pluralOf(workload)}`], risk }))
  return replacement === undefined ? changes : [...changes, replacement]
}

function pluralOf({ resource: { kind } }: Workload): string {
  return isKubernetesKind(kind) ? kubernetesKinds[kind].plural : kind
}
