import type { Kinds } from '#model/kinds.ts'
import type { PolicyInput } from '../input.ts'
import { addressText } from '../addresses.ts'
import type { PolicyChange } from '../policy-layer.ts'
import { refinePorts, type PortRange } from '../ports.ts'
import { addClasses, selectsPod, type NewClass } from './add-classes.ts'
import { portsMentioned, thingOf, thingText, type Mentions } from './classify.ts'
import { nodesInBlocks, tableKeyOf, type CompiledCluster } from './compile.ts'
import { labelKeysOf } from './label-keys.ts'
import { overlay } from './overlay-map.ts'
import { hangsOnPresence } from './presence.ts'
import type { PolicySet } from './pod-groups.ts'
import { hasEnded, podIdentifier, readPod, type PodRecord } from './pod-record.ts'
import type { Updated } from './recompile.ts'

/** What has to be found quickly when pods come and go. It is handed on from one compiled cluster to the next. */
interface PodIndex extends Names {
  /** Classes by what makes pods alike, their policies apart. */
  readonly classes: Map<string, number[]>
  /** Classes whose pods share their tables with pods of other policies. */
  readonly entangled: ReadonlySet<number>
}

interface Names {
  readonly groups: Map<string, Set<string>>
  readonly addresses: Map<string, string>
}

const emptyGroup: ReadonlySet<string> = new Set()

/** Pods of the cluster that AWS's agent may take for the pod, itself among them. */
export function namesakes(compiled: CompiledCluster, pod: PodRecord): ReadonlySet<string> {
  return indexOf(compiled).groups.get(podIdentifier(pod)) ?? emptyGroup
}

const indexes = new WeakMap<CompiledCluster['classes']['pods'], PodIndex>()
/** Of clusters whose classes were split: pods are told apart by other labels, and have the names and addresses that they had. */
const namesOnly = new WeakMap<CompiledCluster['classes']['pods'], Names>()

export function handOnNames({ classes: before }: CompiledCluster, { classes: after }: CompiledCluster): void {
  const known = indexes.get(before.pods) ?? namesOnly.get(before.pods)
  if (known === undefined || before.pods === after.pods) return
  indexes.delete(before.pods)
  namesOnly.delete(before.pods)
  namesOnly.set(after.pods, known)
}

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
  const { groups, addresses } = namesOnly.get(compiled.classes.pods) ?? namesOf(compiled)
  const index = { classes, entangled, groups, addresses }
  // They change with the index from now on, and go where it goes.
  namesOnly.delete(compiled.classes.pods)
  indexes.set(compiled.classes.pods, index)
  return index
}

/** Makes what edits look things up by, so that the first costs no more than the others. */
export function prepareForEdits(compiled: CompiledCluster): void {
  indexOf(compiled)
  compiled.classes.pods.forEach(labelKeysOf)
}

/** Only AWS's agent takes pods for one another. */
function namesOf({ cluster, aws }: CompiledCluster): Names {
  const groups = new Map<string, Set<string>>()
  const addresses = new Map<string, string>()
  for (const pod of cluster.pods.values()) {
    if (aws !== undefined) join(groups, pod)
    if (pod.addressText !== undefined) addresses.set(pod.addressText, pod.id)
  }
  return { groups, addresses }
}

function join(groups: Map<string, Set<string>>, pod: PodRecord): void {
  if (pod.hostNetwork) return
  const key = podIdentifier(pod)
  const group = groups.get(key)
  if (group === undefined) groups.set(key, new Set([pod.id]))
  else group.add(pod.id)
}

/** A pod that comes, goes, or changes its labels: when there are pods like it already, no row changes, or else there is one more class. */
export function updatePod(start: CompiledCluster, input: PolicyInput, { id, after }: PolicyChange): Updated | undefined {
  const { cluster } = start
  const body = after as Kinds['k8s/Pod'] | undefined
  const before = cluster.pods.get(id)
  let complaints = 0
  const node = input.nodes.all.find(each => each.metadata.name === body?.spec?.nodeName)
  const pod = body === undefined || hasEnded(body) ? undefined : readPod(body, node, () => complaints++)
  if (complaints > 0 || cluster.ended.has(id) || (body !== undefined && pod === undefined) || (pod === undefined && before === undefined))
    return undefined
  const index = indexOf(start)
  if (!isOrdinary(start, before, index) || !isOrdinary(start, pod, index)) return undefined
  if (pod?.addressText !== undefined && (index.addresses.get(pod.addressText) ?? id) !== id) return undefined
  const housed = pod === undefined ? { compiled: start, home: undefined } : house(start, pod, index)
  if (housed === undefined) return undefined
  const { compiled, home } = housed
  const { classes } = compiled
  const hangs = compiled.aws !== undefined && compiled.policies.some(hangsOnPresence)
  const pods = classes.pods.slice()
  const left = before === undefined ? undefined : classes.classOf.get(id)
  if (left !== undefined) pods[left] = pods[left]!.filter(each => each.id !== id)
  const isLast = left !== undefined && left !== home && pods[left]!.length === 0
  const isFirst = home !== undefined && classes.pods[home]!.length === 0
  if (hangs && (isLast || isFirst)) return undefined
  if (home !== undefined) pods[home] = [...pods[home]!, pod!]
  if (compiled !== start) index.classes.set(likeness(start, pod!), [home!])
  rename(index, before, pod)
  indexes.delete(start.classes.pods)
  indexes.set(pods, index)
  const inForce = home === undefined ? undefined : { variants: compiled.tables[home]!.variants, siblings: [] }
  const next: CompiledCluster = {
    ...compiled,
    cluster: { ...cluster, pods: overlay(cluster.pods, new Map([[id, pod]])) },
    classes: { ...classes, pods, classOf: overlay(classes.classOf, new Map([[id, home]])) },
    inForce: overlay(compiled.inForce, new Map([[id, inForce]])),
  }
  return { compiled: next, touched: compiled === start ? [] : [home!] }
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
  if (refinePorts(compiled.ports, rangesOfNames(pod, mentions)) !== compiled.ports) return false
  if (aws === undefined) return true
  if (isInBlock(compiled, pod)) return false
  if (mentions.portNames.size > 0 && pod.ports.some(port => mentions.portNames.has(port.name))) return false
  const services = aws.services.get(pod.namespace) ?? []
  if (services.some(service => service.ports.some(port => typeof port.target === 'string'))) return false
  if (services.length > 0 && mentions.portNames.size > 0) return false
  return [...(index.groups.get(podIdentifier(pod)) ?? [])].every(id => (inForce.get(id)?.siblings.length ?? 0) === 0)
}

const rangesOfNames = (pod: PodRecord, mentions: Mentions): PortRange[] =>
  portsMentioned(pod, mentions).map(({ protocol, port }) => ({ protocol, from: port, to: port }))

const inBlocks = new WeakMap<CompiledCluster['policies'], ReadonlySet<string>>()

/** Whether a block begins at the address of its node, which only the agent there takes for the node. */
function isInBlock({ cluster, policies }: CompiledCluster, { hostAddress }: PodRecord): boolean {
  const known = inBlocks.get(policies) ?? nodesInBlocks({ policies, nodes: cluster.nodes })
  inBlocks.set(policies, known)
  return hostAddress !== undefined && known.has(addressText(hostAddress))
}

interface Housed {
  readonly compiled: CompiledCluster
  readonly home: number
}

/** The class of pods that are like it and whose policies are its own; a new one when there is none. */
function house(compiled: CompiledCluster, pod: PodRecord, index: PodIndex): Housed | undefined {
  const { inForce, tables, classes, aws } = compiled
  const alike = index.classes.get(likeness(compiled, pod)) ?? []
  const [home, ...others] = alike.filter(classId => !index.entangled.has(classId) && tables[classId]!.node === undefined)
  if (others.length > 0 || (home === undefined && alike.length > 0)) return undefined
  const own = (home === undefined ? undefined : tables[home]!.variants[0]) ?? selecting(compiled, pod)
  const group = aws === undefined ? [] : [...(index.groups.get(podIdentifier(pod)) ?? [])].filter(id => id !== pod.id)
  if (!group.every(id => inForce.get(id)?.variants[0]?.join() === own.join())) return undefined
  if (home !== undefined) return { compiled, home }
  return { compiled: addClasses(compiled, [classOf(compiled, pod, own)]), home: classes.pods.length }
}

function classOf(compiled: CompiledCluster, pod: PodRecord, own: PolicySet): NewClass {
  const { addresses, mentions } = compiled
  return {
    like: pod,
    thing: thingOf(pod, mentions),
    atom: pod.address === undefined ? -1 : addresses.atomOf(pod.address),
    pods: [],
    from: tableKeyOf(compiled, pod, [own], undefined),
  }
}

const selecting = ({ policies, cluster }: CompiledCluster, pod: PodRecord): PolicySet =>
  policies.flatMap(({ subject, namespace }, i) =>
    subject !== undefined && selectsPod(subject, namespace, pod, cluster.namespaces) ? [i] : [],
  )
