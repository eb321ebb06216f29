import type { AddressAtoms } from '../address-atoms.ts'
import { makeAddressAtoms } from '../address-atoms.ts'
import { addressText, cidrText, hostCidr, type Address, type Cidr } from '../addresses.ts'
import type { Known, EnforcingMode } from '../input.ts'
import type { Direction } from '../policy-layer.ts'
import { makePortAtoms, type PortRange } from '../ports.ts'
import { keysOf } from '../selector-index.ts'
import type { Selector } from '../selector.ts'
import type { AwsCluster } from './aws-cluster.ts'
import { awsClusterTerms, crashesController } from './aws-cluster-terms.ts'
import { awsTerms, type AwsTerms } from './aws-terms.ts'
import type { Columns } from './columns.ts'
import { classify, portsMentioned, selectSubjects, type Classes, type Mentions } from './classify.ts'
import type { PodSelection, PolicyDocument, WrittenPeer, WrittenRule } from './document.ts'
import { policiesInForce, type InForce } from './pod-groups.ts'
import type { ContainerPort, PodRecord } from './pod-record.ts'
import { publishedTerms } from './published-terms.ts'
import type { Cluster } from './read-cluster.ts'
import type { ServiceRecord } from './service-record.ts'
import { makeTable, type Compiled, type Doubt, type Table, type TableKey } from './table.ts'
import type { Term } from './term.ts'

const directions = ['ingress', 'egress'] as const

/** A cluster whose policies were compiled: classes of pods, and a table for each set of policies. */
export interface CompiledCluster extends Compiled {
  readonly cluster: Cluster
  readonly classes: Classes
  /** By class. */
  readonly tables: readonly Table[]
  readonly inForce: ReadonlyMap<string, InForce>
  readonly mentions: Mentions
  readonly aws: AwsCluster | undefined
  readonly options: CompileOptions
  /** The rule that stops AWS's controller. */
  readonly crash: { readonly policy: PolicyDocument; readonly rule: WrittenRule } | undefined
}

export interface CompileOptions {
  readonly semantics: 'aws-vpc-cni' | 'upstream'
  readonly mode: Known<EnforcingMode>
  /** Of every pod, or of those that policies select. */
  readonly doubt: (Doubt & { readonly of: 'every pod' | 'selected pods' }) | undefined
}

export function compileCluster(cluster: Cluster, options: CompileOptions): CompiledCluster {
  const { policies, family } = cluster
  const mentions = mentionsOf(policies)
  const selectedBy = selectSubjects(cluster.pods.values(), mentions, policies, cluster.namespaces)
  const inForce = options.semantics === 'aws-vpc-cni' ? policiesInForce(cluster.pods.values(), selectedBy, policies) : alone(selectedBy)
  const addresses = makeAddressAtoms(cutsOf(cluster, options.semantics))
  const keys = tableKeys(cluster, inForce, mentions, options.semantics)
  const classes = classify(cluster.pods.values(), mentions, addresses, pod => keys.indexOf(pod), cluster.namespaces)
  const aws = options.semantics === 'aws-vpc-cni' ? awsCluster(cluster, classes, addresses) : undefined
  const terms = compileTerms(cluster, classes, aws)
  const ports = makePortAtoms(rangesOf(terms, cluster, mentions))
  const crash = aws && findCrash(policies, aws)
  const compiled: Compiled = {
    engine: options.semantics,
    policies,
    columns: classes.columns,
    ports,
    addresses,
    family,
    otherwise: otherwiseOf(options),
    termsOf: (policy, direction, key) => terms.of(policy, direction, key),
    doubt: makeDoubt(options, policies, crash, family),
  }
  const tables = keys.list.map(key => makeTable(compiled, key))
  const byClass = classes.pods.map(([pod]) => tables[keys.indexOf(pod!)]!)
  return { ...compiled, cluster, classes, tables: byClass, inForce, mentions, aws, options, crash }
}

export const makeDoubt =
  (options: CompileOptions, policies: readonly PolicyDocument[], crash: CompiledCluster['crash'], family: 4 | 6): Compiled['doubt'] =>
  key =>
    generalDoubt(options, key) ?? (options.semantics === 'aws-vpc-cni' ? doubtOf(key, policies, crash, family) : undefined)

function generalDoubt({ doubt }: CompileOptions, { unenforced, variants }: TableKey): Doubt | undefined {
  if (doubt === undefined || unenforced !== undefined) return undefined
  return doubt.of === 'every pod' || variants.some(variant => variant.length > 0) ? doubt : undefined
}

function otherwiseOf({ semantics, mode }: CompileOptions): Compiled['otherwise'] {
  if (semantics === 'upstream') return 'allow'
  if ('unread' in mode) return 'unknown'
  return mode.value === 'strict' ? 'deny' : 'allow'
}

const alone = (selectedBy: ReadonlyMap<string, readonly number[]>): Map<string, InForce> =>
  new Map([...selectedBy].map(([pod, policies]) => [pod, { variants: [policies], siblings: [] }]))

export const selectionsOf = (policies: readonly PolicyDocument[]): PodSelection[] =>
  policies.flatMap(({ subject, rules }) => [
    ...(subject === undefined ? [] : [subject]),
    ...peersOf(rules).flatMap(peer => ('pods' in peer ? [peer.pods] : [])),
  ])

export const peersOf = (rules: PolicyDocument['rules']): WrittenPeer[] =>
  directions.flatMap(direction => rules[direction].flatMap(rule => rule.peers ?? []))

export function mentionsOf(policies: readonly PolicyDocument[]): Mentions {
  const selectors: Selector[] = selectionsOf(policies).map(({ pods }) => pods)
  const portNames = new Set<string>()
  for (const { rules } of policies) {
    for (const direction of directions)
      for (const { ports = [] } of rules[direction]) for (const port of ports) if ('name' in port) portNames.add(port.name)
  }
  return { podKeys: [...keysOf(selectors)].sort(), portNames }
}

/** Where blocks begin and end, and AWS's Services, whose addresses are peers of their own. */
function cutsOf({ policies, services }: Cluster, semantics: Compiled['engine']): Cidr[] {
  const blocks = policies.flatMap(({ rules }) =>
    peersOf(rules).flatMap(peer => ('block' in peer ? [peer.block.cidr, ...peer.block.except] : [])),
  )
  return semantics === 'upstream' ? blocks : [...blocks, ...[...services.values()].map(({ address }) => hostCidr(address))]
}

/** No engine's agent runs on Fargate, which has no DaemonSets. https://docs.aws.amazon.com/eks/latest/userguide/fargate.html */
const unenforcedByAll: ReadonlySet<PodRecord['unenforced']> = new Set(['host-network', 'fargate'])

interface TableKeys {
  readonly list: readonly TableKey[]
  readonly indexOf: (pod: PodRecord) => number
}

/** Pods of one key have one table. */
function tableKeys(cluster: Cluster, inForce: ReadonlyMap<string, InForce>, mentions: Mentions, semantics: Compiled['engine']): TableKeys {
  const special = semantics === 'aws-vpc-cni' ? nodesInBlocks(cluster) : new Set<string>()
  const named = semantics === 'upstream' && cluster.policies.some(({ rules }) => namesIngressPorts(rules))
  const list: TableKey[] = []
  const byText = new Map<string, number>()
  const byPod = new Map<PodRecord, number>()
  const ordinary = new Map<InForce['variants'], number>()
  const texts = new WeakMap<InForce['variants'], string>()
  const variantsText = (variants: InForce['variants']): string => {
    const known = texts.get(variants)
    if (known !== undefined) return known
    const text = variants.map(variant => variant.join()).join(';')
    texts.set(variants, text)
    return text
  }
  const none: InForce = { variants: [[]], siblings: [] }
  for (const pod of cluster.pods.values()) {
    const { variants } = inForce.get(pod.id) ?? none
    const isOrdinary = !named && special.size === 0 && pod.unenforced === undefined && !pod.autoMode
    const same = isOrdinary ? ordinary.get(variants) : undefined
    if (same !== undefined) {
      byPod.set(pod, same)
      continue
    }
    const host = pod.hostAddress !== undefined && special.has(addressText(pod.hostAddress)) ? pod.hostAddress : undefined
    const key = tableKeyOf({ policies: cluster.policies, mentions, engine: semantics }, pod, variants, host)
    const { unenforced, containerPorts } = key
    const ports = containerPorts.map(({ name, protocol, port }) => `${name}/${protocol}=${port}`).join(',')
    const text = `${unenforced ?? ''}|${variantsText(variants)}|${host === undefined ? '' : addressText(host)}|${pod.autoMode}|${ports}`
    let index = byText.get(text)
    if (index === undefined) {
      index = list.push(key) - 1
      byText.set(text, index)
    }
    byPod.set(pod, index)
    if (isOrdinary) ordinary.set(variants, index)
  }
  return { list, indexOf: pod => byPod.get(pod)! }
}

/** @param node the address of its node, where a block begins there */
export function tableKeyOf(
  { policies, mentions, engine }: Pick<CompiledCluster, 'policies' | 'mentions' | 'engine'>,
  pod: PodRecord,
  variants: InForce['variants'],
  node: Address | undefined,
): TableKey {
  const unenforced = engine === 'upstream' && !unenforcedByAll.has(pod.unenforced) ? undefined : pod.unenforced
  const hasNames = engine === 'upstream' && variants.some(variant => variant.some(policy => namesIngressPorts(policies[policy]!.rules)))
  return { unenforced, variants, node, autoMode: pod.autoMode, containerPorts: hasNames ? portsMentioned(pod, mentions) : [] }
}

export const namesIngressPorts = (rules: PolicyDocument['rules']): boolean =>
  rules.ingress.some(({ ports }) => ports?.some(port => 'name' in port) === true)

/** Addresses of nodes at which a block wider than an address begins: the agent there takes such a block for the node's own address. */
export function nodesInBlocks({ policies, nodes }: Pick<Cluster, 'policies' | 'nodes'>): Set<string> {
  const starts = new Set(
    policies.flatMap(({ rules }) =>
      peersOf(rules).flatMap(peer => ('block' in peer && !isAddress(peer.block.cidr) ? [addressText(peer.block.cidr)] : [])),
    ),
  )
  return new Set(
    [...nodes.values()].flatMap(address => (address !== undefined && starts.has(addressText(address)) ? [addressText(address)] : [])),
  )
}

const isAddress = ({ family, prefix }: Cidr): boolean => prefix === (family === 4 ? 32 : 128)

function awsCluster(cluster: Cluster, { columns }: Classes, addresses: AddressAtoms): AwsCluster {
  const services = new Map<string, ServiceRecord[]>()
  for (const service of cluster.services.values()) push(services, service.namespace, service)
  const pods = new Map<string, PodRecord[]>()
  for (const pod of cluster.pods.values()) if (pod.address !== undefined) push(pods, pod.namespace, pod)
  return { columns, addresses, namespaces: cluster.namespaces, services, pods, family: cluster.family }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

interface Terms {
  readonly of: (policy: number, direction: Direction, key: TableKey) => AwsTerms
  readonly all: () => Iterable<Term>
}

export function makeTerms(
  policy: PolicyDocument,
  direction: Direction,
  containerPorts: readonly ContainerPort[],
  columns: Columns,
  aws: AwsCluster | undefined,
): AwsTerms {
  if (aws === undefined) return { terms: publishedTerms(policy, direction, columns, containerPorts), notes: [], present: true }
  return policy.tier === 'namespace' ? awsTerms(policy, direction, aws) : awsClusterTerms(policy, direction, aws)
}

/** Each policy is compiled once; but published ingress rules with named ports once for each list of container ports. */
function compileTerms({ policies }: Cluster, { columns }: Classes, aws: AwsCluster | undefined): Terms {
  const compiled = policies.map(policy => ({
    ingress: aws === undefined && namesIngressPorts(policy.rules) ? undefined : makeTerms(policy, 'ingress', [], columns, aws),
    egress: makeTerms(policy, 'egress', [], columns, aws),
  }))
  return {
    of: (policy, direction, { containerPorts }) =>
      compiled[policy]![direction] ?? makeTerms(policies[policy]!, direction, containerPorts, columns, aws),
    all: () => compiled.flatMap(each => [...(each.ingress?.terms ?? []), ...each.egress.terms]),
  }
}

/** The ports that the rules of a policy name by number, those of rules that match nobody among them: a pod may come that they match. */
export const rangesWritten = ({ rules }: PolicyDocument): PortRange[] =>
  directions.flatMap(direction =>
    rules[direction].flatMap(({ ports = [] }) =>
      ports.flatMap(port => ('name' in port || port.port === undefined ? [] : [rangeOf(port.protocol, port.port, port.end)])),
    ),
  )

const rangeOf = (protocol: PortRange['protocol'], from: number, end = from): PortRange => ({ protocol, from, to: Math.max(from, end) })

/** Ports at which answers may change. */
function rangesOf(terms: Terms, { pods, policies }: Cluster, mentions: Mentions): PortRange[] {
  const ranges: PortRange[] = []
  const take = ({ protocol, port, end }: { protocol: PortRange['protocol']; port?: number; end?: number }) => {
    if (port !== undefined) ranges.push(rangeOf(protocol, port, end))
  }
  for (const { ports } of terms.all()) ports?.forEach(take)
  for (const policy of policies) ranges.push(...rangesWritten(policy))
  if (mentions.portNames.size > 0) for (const pod of pods.values()) portsMentioned(pod, mentions).forEach(take)
  return ranges
}

function findCrash(policies: readonly PolicyDocument[], aws: AwsCluster): CompiledCluster['crash'] {
  for (const policy of policies) {
    const rule = crashesController(policy, aws)
    if (rule !== undefined) return { policy, rule }
  }
  return undefined
}

const crashOf = ({ tier, id }: PolicyDocument): string =>
  tier === 'namespace' ? `ApplicationNetworkPolicy ${id} has a port without a protocol` : `ClusterNetworkPolicy ${id} has a named port`

function doubtOf(
  { variants, unenforced }: TableKey,
  policies: readonly PolicyDocument[],
  crash: CompiledCluster['crash'],
  family: 4 | 6,
): Doubt | undefined {
  const own = [...new Set(variants.flat())].map(policy => policies[policy]!)
  if (unenforced !== undefined || own.length === 0) return undefined
  if (crash !== undefined) {
    return {
      reason: `${crashOf(crash.policy)}, at which AWS's controller crashes: what it had written before stays, nothing else is enforced`,
    }
  }
  const contested = own.find(policy =>
    own.some(other => other !== policy && other.id === policy.id && other.namespace !== undefined && policy.namespace !== undefined),
  )
  if (contested !== undefined)
    return {
      reason: `a NetworkPolicy and an ApplicationNetworkPolicy are both called ${contested.id}, and AWS's controller writes the endpoints of one over those of the other`,
    }
  const foreign = own.flatMap(policy => foreignExcept(policy, family))[0]
  return foreign === undefined
    ? undefined
    : { reason: `an \`except\` of the other family (${foreign}) is written into the agent's tables as an address of this one` }
}

/** https://github.com/aws/aws-network-policy-agent/blob/c8619c0/pkg/utils/utils.go ComputeTrieKey: the bytes of any address are copied. */
export function foreignExcept(policy: PolicyDocument, family: 4 | 6): readonly string[] {
  const known = foreign.get(policy)?.[family]
  if (known !== undefined) return known
  const of = (own: 4 | 6) =>
    peersOf(policy.rules).flatMap(peer => ('block' in peer ? peer.block.except.filter(part => part.family !== own).map(cidrText) : []))
  const made = { 4: of(4), 6: of(6) }
  foreign.set(policy, made)
  return made[family]
}

/** Asked for by every table that the policy is in. */
const foreign = new WeakMap<PolicyDocument, Readonly<Record<4 | 6, readonly string[]>>>()
