import type { AddressAtoms } from '../address-atoms.ts'
import { forEachMember } from '../bitset.ts'
import { projection } from '../selector-index.ts'
import type { Labels } from '../selector.ts'
import { makeColumns, roomFor, type Columns, type Thing } from './columns.ts'
import type { PolicyDocument } from './document.ts'
import type { ContainerPort, PodRecord } from './pod-record.ts'

/** Which labels and named ports any policy asks for. */
export interface Mentions {
  readonly podKeys: readonly string[]
  readonly portNames: ReadonlySet<string>
}

/** Pods by class, and policies that select a class's pods, by their position in the list of policies. */
export interface Classes {
  readonly columns: Columns
  readonly pods: readonly (readonly PodRecord[])[]
  readonly classOf: ReadonlyMap<string, number>
}

interface Draft {
  readonly thing: Omit<Thing, 'classId'>
  readonly pods: PodRecord[]
}

export const portsMentioned = (pod: PodRecord, { portNames }: Mentions): ContainerPort[] =>
  portNames.size === 0 ? [] : pod.ports.filter(port => portNames.has(port.name))

const texts = new WeakMap<Mentions, Map<PodRecord, string>>()

/** Asked for more than once while a cluster is compiled. */
export function thingText(pod: PodRecord, mentions: Mentions): string {
  let known = texts.get(mentions)
  if (known === undefined) texts.set(mentions, (known = new Map()))
  let text = known.get(pod)
  if (text === undefined) known.set(pod, (text = writeThing(pod, mentions)))
  return text
}

const writeThing = (pod: PodRecord, mentions: Mentions): string => {
  if (mentions.portNames.size === 0) return `${pod.namespace}|${projection(pod.labels, mentions.podKeys)}`
  const ports = portsMentioned(pod, mentions).map(({ name, protocol, port, sidecar }) => `${name}/${protocol}=${port}${sidecar ? '*' : ''}`)
  return `${pod.namespace}|${projection(pod.labels, mentions.podKeys)}|${ports.join(',')}`
}

export const thingOf = (pod: PodRecord, mentions: Mentions): Draft['thing'] => ({
  namespace: pod.namespace,
  labels: Object.fromEntries(mentions.podKeys.flatMap(key => (Object.hasOwn(pod.labels, key) ? [[key, pod.labels[key]!]] : []))),
  ports: portsMentioned(pod, mentions),
})

/** Policies that select each pod, worked out once for pods that are alike. Those of the host network are nobody's subject. */
export function selectSubjects(
  pods: Iterable<PodRecord>,
  mentions: Mentions,
  policies: readonly PolicyDocument[],
  namespaces: ReadonlyMap<string, Labels>,
): Map<string, readonly number[]> {
  const drafts = new Map<string, Draft>()
  for (const pod of pods) if (!pod.hostNetwork) collect(drafts, thingText(pod, mentions), pod, mentions)
  const list = [...drafts.values()]
  const things = list.map(({ thing }, classId): Thing => ({ ...thing, classId }))
  const columns = makeColumns({
    addresses: { count: 0, atomOf: () => 0, span: () => [0, 0], first: () => ({ family: 4, value: 0n }) },
    things,
    hostThings: 0,
    hostClasses: 0,
    room: things.length,
    atomOfClass: things.map(() => -1),
    namespaces,
    podKeys: new Set(mentions.podKeys),
  })
  const selectedBy: number[][] = things.map(() => [])
  policies.forEach(({ subject, namespace }, position) => {
    if (subject !== undefined) forEachMember(columns.selectThings(subject, namespace), thing => selectedBy[thing]!.push(position))
  })
  const result = new Map<string, readonly number[]>()
  list.forEach((draft, i) => draft.pods.forEach(pod => result.set(pod.id, selectedBy[i]!)))
  return result
}

function collect(drafts: Map<string, Draft>, key: string, pod: PodRecord, mentions: Mentions): void {
  const draft = drafts.get(key)
  if (draft === undefined) drafts.set(key, { thing: thingOf(pod, mentions), pods: [pod] })
  else draft.pods.push(pod)
}

/** Classes: pods that have one thing, one atom of addresses and one table of policies. */
export function classify(
  pods: Iterable<PodRecord>,
  mentions: Mentions,
  addresses: AddressAtoms,
  tableOf: (pod: PodRecord) => number,
  namespaces: ReadonlyMap<string, Labels>,
): Classes {
  const all = [...pods]
  const atomOf = (pod: PodRecord) => (pod.address === undefined ? -1 : addresses.atomOf(pod.address))
  const plain = new Map<string, Draft & { readonly atom: number }>()
  for (const pod of all) {
    if (pod.hostNetwork) continue
    const atom = atomOf(pod)
    const key = `${atom}|${tableOf(pod)}|${thingText(pod, mentions)}`
    const draft = plain.get(key)
    if (draft === undefined) plain.set(key, { thing: thingOf(pod, mentions), pods: [pod], atom })
    else draft.pods.push(pod)
  }
  const hosts = hostClasses(all, mentions, atomOf)
  const drafts = [...plain.values()].sort((a, b) => a.atom - b.atom)
  const hostThings = hosts.flatMap(({ things }, classId) => things.map((thing): Thing => ({ ...thing, classId })))
  const things = [...hostThings, ...drafts.map(({ thing }, i): Thing => ({ ...thing, classId: hosts.length + i }))]
  const members = [...hosts, ...drafts]
  const classOf = new Map<string, number>()
  members.forEach((each, classId) => each.pods.forEach(pod => classOf.set(pod.id, classId)))
  const columns = makeColumns({
    addresses,
    things,
    hostThings: hostThings.length,
    hostClasses: hosts.length,
    room: roomFor(members.length),
    atomOfClass: members.map(each => each.atom),
    namespaces,
    podKeys: new Set(mentions.podKeys),
  })
  return { columns, pods: members.map(each => each.pods), classOf }
}

interface HostClass {
  readonly things: Draft['thing'][]
  readonly pods: PodRecord[]
  readonly atom: number
}

/** Pods of the host network that share an address are one peer; nodes that carry alike pods are one class. */
function hostClasses(pods: readonly PodRecord[], mentions: Mentions, atomOf: (pod: PodRecord) => number): HostClass[] {
  const byAddress = new Map<string, PodRecord[]>()
  for (const pod of pods) {
    if (!pod.hostNetwork) continue
    const key = pod.addressText ?? `pending ${pod.id}`
    const there = byAddress.get(key)
    if (there === undefined) byAddress.set(key, [pod])
    else there.push(pod)
  }
  const classes = new Map<string, HostClass>()
  for (const there of byAddress.values()) {
    const things = new Map(there.map(pod => [thingText(pod, mentions), pod]))
    const texts = [...things.keys()].sort()
    const atom = atomOf(there[0]!)
    const key = `${atom}|${texts.join(';')}`
    const known = classes.get(key)
    if (known !== undefined) known.pods.push(...there)
    else classes.set(key, { things: texts.map(text => thingOf(things.get(text)!, mentions)), pods: [...there], atom })
  }
  return [...classes.values()]
}
