import { addressOf, blockOf, contains, nameOf, type Address, type Block } from './address.ts'
import type { Action, ClusterPolicyEndpoint, EndpointInfo, PolicyEndpoint, Port, Resolved } from './controller.ts'

/**
 * What aws-network-policy-agent writes into the tables of a node, and what its eBPF programs read there (commit c8619c0: pkg/fwruleprocessor,
 * controllers, pkg/ebpf/c). Go draws the order of maps by lot, and so which 24 entries of a key survive, and agents see policies in any order;
 * so a look-up gives the set of outcomes that are possible.
 */
export type Outcome = 'allow' | 'deny'
export type Direction = 'ingress' | 'egress'

export interface Node {
  readonly address: string
  readonly strict: boolean
}

interface Flow {
  readonly peer: string
  /** TCP, UDP, SCTP, or any other: those match only entries for all protocols. */
  readonly protocol: string
  readonly port: number
}

const slots = 24
const anyProtocol = 'ANY_IP_PROTOCOL'
const reserved = 'RESERVED_IP_PROTOCOL_NUMBER'

interface Entry {
  readonly protocol: string
  readonly port: number
  readonly endPort: number
}
interface Row<Item> {
  readonly block: Block
  readonly entries: readonly Item[]
}
interface Rule {
  readonly cidr: string
  readonly except: readonly string[]
  readonly ports: readonly Port[]
}

/** Pods of one node and namespace whose names agree up to the last dash share their tables. GetPodIdentifier. */
export function podIdentifier(name: string, namespace: string): string {
  const parts = name.replaceAll('.', '_').split('-')
  return `${parts.length > 1 ? parts.slice(0, -1).join('-') : parts[0]}@${namespace}`
}

/** ComputeMapEntriesFromEndpointRules */
function policyTable(rules: readonly Rule[], node: Node): readonly Row<Entry>[] | 'not written' {
  const nodeAddress = addressOf(node.address)
  const merged = new Map<string, { block: Block; entries: Entry[]; excepts: readonly Block[] }>()
  const exceptions = rules.flatMap(({ except }) => except.map(blockOf))
  const shortestFirst = rules.map(rule => ({ ...rule, block: blockOf(rule.cidr) })).toSorted((a, b) => a.block.length - b.block.length)
  for (const { block, except, ports } of shortestFirst) {
    if (block.family !== nodeAddress.family || block.value === nodeAddress.value) continue
    const own = ports.length === 0 ? [{ protocol: anyProtocol, port: 0, endPort: 0 }] : ports.map(asEntry)
    const existing = merged.get(nameOf(block))
    if (existing !== undefined) {
      merged.set(nameOf(block), { block, entries: [...own, ...existing.entries], excepts: [...except.map(blockOf), ...existing.excepts] })
      continue
    }
    const address = { family: block.family, value: block.value }
    const inherited = [...merged.values()]
      .filter(wider => wider.block.length < hostLength(wider.block) && contains(wider.block, address))
      .filter(wider => !wider.excepts.some(each => contains(each, address)))
      .flatMap(wider => wider.entries)
    merged.set(nameOf(block), { block, entries: [...own, ...inherited], excepts: except.map(blockOf) })
  }
  const table = new Map<string, Row<Entry>>()
  const own = { family: nodeAddress.family, value: nodeAddress.value, length: hostLength(nodeAddress) }
  table.set(nameOf(own), { block: own, entries: [{ protocol: anyProtocol, port: 0, endPort: 0 }] })
  for (const [name, { block, entries }] of merged) table.set(name, { block, entries: unique(entries) })
  for (const given of exceptions) {
    const block = given.family === nodeAddress.family ? given : asKeyOf(nodeAddress.family, given)
    // A key longer than the addresses of the table is refused by the kernel, and with it the rest of the writing stops, somewhere.
    if (block === undefined) return 'not written'
    if (given === block && merged.has(nameOf(block))) continue
    // Of two values under one key the order of a Go map decides.
    if (given !== block && merged.has(nameOf(block))) return 'not written'
    table.set(nameOf(block), { block, entries: [{ protocol: reserved, port: 0, endPort: 0 }] })
  }
  return [...table.values()]
}

/** ComputeTrieKey copies as many bytes of the address as the key has room for, and the length as it is. Rules of the other family are skipped before. */
function asKeyOf(family: 4 | 6, { value, length }: Block): Block | undefined {
  if (family === 6) return { family, value: value << 96n, length }
  return length > 32 ? undefined : { family, value: value >> 96n, length }
}

const hostLength = ({ family }: { readonly family: 4 | 6 }): number => (family === 4 ? 32 : 128)
const asEntry = ({ protocol, port = 0, endPort = 0 }: Port): Entry => ({ protocol: protocol ?? anyProtocol, port, endPort })
const unique = (entries: readonly Entry[]): readonly Entry[] => [
  ...new Map(entries.map(entry => [`${entry.protocol}/${entry.port}/${entry.endPort}`, entry])).values(),
]

interface ClusterEntry {
  readonly port: Port | undefined
  readonly action: Action
  readonly priority: number
}
interface ClusterRule {
  readonly cidr: string
  readonly ports: readonly Port[]
  readonly action: Action
  readonly priority: number
}

/** ComputeClusterPolicyMapEntriesFromEndpointRules */
function clusterTable(rules: readonly ClusterRule[], node: Node): readonly Row<ClusterEntry>[] {
  const nodeAddress = addressOf(node.address)
  const own = { family: nodeAddress.family, value: nodeAddress.value, length: hostLength(nodeAddress) }
  const rows = new Map<string, { block: Block; entries: ClusterEntry[] }>()
  const processed: Block[] = []
  const shortestFirst = rules.map(rule => ({ ...rule, block: blockOf(rule.cidr) })).toSorted((a, b) => a.block.length - b.block.length)
  for (const { block, ports, action, priority } of shortestFirst) {
    if (block.family !== nodeAddress.family || block.value === nodeAddress.value) continue
    const row = rows.get(nameOf(block)) ?? { block, entries: [] }
    rows.set(nameOf(block), row)
    const wider = processed.findLast(each => contains(each, { family: block.family, value: block.value }))
    if (wider !== undefined) row.entries.push(...(rows.get(nameOf(wider))?.entries ?? []))
    if (ports.length === 0) row.entries.push({ port: undefined, action, priority })
    for (const port of ports) row.entries.push({ port, action, priority })
    processed.push(block)
  }
  const table: Row<ClusterEntry>[] = [...rows.values()].map(({ block, entries }) => ({ block, entries: uniqueInCluster(entries) }))
  return [{ block: own, entries: [{ port: undefined, action: 'Accept', priority: 0 }] }, ...table]
}

/** removeDuplicateL4Rules compares protocols by pointer, so only copies of one rule are the same. */
function uniqueInCluster(entries: readonly ClusterEntry[]): readonly ClusterEntry[] {
  const kept: ClusterEntry[] = []
  for (const entry of entries)
    if (!kept.some(each => each.port === entry.port && each.action === entry.action && each.priority === entry.priority)) kept.push(entry)
  return kept
}

function longestMatch<Item>(table: readonly Row<Item>[], address: Address): Row<Item> | undefined {
  return table
    .filter(({ block }) => contains(block, address))
    .toSorted((a, b) => b.block.length - a.block.length)
    .at(0)
}

const entryMatches = ({ protocol, port, endPort }: Entry, flow: Flow): boolean =>
  (protocol === anyProtocol || protocol === flow.protocol) &&
  (port === 0 || flow.port === port || (flow.port > port && flow.port <= endPort))

type Verdict = Outcome | 'pass'

/** evaluateNamespacePolicyByLookUp */
function policyVerdicts(table: readonly Row<Entry>[], applied: boolean, flow: Flow): ReadonlySet<Verdict> {
  const row = longestMatch(table, addressOf(flow.peer))
  if (row === undefined) return new Set([applied ? 'deny' : 'pass'])
  const matching = row.entries.filter(entry => entry.protocol !== reserved && entryMatches(entry, flow)).length
  if (matching === 0) return new Set(['deny'])
  return row.entries.length - matching < slots ? new Set(['allow']) : new Set(['allow', 'deny'])
}

const actionOrder: readonly Action[] = ['Deny', 'Accept', 'Pass']
const lastAdminPriority = 1000
const baselineOffset = 2000

function clusterEntryMatches({ port: entry }: ClusterEntry, flow: Flow): boolean {
  if (entry === undefined) return true
  const { protocol = 'TCP', port = 0, endPort = 0 } = entry
  return protocol === flow.protocol && (port === 0 || flow.port === port || (endPort > 0 && flow.port >= port && flow.port <= endPort))
}

/** evaluateClusterPolicyByLookUp: for both tiers the lowest priority; Deny before Accept before Pass within one. */
function clusterVerdicts(table: readonly Row<ClusterEntry>[], flow: Flow): readonly { admin: Action; baseline: Action }[] {
  const row = longestMatch(table, addressOf(flow.peer))
  if (row === undefined) return [{ admin: 'Pass', baseline: 'Pass' }]
  const matching = row.entries
    .filter(entry => clusterEntryMatches(entry, flow))
    .toSorted((a, b) => a.priority - b.priority || actionOrder.indexOf(a.action) - actionOrder.indexOf(b.action))
  const admin = matching.filter(({ priority }) => priority <= lastAdminPriority)
  const baseline = matching.filter(({ priority }) => priority > lastAdminPriority)
  const losses = Math.max(0, row.entries.length - slots)
  const possible: { admin: Action; baseline: Action }[] = []
  for (let lost = 0; lost <= Math.min(losses, admin.length); lost++)
    for (let more = 0; more <= Math.min(losses - lost, baseline.length); more++)
      possible.push({ admin: admin[lost]?.action ?? 'Pass', baseline: baseline[more]?.action ?? 'Pass' })
  return possible
}

interface Configured {
  /** Undefined: the tables of this identifier were never written. */
  readonly policies: { readonly ingress: readonly Row<Entry>[]; readonly egress: readonly Row<Entry>[] } | 'not written' | undefined
  readonly clusterPolicies: { readonly ingress: readonly Row<ClusterEntry>[]; readonly egress: readonly Row<ClusterEntry>[] } | undefined
}

/** evaluateFlow */
function outcomesOf(tables: Configured, node: Node, direction: Direction, flow: Flow): ReadonlySet<Outcome> {
  const outcomes = new Set<Outcome>()
  const { policies } = tables
  for (const { admin, baseline } of clusterVerdicts(tables.clusterPolicies?.[direction] ?? [], flow)) {
    if (admin !== 'Pass') {
      outcomes.add(admin === 'Accept' ? 'allow' : 'deny')
      continue
    }
    const verdicts: ReadonlySet<Verdict> =
      policies === 'not written' ? new Set(['allow', 'deny']) : policyVerdicts(policies?.[direction] ?? [], policies !== undefined, flow)
    for (const verdict of verdicts) {
      if (verdict !== 'pass') outcomes.add(verdict)
      else if (baseline !== 'Pass') outcomes.add(baseline === 'Accept' ? 'allow' : 'deny')
      else outcomes.add(node.strict ? 'deny' : 'allow')
    }
  }
  return outcomes
}

/** reconcilePolicyEndpoint, deriveIngressAndEgressFirewallRules: one table of all policies; a direction that none isolates is open to all. */
function policyTables(policies: readonly PolicyEndpoint[], node: Node): Configured['policies'] {
  const table = (direction: Direction, type: 'Ingress' | 'Egress') => {
    const rules: readonly EndpointInfo[] = policies.flatMap(policy => policy[direction])
    const isolated = policies.some(policy => policy.isolation.includes(type))
    const everything = node.address.includes(':') ? '::/0' : '0.0.0.0/0'
    return policyTable(rules.length === 0 && !isolated ? [{ cidr: everything, except: [], ports: [] }] : rules, node)
  }
  const [ingress, egress] = [table('ingress', 'Ingress'), table('egress', 'Egress')]
  return ingress === 'not written' || egress === 'not written' ? 'not written' : { ingress, egress }
}

function clusterTables(policies: readonly ClusterPolicyEndpoint[], node: Node): Configured['clusterPolicies'] {
  const table = (direction: Direction) =>
    clusterTable(
      policies.flatMap(({ tier, priority, [direction]: rules }) =>
        rules.map(rule => ({ ...rule, priority: tier === 'Baseline' ? priority + baselineOffset : priority })),
      ),
      node,
    )
  return { ingress: table('ingress'), egress: table('egress') }
}

export interface Subject {
  readonly name: string
  readonly namespace: string
}

/**
 * The sets of policies that an agent may have written for a pod. Policies that select a pod of this identifier on this node are all in it. A
 * policy that selects such a pod on other nodes only is known too, and comes in when the tables are written after it was heard of: any of them may.
 * A pod that has its host's address, as those of Fargate do, is passed over where policies of namespaces are read (policyendpoints_controller.go),
 * and is not where those of the cluster are (clusterpolicyendpoints_controller.go deriveClusterPolicyTargetPods).
 */
function possibleSets<Policy extends PolicyEndpoint | ClusterPolicyEndpoint>(
  policies: readonly Policy[],
  subject: Subject,
  node: Node,
): readonly (readonly Policy[])[] {
  const identifier = podIdentifier(subject.name, subject.namespace)
  const selectsSome = (policy: Policy, here: boolean) =>
    policy.pods.some(
      pod =>
        podIdentifier(pod.name, pod.namespace) === identifier &&
        ('tier' in policy || pod.address !== pod.hostAddress) &&
        (pod.hostAddress === node.address) === here,
    )
  const local = policies.filter(policy => selectsSome(policy, true))
  const remote = policies.filter(policy => !selectsSome(policy, true) && selectsSome(policy, false))
  return remote.reduce<readonly (readonly Policy[])[]>((sets, policy) => [...sets, ...sets.map(set => [...set, policy])], [local])
}

const written = new WeakMap<Resolved, Map<string, readonly Configured[]>>()

/** All tables that the agent of a node may have for a pod. Kept, because they do not depend on the flow. */
function possibleTables(resolved: Resolved, subject: Subject, node: Node): readonly Configured[] {
  const known = written.get(resolved) ?? new Map<string, readonly Configured[]>()
  written.set(resolved, known)
  const key = `${podIdentifier(subject.name, subject.namespace)} ${node.address}`
  const before = known.get(key)
  if (before !== undefined) return before
  const tables = possibleSets(resolved.policies, subject, node).flatMap(policies =>
    possibleSets(resolved.clusterPolicies, subject, node).map(clusterPolicies => ({
      policies: policies.length === 0 ? undefined : policyTables(policies, node),
      clusterPolicies: clusterPolicies.length === 0 ? undefined : clusterTables(clusterPolicies, node),
    })),
  )
  known.set(key, tables)
  return tables
}

/** Whether any policy may have been written for the pod. */
export const isTouched = (resolved: Resolved, subject: Subject, node: Node): boolean =>
  possibleTables(resolved, subject, node).some(tables => tables.policies !== undefined || tables.clusterPolicies !== undefined)

/** Everything that may happen to a new connection at the interface of a pod that the agent of this node enforces for. */
export function enforce(resolved: Resolved, subject: Subject, node: Node, direction: Direction, flow: Flow): ReadonlySet<Outcome> {
  const outcomes = new Set<Outcome>()
  for (const tables of possibleTables(resolved, subject, node))
    for (const outcome of outcomesOf(tables, node, direction, flow)) outcomes.add(outcome)
  return outcomes
}
