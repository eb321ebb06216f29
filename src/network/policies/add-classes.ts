import type { AddressAtoms } from '../address-atoms.ts'
import { containsAddress } from '../addresses.ts'
import { selects, type Labels } from '../selector.ts'
import type { Mentions } from './classify.ts'
import { roomFor, type Thing } from './columns.ts'
import type { CompiledCluster } from './compile.ts'
import type { PodSelection, PolicyDocument, WrittenPeer, WrittenRule } from './document.ts'
import { overlay } from './overlay-map.ts'
import type { PodRecord } from './pod-record.ts'
import { recompiled } from './recompile.ts'
import { makeTable, type Table, type TableKey } from './table.ts'

/** A class that was not there. The pod is one of its kind: of the host network it is none. */
export interface NewClass {
  readonly like: PodRecord
  readonly thing: Omit<Thing, 'classId'>
  readonly atom: number
  readonly pods: readonly PodRecord[]
  /** The class of which it is a part, whose policies are its own, or those policies. */
  readonly from: number | TableKey
}

/** What is told apart of the classes that are there. */
export interface Finer {
  readonly mentions: Mentions
  readonly addresses: AddressAtoms
  readonly things: readonly Thing[]
  readonly atomOfClass: readonly number[]
  /** By class; without those that are in new classes. */
  readonly pods: CompiledCluster['classes']['pods']
}

/**
 * The cluster with more classes, the last of its list. Only policies that speak of their pods are compiled again; but all are, when rows have no
 * bits left or when there are other atoms of addresses. Rows are made when they are asked for.
 */
export function addClasses(compiled: CompiledCluster, added: readonly NewClass[], finer: Finer = asItIs(compiled)): CompiledCluster {
  const { classes, tables, cluster, policies } = compiled
  const { mentions, addresses } = finer
  const first = classes.pods.length
  const isOver = first + added.length > classes.columns.room || addresses !== compiled.addresses
  const columns = classes.columns.with({
    addresses,
    things: [...finer.things, ...added.map(({ thing }, i) => ({ ...thing, classId: first + i }))],
    atomOfClass: [...finer.atomOfClass, ...added.map(({ atom }) => atom)],
    podKeys: new Set(mentions.podKeys),
    ...(isOver && { room: roomFor(first + added.length) }),
  })
  const pods = [...finer.pods, ...added.map(each => each.pods)]
  const moved = new Map(added.flatMap((each, i) => each.pods.map(pod => [pod.id, first + i] as const)))
  const speaking = (policy: PolicyDocument) => added.some(({ like }) => speaksOf(policy, like, cluster.namespaces))
  const base: CompiledCluster = {
    ...compiled,
    mentions,
    addresses,
    columns,
    aws: compiled.aws && { ...compiled.aws, columns, addresses },
    classes: { columns, pods, classOf: overlay(classes.classOf, moved) },
  }
  const next = recompiled(base, isOver ? 'all' : new Set(policies.flatMap((policy, i) => (speaking(policy) ? [i] : [])))).compiled
  const tableOf = ({ from }: NewClass): Table => (typeof from === 'number' ? next.tables[from]! : makeTable(next, from))
  return { ...next, tables: [...next.tables.slice(0, tables.length), ...added.map(tableOf)] }
}

const asItIs = ({ mentions, addresses, columns, classes }: CompiledCluster): Finer => ({
  mentions,
  addresses,
  things: columns.things,
  atomOfClass: columns.atomOfClass,
  pods: classes.pods,
})

/** Whether a rule of the policy has the pod among its peers, or may have. */
function speaksOf({ rules, namespace }: PolicyDocument, pod: PodRecord, namespaces: ReadonlyMap<string, Labels>): boolean {
  const { address } = pod
  const isPeer = (peer: WrittenPeer): boolean => {
    if ('pods' in peer) return selectsPod(peer.pods, namespace, pod, namespaces)
    // Of a pod without an address every block may speak.
    if ('block' in peer) return address === undefined || containsAddress(peer.block.cidr, address)
    return true
  }
  const speaks = ({ peers }: WrittenRule): boolean => peers === undefined || peers.some(isPeer)
  return rules.ingress.some(speaks) || rules.egress.some(speaks)
}

/** @param own the namespace of the policy that selects */
export function selectsPod(
  selection: PodSelection,
  own: string | undefined,
  { namespace, labels }: PodRecord,
  namespaces: ReadonlyMap<string, Labels>,
): boolean {
  const isInside = selection.namespaces === 'own' ? namespace === own : selects(selection.namespaces, namespaces.get(namespace) ?? {})
  return isInside && selects(selection.pods, labels)
}
