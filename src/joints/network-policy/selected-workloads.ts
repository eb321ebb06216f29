import { requirementsOf, type Labels, type LabelSelector } from '#joints/label-selector.ts'
import { perWorld } from '#joints/per-world.ts'
import { workloadKinds, workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './deviation-verdict.ts'

export type SelectionReader = Reader<(typeof workloadKinds)[number] | 'k8s/Namespace'>

interface ClusterWorkloads {
  readonly byNamespace: ReadonlyMap<string, readonly Workload[]>
  /** By `key=value` of the template or of any pod. */
  readonly byLabel: ReadonlyMap<string, readonly Workload[]>
  /** With the label that every namespace has. */
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly found: Map<string, readonly Workload[]>
}

const clusters = perWorld((world: SelectionReader): ReadonlyMap<string, ClusterWorkloads> => {
  const workloads = Map.groupBy(workloadsOf(world), ({ cluster }) => cluster)
  const namespaces = Map.groupBy(world.seen('k8s/Namespace'), clusterOf)
  return new Map(
    [...new Set([...workloads.keys(), ...namespaces.keys()])].map(cluster => {
      const byNamespace = Map.groupBy(workloads.get(cluster) ?? [], ({ namespace }) => namespace)
      const labels = new Map<string, Labels>([...byNamespace.keys()].map(name => [name, { 'kubernetes.io/metadata.name': name }]))
      for (const { id, body } of namespaces.get(cluster) ?? [])
        labels.set(id, { 'kubernetes.io/metadata.name': id, ...body.metadata.labels })
      return [cluster, { byNamespace, byLabel: indexLabels(workloads.get(cluster) ?? []), namespaces: labels, found: new Map() }]
    }),
  )
})

function indexLabels(workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
  const found = new Map<string, Set<Workload>>()
  for (const workload of workloads) {
    for (const labels of [workload.template.labels, ...workload.seenPods.map(({ body }) => body.metadata.labels ?? {})]) {
      for (const [key, value] of Object.entries(labels)) {
        const name = `${key}=${value}`
        const own = found.get(name)
        if (own === undefined) found.set(name, new Set([workload]))
        else own.add(workload)
      }
    }
  }
  return new Map([...found].map(([name, own]) => [name, [...own]]))
}

/** A pod selector in one namespace, or in those that a selector asks for. */
export interface Selection {
  readonly cluster: string
  readonly namespace: string
  readonly namespaces?: LabelSelector | undefined
  readonly pods?: LabelSelector | undefined
}

/** The workloads that were seen whose template, or any pod, is selected. Proves presence, never absence. */
export function selectedWorkloads(world: SelectionReader, { cluster, namespace, namespaces, pods }: Selection): readonly Workload[] {
  const all = clusters(world).get(cluster)
  if (all === undefined) return []
  const key = JSON.stringify([namespaces ?? namespace, pods ?? {}])
  const known = all.found.get(key)
  if (known !== undefined) return known
  const isIn = matcherOf(namespaces)
  const names = namespaces === undefined ? [namespace] : [...all.namespaces].flatMap(([name, labels]) => (isIn(labels) ? [name] : []))
  const isSelected = matcherOf(pods)
  const found = candidatesIn(all, names, pods).filter(
    ({ template, seenPods }) => isSelected(template.labels) || seenPods.some(({ body }) => isSelected(body.metadata.labels ?? {})),
  )
  all.found.set(key, found)
  return found
}

/** Those of the namespaces; of a selector that asks for a value, only such as have it somewhere. */
function candidatesIn(
  { byNamespace, byLabel }: ClusterWorkloads,
  names: readonly string[],
  pods: LabelSelector | undefined,
): readonly Workload[] {
  const [label] = Object.entries(pods?.matchLabels ?? {})
  if (label === undefined) return names.flatMap(name => byNamespace.get(name) ?? [])
  const wanted = new Set(names)
  return (byLabel.get(label.join('=')) ?? []).filter(({ namespace }) => wanted.has(namespace))
}

function matcherOf(selector: LabelSelector | undefined): (labels: Labels) => boolean {
  const requirements = requirementsOf(selector)
  return labels => requirements.every(each => each.holds(labels))
}

/**
 * @throws Unread when workloads there may be missing, or namespaces where they are asked for by labels
 */
export function assertWorkloadsRead(world: SelectionReader, { cluster, namespace, namespaces }: Selection): void {
  const within = namespaces === undefined ? { cluster, namespace } : { cluster }
  for (const kind of workloadKinds) world.list(kind, within)
  if (namespaces !== undefined) world.list('k8s/Namespace', { cluster })
}

export const asksForSomething = (selector: LabelSelector | undefined): boolean => requirementsOf(selector).length > 0
