import { requirementsOf, type Labels, type LabelSelector } from '#joints/label-selector.ts'
import type { ClusterPolicies } from '#joints/policy-layer.ts'
import type { Kinds } from '#model/kinds.ts'

type Pod = Kinds['k8s/Pod']

/** A pod selector in one namespace, or in those that a selector asks for. */
export interface PodSelection {
  readonly namespace: string
  readonly namespaces?: LabelSelector | undefined
  readonly pods?: LabelSelector | undefined
}

/** The pods of a cluster that the controller has had the time to take in. */
export interface SettledPods {
  /** Pods of the host network share their node's address and are left out. */
  readonly byAddress: ReadonlyMap<string, Pod>
  /** By namespace. What many policies select alike is looked for once. */
  select(selection: PodSelection): readonly Pod[]
  /** Whether `select` would give a pod, without looking at the others. */
  matcher(selection: PodSelection): (pod: Pod) => boolean
}

/** How long the controller may take; a pod that started within it is left out. It batches changes of pods for a second. */
const settling = 60_000

const known = new WeakMap<ClusterPolicies, SettledPods>()

/** @param readAt the world's clock; without one every pod counts */
export function settledPodsOf(policies: ClusterPolicies, readAt: string | undefined): SettledPods {
  const found = known.get(policies) ?? gather(policies, readAt)
  known.set(policies, found)
  return found
}

function gather({ input }: ClusterPolicies, readAt: string | undefined): SettledPods {
  const all = input.pods.all.filter(pod => isSettled(pod, readAt))
  const byNamespace = Map.groupBy(all, ({ metadata }) => metadata.namespace)
  const byLabel = indexLabels(all)
  const memo = new Map<string, readonly Pod[]>()
  const namespacesOf = ({ namespace, namespaces }: PodSelection): readonly string[] => {
    if (namespaces === undefined) return [namespace]
    const isInside = selecting(namespaces)
    return input.namespaces.all.flatMap(({ metadata: { name, labels } }) =>
      isInside({ 'kubernetes.io/metadata.name': name, ...labels }) ? [name] : [],
    )
  }
  const look = (selection: PodSelection): readonly Pod[] => {
    const [label] = Object.entries(selection.pods?.matchLabels ?? {})
    const candidates = label === undefined ? byNamespace : Map.groupBy(byLabel.get(label.join('=')) ?? [], pod => pod.metadata.namespace)
    const isSelected = selecting(selection.pods)
    return namespacesOf(selection).flatMap(name => (candidates.get(name) ?? []).filter(({ metadata }) => isSelected(metadata.labels ?? {})))
  }
  return {
    byAddress: new Map(all.filter(({ spec }) => spec?.hostNetwork !== true).map(pod => [pod.status?.podIP ?? '', pod])),
    select: selection => {
      const key = JSON.stringify([selection.namespaces ?? selection.namespace, selection.pods])
      const found = memo.get(key) ?? look(selection)
      memo.set(key, found)
      return found
    },
    matcher: selection => {
      const names = new Set(namespacesOf(selection))
      const isSelected = selecting(selection.pods)
      return ({ metadata }) => names.has(metadata.namespace) && isSelected(metadata.labels ?? {})
    },
  }
}

function isSettled({ metadata, status }: Pod, readAt: string | undefined): boolean {
  if ((status?.podIP ?? '') === '' || status?.phase === 'Succeeded' || status?.phase === 'Failed') return false
  const started = metadata.creationTimestamp
  if (readAt === undefined || started === undefined) return true
  return Date.parse(readAt) - Date.parse(String(started)) > settling
}

/** By `key=value`. */
function indexLabels(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const index = new Map<string, Pod[]>()
  for (const pod of pods) {
    for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
      const own = index.get(`${key}=${value}`)
      if (own === undefined) index.set(`${key}=${value}`, [pod])
      else own.push(pod)
    }
  }
  return index
}

function selecting(selector: LabelSelector | undefined): (labels: Labels) => boolean {
  const requirements = requirementsOf(selector)
  return labels => requirements.every(requirement => requirement.holds(labels))
}
