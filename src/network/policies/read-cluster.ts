import type { UnreadFact } from '#base/errors.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import { cidrText, hostCidr, parseAddress, type Address } from '../addresses.ts'
import type { Listed, PolicyEngineName, PolicyInput } from '../input.ts'
import type { PolicyProblem } from '../policy-layer.ts'
import { selects, type Labels, type Selector } from '../selector.ts'
import type { Complain, PolicyDocument, WrittenPeer } from './document.ts'
import { hasEnded, nodeAddress, readPod, type PodRecord } from './pod-record.ts'
import { readClusterPolicy } from './read-cluster-policy.ts'
import { readNetworkPolicy } from './read-network-policy.ts'
import { readService, type ServiceRecord } from './service-record.ts'

/** Everything of the input that decides, read once. */
export interface Cluster {
  readonly engine: PolicyEngineName | undefined
  readonly pods: ReadonlyMap<string, PodRecord>
  /** Pods that have ended. */
  readonly ended: ReadonlySet<string>
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly nodes: ReadonlyMap<string, Address | undefined>
  readonly policies: readonly PolicyDocument[]
  readonly services: ReadonlyMap<string, ServiceRecord>
  readonly family: 4 | 6
  readonly problems: PolicyProblem[]
  readonly missing: readonly UnreadFact[]
}

/** Kinds of policies, by the engine that enforces them. */
const enforcedKinds = {
  'aws-vpc-cni': ['networkPolicies', 'applicationNetworkPolicies', 'awsClusterNetworkPolicies'],
  upstream: ['networkPolicies', 'clusterNetworkPolicies', 'adminNetworkPolicies', 'baselineAdminNetworkPolicies'],
  none: [],
} as const

export type PolicyList = (typeof enforcedKinds)['aws-vpc-cni' | 'upstream'][number]

export const kindOfList = {
  networkPolicies: 'k8s/NetworkPolicy',
  applicationNetworkPolicies: 'k8s/ApplicationNetworkPolicy',
  awsClusterNetworkPolicies: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  clusterNetworkPolicies: 'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
  adminNetworkPolicies: 'k8s/AdminNetworkPolicy',
  baselineAdminNetworkPolicies: 'k8s/BaselineAdminNetworkPolicy',
} as const satisfies Record<PolicyList, Kind>

/** `lists` are the kinds of policies that are taken to count, whatever the engine. */
export function readCluster(input: PolicyInput, engine: PolicyEngineName | undefined, lists: readonly PolicyList[]): Cluster {
  const problems: PolicyProblem[] = []
  const complainOf =
    (kind: Kind, id: string): Complain =>
    (code, path, message) =>
      problems.push({ code, kind, id, path, message })
  const nodes = new Map(input.nodes.all.map(node => [node.metadata.name, node]))
  const pods = new Map<string, PodRecord>()
  const ended = new Set<string>()
  for (const pod of input.pods.all) {
    const id = `${pod.metadata.namespace}/${pod.metadata.name}`
    if (hasEnded(pod)) ended.add(id)
    else pods.set(id, readPod(pod, nodes.get(pod.spec?.nodeName ?? ''), complainOf('k8s/Pod', id)))
  }
  const namespaces = new Map(input.namespaces.all.map(namespace => [namespace.metadata.name, labelsOf(namespace)]))
  addUnlistedNamespaces(pods, namespaces, complainOf)
  reportSharedAddresses(pods, complainOf)
  const family = familyOf(pods)
  return {
    engine,
    pods,
    ended,
    namespaces,
    nodes: new Map([...nodes].map(([name, node]) => [name, nodeAddress(node, family)])),
    policies: lists.flatMap(list => readPolicies(input, list, complainOf)).map(policy => withNodes(policy, input.nodes)),
    services: new Map(input.services.all.flatMap(body => keyed(readService(body)))),
    family,
    problems,
    missing: missingOf(input, lists, namespaces),
  }
}

export const listsOf = (engine: PolicyEngineName | undefined): readonly PolicyList[] =>
  engine === undefined ? [...new Set([...enforcedKinds['aws-vpc-cni'], ...enforcedKinds.upstream])] : enforcedKinds[engine]

const keyed = (service: ServiceRecord | undefined): [string, ServiceRecord][] => (service === undefined ? [] : [[service.id, service]])

/** The API server gives every namespace its name as a label. */
export const labelsOf = ({ metadata }: Kinds['k8s/Namespace']): Labels => ({
  'kubernetes.io/metadata.name': metadata.name,
  ...metadata.labels,
})

export function readPolicy(list: PolicyList, body: object, complainOf: (kind: Kind, id: string) => Complain): PolicyDocument {
  const kind = kindOfList[list]
  if (kind === 'k8s/NetworkPolicy' || kind === 'k8s/ApplicationNetworkPolicy') {
    const policy = body as Kinds['k8s/NetworkPolicy']
    return readNetworkPolicy(kind, policy, complainOf(kind, `${policy.metadata.namespace}/${policy.metadata.name}`))
  }
  const policy = body as Kinds['k8s/AdminNetworkPolicy']
  return readClusterPolicy(kind, policy, complainOf(kind, policy.metadata.name))
}

/** "It selects the nodeIPs as the peer type by matching on the IPs present in the node.Status.Addresses field." network-policy-api, apis/v1alpha2 */
export function withNodes(policy: PolicyDocument, { all, missing }: PolicyInput['nodes']): PolicyDocument {
  const { rules } = policy
  if (missing !== undefined || !rules.egress.some(({ peers }) => peers?.some(peer => 'nodes' in peer))) return policy
  const addressesOf = (selector: Selector): Address[] =>
    all
      .filter(({ metadata }) => selects(selector, metadata.labels ?? {}))
      .flatMap(({ status }) => (status?.addresses ?? []).flatMap(({ address }) => parseAddress(address) ?? []))
  const asBlocks = (peer: WrittenPeer): WrittenPeer[] =>
    'nodes' in peer
      ? addressesOf(peer.nodes).map(address => {
          const cidr = hostCidr(address)
          return { path: peer.path, block: { cidr, except: [], text: cidrText(cidr), exceptTexts: [] } }
        })
      : [peer]
  const egress = rules.egress.map(rule => (rule.peers === undefined ? rule : { ...rule, peers: rule.peers.flatMap(asBlocks) }))
  return { ...policy, rules: { ...rules, egress } }
}

const readPolicies = (input: PolicyInput, list: PolicyList, complainOf: (kind: Kind, id: string) => Complain): PolicyDocument[] =>
  input[list].all.map(body => readPolicy(list, body, complainOf))

function addUnlistedNamespaces(
  pods: ReadonlyMap<string, PodRecord>,
  namespaces: Map<string, Labels>,
  complainOf: (kind: Kind, id: string) => Complain,
) {
  for (const { namespace } of pods.values()) {
    if (namespaces.has(namespace)) continue
    namespaces.set(namespace, { 'kubernetes.io/metadata.name': namespace })
    complainOf('k8s/Namespace', namespace)(
      'NAMESPACE_UNLISTED',
      [],
      'pods are in a namespace that was not listed: it is taken to have no labels but its name',
    )
  }
}

function reportSharedAddresses(pods: ReadonlyMap<string, PodRecord>, complainOf: (kind: Kind, id: string) => Complain): void {
  const seen = new Map<string, string>()
  for (const { id, addressText: text, hostNetwork } of pods.values()) {
    if (text === undefined || hostNetwork) continue
    const other = seen.get(text)
    if (other !== undefined)
      complainOf('k8s/Pod', id)('ADDRESS_SHARED', ['status', 'podIP'], `pod ${other} has the address ${text} as well`)
    seen.set(text, id)
  }
}

/** The cluster's family is that of its pods. */
function familyOf(pods: ReadonlyMap<string, PodRecord>): 4 | 6 {
  for (const { address, hostNetwork } of pods.values()) if (address !== undefined && !hostNetwork) return address.family
  for (const { address } of pods.values()) if (address !== undefined) return address.family
  return 4
}

/** Namespaces count only when some are known of by their pods alone. */
function missingOf(input: PolicyInput, lists: readonly PolicyList[], namespaces: ReadonlyMap<string, Labels>): UnreadFact[] {
  const listed: readonly Listed<unknown>[] = [...lists.map(list => input[list]), ...(lists.length > 0 ? [input.pods] : [])]
  const unlisted = namespaces.size > input.namespaces.all.length ? [input.namespaces] : []
  return [...listed, ...unlisted].flatMap(each => each.missing ?? [])
}
