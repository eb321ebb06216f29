import type { Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import { holds } from './label-selector.ts'
import type { PodSpec } from './workloads.ts'

type Node = Kinds['k8s/Node']
type Affinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>
type NodeSelector = NonNullable<Affinity['requiredDuringSchedulingIgnoredDuringExecution']>
type Term = NonNullable<NodeSelector['nodeSelectorTerms']>[number]
type Expression = NonNullable<Term['matchExpressions']>[number]
type Toleration = NonNullable<PodSpec['tolerations']>[number]
type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number]

/** Why the scheduler puts a pod of this specification on no such node. `path` stands in the specification; a taint stands on the node. */
export type Obstacle =
  | { readonly is: 'node-selector'; readonly path: Path; readonly text: string }
  | { readonly is: 'affinity'; readonly path: Path; readonly text: string }
  | { readonly is: 'taint'; readonly path: Path; readonly text: string }

/** Taints that the DaemonSet controller tolerates for every pod it makes. https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations */
const daemonTolerations: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]
const networkUnavailable: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' }

/** The first thing that keeps a DaemonSet's pod off a node; undefined when nothing does. */
export function daemonObstacle(spec: PodSpec, node: Node): Obstacle | undefined {
  const added = spec.hostNetwork === true ? [...daemonTolerations, networkUnavailable] : daemonTolerations
  return placementObstacle({ ...spec, tolerations: [...(spec.tolerations ?? []), ...added] }, node)
}

/** The first thing that keeps a pod off a node, capacity and other pods left aside. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ */
export function placementObstacle(spec: PodSpec, node: Node): Obstacle | undefined {
  return selectorObstacle(spec, node) ?? affinityObstacle(spec, node) ?? taintObstacle(spec, node)
}

function selectorObstacle({ nodeSelector = {} }: PodSpec, { metadata }: Node): Obstacle | undefined {
  const wrong = Object.entries(nodeSelector).find(([key, value]) => metadata.labels?.[key] !== value)
  if (wrong === undefined) return undefined
  return { is: 'node-selector', path: ['nodeSelector', wrong[0]], text: `wants nodes with ${wrong[0]}=${wrong[1]}` }
}

const affinityPath: Path = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms']

/** Terms are alternatives; within one all must hold. A term without requirements matches no node. */
function affinityObstacle({ affinity }: PodSpec, node: Node): Obstacle | undefined {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms === undefined || terms.some(term => fits(term, node))) return undefined
  return { is: 'affinity', path: affinityPath, text: 'none of its node selector terms fits' }
}

function fits({ matchExpressions = [], matchFields = [] }: Term, { metadata }: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  const byLabel = matchExpressions.every(expression => fulfils(expression, metadata.labels?.[expression.key]))
  return byLabel && matchFields.every(field => field.key === 'metadata.name' && fulfils(field, metadata.name))
}

/** As in a label selector, and by number. */
function fulfils({ operator, values = [] }: Expression, value: string | undefined): boolean {
  if (operator !== 'Gt' && operator !== 'Lt') return holds(operator, value, values)
  if (!isWhole(value) || !isWhole(values[0])) return false
  return operator === 'Gt' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0])
}

const isWhole = (text: string | undefined): text is string => text !== undefined && /^[+-]?\d+$/.test(text)

/** PreferNoSchedule keeps nobody off. */
function taintObstacle({ tolerations = [] }: PodSpec, { spec }: Node): Obstacle | undefined {
  const taints = spec?.taints ?? []
  const index = taints.findIndex(taint => taint.effect !== 'PreferNoSchedule' && !tolerations.some(item => tolerates(item, taint)))
  const taint = taints[index]
  if (taint === undefined) return undefined
  return {
    is: 'taint',
    path: ['spec', 'taints', index],
    text: `does not tolerate ${taint.key}${taint.value === undefined ? '' : `=${taint.value}`}:${taint.effect}`,
  }
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
  if (key === undefined || key === '') return operator === 'Exists'
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
}
