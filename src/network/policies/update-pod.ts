import type { Kinds } from '#model/kinds.ts'
import type { PolicyInput } from '../input.ts'
import type { PolicyChange } from '../policy-layer.ts'
import { thingText } from './classify.ts'
import type { CompiledCluster } from './compile.ts'
import { overlay } from './overlay-map.ts'
import { hangsOnPresence } from './presence.ts'
import { hasEnded, podIdentifier, readPod, type PodRecord } from './pod-record.ts'
import type { Updated } from './recompile.ts'

/** What has to be found quickly when pods come and go. It is handed on from one compiled cluster to the next. */
interface PodIndex {
  /** Classes by what makes pods alike, their policies apart. */
  readonly classes: ReadonlyMap<string, readonly number[]>
  /** Classes whose pods share their tables with pods of other policies. */
  readonly entangled: ReadonlySet<number>
  readonly groups: Map<string, Set<string>>
  readonly addresses: Map<string, string>
}

const emptyGroup: ReadonlySet<string> = new Set()

/** Pods of the cluster that AWS's agent may take for the pod, itself among them. */
export function namesakes(compiled: CompiledCluster, pod: PodRecord): ReadonlySet<string> {
  const index = indexOf(compiled)
  indexes.set(compiled.classes.pods, index)
  return index.groups.get(podIdentifier(pod)) ?? emptyGroup
}

const indexes = new WeakMap<CompiledCluster['classes']['pods'], PodIndex>()

const likeness = ({ addresses, mentions }: CompiledCluster, pod: PodRecord): string =>
  `${pod.address === undefined ? -1 : addresses.atomOf(pod.address)}|${pod.unenforced ?? ''}|${pod.autoMode}|${thingText(pod, mentions)}`

function indexOf(compiled: CompiledCluster): PodIndex {
  const known = indexes.get(compiled.classes.pods)
  if (known !== undefined) return known
  const classes = new Map<string, number[]>()
  const entangled = new Set<number>()
  compiled.classes.pods.forEach(([pod], classId) => {
    if (pod === undefined || pod.hostNetwork) return
    if ((compiled.inForce.get(pod.id)?.siblings.length ?? 0) > 0) entangled.add(classId)
    const key = likeness(compiled, pod)
    const list = classes.get(key)
    if (list === undefined) classes.set(key, [classId])
    else list.push(classId)
  })
  const groups = new Map<string, Set<string>>()
  const addresses = new Map<string, string>()
  for (const pod of compiled.cluster.pods.values()) {
    join(groups, pod)
    if (pod.addressText !== undefined) addresses.set(pod.addressText, pod.id)
  }
  return { classes, entangled, groups, addresses }
}

function join(groups: Map<string, Set<string>>, pod: PodRecord): void {
  if (pod.hostNetwork) return
  const key = podIdentifier(pod)
  const group = groups.get(key)
  if (group === undefined) groups.set(key, new Set([pod.id]))
  else group.add(pod.id)
}

/** A pod that comes, goes, or changes its labels: when there are pods like it already, no row changes. */
export function updatePod(compiled: CompiledCluster, input: PolicyInput, { id, after }: PolicyChange): Updated | undefined {
  const { cluster, classes } = compiled
  const body = after as Kinds['k8s/Pod'] | undefined
  const before = cluster.pods.get(id)
  let complaints = 0
  const node = input.nodes.all.find(each => each.metadata.name === body?.spec?.nodeName)
  const pod = body === undefined || hasEnded(body) ? undefined : readPod(body, node, () => complaints++)
  if (complaints > 0 || cluster.ended.has(id) || (body !== undefined && pod === undefined) || (pod === undefined && before === undefined))
    return undefined
  const index = indexOf(compiled)
  if (!isOrdinary(compiled, before, index) || !isOrdinary(compiled, pod, index)) return undefined
  if (pod?.addressText !== undefined && (index.addresses.get(pod.addressText) ?? id) !== id) return undefined
  const home = pod && homeOf(compiled, pod, index)
  if (pod !== undefined && home === undefined) return undefined
  const hangs = compiled.aws !== undefined && compiled.policies.some(hangsOnPresence)
  const pods = classes.pods.slice()
  const left = before === undefined ? undefined : classes.classOf.get(id)
  if (left !== undefined) pods[left] = pods[left]!.filter(each => each.id !== id)
  const isLast = left !== undefined && left !== home && pods[left]!.length === 0
  const isFirst = home !== undefined && classes.pods[home]!.length === 0
  if (hangs && (isLast || isFirst)) return undefined
  if (home !== undefined) pods[home] = [...pods[home]!, pod!]
  rename(index, before, pod)
  indexes.delete(classes.pods)
  indexes.set(pods, index)
  const inForce = home === undefined ? undefined : { variants: compiled.tables[home]!.variants, siblings: [] }
  const next: CompiledCluster = {
    ...compiled,
    cluster: { ...cluster, pods: overlay(cluster.pods, new Map([[id, pod]])) },
    classes: { ...classes, pods, classOf: overlay(classes.classOf, new Map([[id, home]])) },
    inForce: overlay(compiled.inForce, new Map([[id, inForce]])),
  }
  return { compiled: next, touched: [] }
}

function rename({ groups, addresses }: PodIndex, before: PodRecord | undefined, pod: PodRecord | undefined): void {
  if (before !== undefined) {
    groups.get(podIdentifier(before))?.delete(before.id)
    if (before.addressText !== undefined) addresses.delete(before.addressText)
  }
  if (pod !== undefined) {
    join(groups, pod)
    if (pod.addressText !== undefined) addresses.set(pod.addressText, pod.id)
  }
}

/** Nothing of another pod or Service hangs on it. */
function isOrdinary(compiled: CompiledCluster, pod: PodRecord | undefined, index: PodIndex): boolean {
  if (pod === undefined) return true
  const { cluster, mentions, aws, inForce } = compiled
  if (pod.hostNetwork || !cluster.namespaces.has(pod.namespace) || (pod.address !== undefined && pod.address.family !== cluster.family))
    return false
  if (aws === undefined) return true
  if (mentions.portNames.size > 0 && pod.ports.some(port => mentions.portNames.has(port.name))) return false
  const services = aws.services.get(pod.namespace) ?? []
  if (services.some(service => service.ports.some(port => typeof port.target === 'string'))) return false
  if (services.length > 0 && mentions.portNames.size > 0) return false
  return [...(index.groups.get(podIdentifier(pod)) ?? [])].every(id => (inForce.get(id)?.siblings.length ?? 0) === 0)
}

/** The class of pods that are like it and whose policies are its own. */
function homeOf(compiled: CompiledCluster, pod: PodRecord, index: PodIndex): number | undefined {
  const { inForce, tables } = compiled
  const alike = index.classes.get(likeness(compiled, pod)) ?? []
  const [home, ...others] = alike.filter(classId => !index.entangled.has(classId) && tables[classId]!.node === undefined)
  if (home === undefined || others.length > 0) return undefined
  if (compiled.aws === undefined) return home
  const own = tables[home]!.variants
  const group = [...(index.groups.get(podIdentifier(pod)) ?? [])].filter(id => id !== pod.id)
  return group.every(id => inForce.get(id)?.variants[0]?.join() === own[0]?.join()) ? home : undefined
}
