import {
  networkPolicyOf,
  ofKind,
  podOf,
  selects,
  serviceOf,
  type KubernetesObject,
  type Labels,
  type NetworkPolicy,
  type Pod,
  type PolicyPeer,
  type PolicyPort,
  type Protocol,
  type Selector,
  type Service,
} from './objects.ts'

/**
 * What amazon-network-policy-controller-k8s makes of policies, step by step as its code does (pkg/resolvers, pkg/policyendpoints, v1.1.7): addresses
 * with ports, in one PolicyEndpoint for each policy. Chunks are left out: the agent reads all chunks of a policy together.
 */
export interface Port {
  readonly protocol?: Protocol
  readonly port?: number
  readonly endPort?: number
}
export interface EndpointInfo {
  readonly cidr: string
  readonly except: readonly string[]
  readonly ports: readonly Port[]
}
export interface ClusterEndpointInfo {
  readonly cidr: string
  readonly ports: readonly Port[]
  readonly action: Action
}
export type Action = 'Accept' | 'Deny' | 'Pass'
export interface PodEndpoint {
  readonly address: string
  readonly hostAddress: string
  readonly name: string
  readonly namespace: string
}
export interface PolicyEndpoint {
  readonly policy: string
  readonly namespace: string
  readonly isolation: readonly ('Ingress' | 'Egress')[]
  readonly pods: readonly PodEndpoint[]
  readonly ingress: readonly EndpointInfo[]
  readonly egress: readonly EndpointInfo[]
}
export interface ClusterPolicyEndpoint {
  readonly policy: string
  readonly tier: 'Admin' | 'Baseline'
  readonly priority: number
  readonly pods: readonly PodEndpoint[]
  readonly ingress: readonly ClusterEndpointInfo[]
  readonly egress: readonly ClusterEndpointInfo[]
}
export interface Resolved {
  readonly policies: readonly PolicyEndpoint[]
  readonly clusterPolicies: readonly ClusterPolicyEndpoint[]
  /** A port without a protocol, where no API fills it in: the controller dereferences nil and dies, and nothing is reconciled. */
  readonly crashes: boolean
}

interface Cluster {
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels | undefined }[]
  readonly pods: readonly Pod[]
  readonly services: readonly Service[]
}

class Crash extends Error {}

export function resolve(objects: readonly KubernetesObject[]): Resolved {
  const cluster: Cluster = {
    namespaces: ofKind(objects, 'Namespace').map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels })),
    pods: ofKind(objects, 'Pod').map(podOf),
    services: ofKind(objects, 'Service').map(serviceOf),
  }
  let crashes = false
  /** Where the controller dies nobody knows what it had written; whom a policy selects is clear all the same. */
  const rules = <Made>(make: () => readonly Made[]): readonly Made[] => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      crashes = true
      return []
    }
  }
  const policies = ofKind(objects, 'NetworkPolicy', 'networking.k8s.io')
    .map(networkPolicyOf)
    .map((policy): PolicyEndpoint => ({
      ...subjectsOf(cluster, policy),
      ingress: combine(lastOfEachKey(rules(() => ingressEndpoints(cluster, policy)))),
      egress: combine(lastOfEachKey(rules(() => egressEndpoints(cluster, policy)))),
    }))
  const applicationPolicies = ofKind(objects, 'ApplicationNetworkPolicy', 'networking.k8s.aws')
    .map(applicationPolicyOf)
    .map((policy): PolicyEndpoint => ({
      ...subjectsOf(cluster, policy),
      ingress: lastOfEachKey(rules(() => ingressEndpoints(cluster, policy))),
      egress: lastOfEachKey(rules(() => egressEndpoints(cluster, policy))),
    }))
  const clusterPolicies = ofKind(objects, 'ClusterNetworkPolicy', 'networking.k8s.aws').map((object): ClusterPolicyEndpoint => {
    const { tier, priority, ingress = [], egress = [], subject } = object.spec as ClusterSpec
    return {
      policy: object.metadata.name,
      tier,
      priority,
      pods: clusterSubjects(cluster, subject),
      ingress: combineCluster(lastOfEachClusterKey(mergeCluster(rules(() => clusterIngress(cluster, ingress))))),
      egress: combineCluster(lastOfEachClusterKey(mergeCluster(rules(() => clusterEgress(cluster, egress))))),
    }
  })
  return { policies: [...policies, ...applicationPolicies], clusterPolicies, crashes }
}

const subjectsOf = (cluster: Cluster, { name, namespace, podSelector, types }: NetworkPolicy) => ({
  policy: name,
  namespace,
  isolation: types,
  pods: podEndpoints(cluster, namespace, podSelector),
})

/**
 * ResolveApplicationNetworkPolicy. Nothing fills in defaults: without policyTypes it isolates nobody. Domain names come out without an address, and
 * the agent passes them over; a rule whose `to` has no other peer, or none at all, is gone.
 */
function applicationPolicyOf(object: KubernetesObject): NetworkPolicy {
  const spec = (object.spec ?? {}) as ApplicationSpec
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace as string,
    podSelector: spec.podSelector ?? {},
    types: spec.policyTypes ?? [],
    ingress: (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports })),
    egress: (spec.egress ?? []).flatMap(({ to = [], ports = [] }) => {
      const peers = to.filter(({ domainNames = [] }) => domainNames.length === 0)
      return peers.length === 0 ? [] : [{ peers, ports }]
    }),
  }
}

interface ApplicationSpec {
  readonly podSelector?: Selector
  readonly policyTypes?: NetworkPolicy['types']
  readonly ingress?: readonly { readonly from?: readonly PolicyPeer[]; readonly ports?: readonly PolicyPort[] }[]
  readonly egress?: readonly {
    readonly to?: readonly (PolicyPeer & { readonly domainNames?: readonly string[] })[]
    readonly ports?: readonly PolicyPort[]
  }[]
}

const ready = (pod: Pod): boolean => addressOfPod(pod) !== '' && pod.phase !== 'Succeeded' && pod.phase !== 'Failed'
const addressOfPod = (pod: Pod): string => pod.address ?? pod.annotations['vpc.amazonaws.com/pod-ips'] ?? ''

function listPods(cluster: Cluster, namespace: string, selector: Selector | undefined): readonly Pod[] {
  return cluster.pods.filter(pod => pod.namespace === namespace && selects(selector ?? {}, pod.labels))
}

/** computePodSelectorEndpoints */
function podEndpoints(cluster: Cluster, namespace: string, selector: Selector): readonly PodEndpoint[] {
  return listPods(cluster, namespace, selector)
    .filter(pod => !pod.hostNetwork && ready(pod))
    .map(pod => ({ address: addressOfPod(pod), hostAddress: pod.hostAddress ?? '', name: pod.name, namespace: pod.namespace }))
}

const everywhere = (ports: readonly Port[]): readonly EndpointInfo[] => [
  { cidr: '0.0.0.0/0', except: [], ports },
  { cidr: '::/0', except: [], ports },
]

/** computeIngressEndpoints */
function ingressEndpoints(cluster: Cluster, policy: NetworkPolicy): readonly EndpointInfo[] {
  const endpoints: EndpointInfo[] = []
  for (const rule of policy.ingress) {
    const ports = ingressPorts(cluster, policy, rule.ports)
    if (rule.ports.length > 0 && ports.length === 0) continue
    if (rule.peers.length === 0) {
      endpoints.push(...everywhere(ports))
      continue
    }
    for (const peer of rule.peers) {
      if (peer.ipBlock !== undefined) {
        endpoints.push({ cidr: peer.ipBlock.cidr, except: peer.ipBlock.except ?? [], ports })
        continue
      }
      for (const namespace of peerNamespaces(cluster, policy.namespace, peer.namespaceSelector))
        for (const pod of listPods(cluster, namespace, peer.podSelector))
          if (ready(pod)) endpoints.push({ cidr: addressOfPod(pod), except: [], ports })
    }
  }
  return endpoints
}

/** resolveIngressPorts: where one is named, all are looked up on every pod that the policy selects, and the finds are pooled. */
function ingressPorts(cluster: Cluster, policy: NetworkPolicy, ports: readonly PolicyPort[]): readonly Port[] {
  if (!ports.some(({ port }) => typeof port === 'string')) return ports.flatMap(port => portForBlocks(port) ?? [])
  const found = listPods(cluster, policy.namespace, policy.podSelector)
    .filter(ready)
    .flatMap(pod => portsOnPod(pod, ports))
  return [...new Map(found.map(port => [`${port.protocol ?? ''}@${port.port ?? ''}@${port.endPort ?? ''}`, port])).values()]
}

/** convertToPolicyInfoPortForCIDRs */
function portForBlocks({ protocol, port, endPort }: PolicyPort): Port | undefined {
  if (protocol === undefined) throw new Crash()
  if (port === undefined) return { protocol }
  return typeof port === 'string' ? undefined : { protocol, port, ...(endPort !== undefined && { endPort }) }
}

/** getPortList */
function portsOnPod(pod: Pod, ports: readonly PolicyPort[]): readonly Port[] {
  return ports.flatMap(({ protocol, port, endPort }) => {
    const rest = { ...(protocol !== undefined && { protocol }), ...(endPort !== undefined && { endPort }) }
    if (port === undefined) return [rest]
    if (protocol === undefined) throw new Crash()
    const found = containerPort(pod, port, protocol)
    return found === undefined ? [] : [{ ...rest, port: found.number }]
  })
}

/** LookupContainerPortAndName */
function containerPort(
  pod: Pod,
  port: number | string,
  protocol: Protocol,
): { readonly number: number; readonly name: string } | undefined {
  for (const container of pod.containers)
    for (const { name = '', containerPort: number, protocol: itsProtocol = 'TCP' } of container.ports)
      if (itsProtocol === protocol && (typeof port === 'string' ? name === port : number === port)) return { number, name }
  return typeof port === 'number' ? { number: port, name: '' } : undefined
}

function peerNamespaces(cluster: Cluster, own: string, selector: Selector | undefined): readonly string[] {
  if (selector === undefined) return [own]
  return cluster.namespaces.filter(({ labels }) => selects(selector, labels)).map(({ name }) => name)
}

/** computeEgressEndpoints */
function egressEndpoints(cluster: Cluster, policy: NetworkPolicy): readonly EndpointInfo[] {
  const endpoints: EndpointInfo[] = []
  for (const rule of policy.egress) {
    const ports = rule.ports.flatMap(port => portForBlocks(port) ?? [])
    const onlyNamed = rule.ports.length > 0 && ports.length === 0
    if (rule.peers.length === 0) {
      if (!onlyNamed) endpoints.push(...everywhere(ports))
      continue
    }
    for (const peer of rule.peers) {
      if (peer.ipBlock !== undefined) {
        if (!onlyNamed) endpoints.push({ cidr: peer.ipBlock.cidr, except: peer.ipBlock.except ?? [], ports })
        continue
      }
      for (const namespace of peerNamespaces(cluster, policy.namespace, peer.namespaceSelector)) {
        for (const pod of listPods(cluster, namespace, peer.podSelector)) {
          if (!ready(pod)) continue
          const podPorts = portsOnPod(pod, rule.ports)
          if (rule.ports.length > 0 && podPorts.length === 0) continue
          endpoints.push({ cidr: addressOfPod(pod), except: [], ports: podPorts })
        }
        endpoints.push(...serviceEndpoints(cluster, namespace, peer.podSelector ?? {}, rule.ports))
      }
    }
  }
  return endpoints
}

/** getMatchingServiceClusterIPs: the selector of the peer is held against the selector of the Service as if that were labels. */
function serviceEndpoints(cluster: Cluster, namespace: string, selector: Selector, wanted: readonly PolicyPort[]): readonly EndpointInfo[] {
  return cluster.services
    .filter(service => service.namespace === namespace && service.clusterAddress !== undefined && selects(selector, service.selector ?? {}))
    .flatMap(service => {
      const pods = cluster.pods.filter(pod => pod.namespace === namespace && selects({ matchLabels: service.selector ?? {} }, pod.labels))
      const ports = wanted.flatMap(({ protocol = 'TCP', port, endPort }) => {
        const rest = { protocol, ...(endPort !== undefined && { endPort }) }
        if (port === undefined) return [rest]
        const listen = servicePort(service, pods, port, protocol)
        if (listen === undefined) return []
        if (typeof port === 'number' && namedTargetBypasses(service, pods, listen, protocol, wanted)) return []
        return [{ ...rest, port: listen }]
      })
      if (wanted.length > 0 && ports.length === 0) return []
      return [{ cidr: service.clusterAddress as string, except: [], ports }]
    })
}

/** getMatchingServicePort: LookupServiceListenPort, else LookupListenPortFromPodSpec of the first pod that has one. */
function servicePort(service: Service, pods: readonly Pod[], port: number | string, protocol: Protocol): number | undefined {
  const direct = service.ports.find(each => each.targetPort === port && each.protocol === protocol)
  if (direct !== undefined) return direct.port
  for (const pod of pods) {
    const found = containerPort(pod, port, protocol)
    if (found === undefined) continue
    const match = service.ports.find(
      each =>
        each.protocol === protocol &&
        (typeof each.targetPort === 'string' ? each.targetPort === found.name : each.targetPort === found.number),
    )
    if (match !== undefined) return match.port
  }
  return undefined
}

/** hasTargetPortBypass */
function namedTargetBypasses(
  service: Service,
  pods: readonly Pod[],
  listen: number,
  protocol: Protocol,
  wanted: readonly PolicyPort[],
): boolean {
  const target = service.ports.find(
    each => each.port === listen && each.protocol === protocol && typeof each.targetPort === 'string',
  )?.targetPort
  if (target === undefined || target === '') return false
  return pods.some(pod => {
    const ports = pod.containers.flatMap(container => container.ports)
    const first = ports.find(({ name, protocol: itsProtocol = 'TCP' }) => name === target && itsProtocol === protocol)
    if (first === undefined) return false
    return !wanted.some(({ protocol: itsProtocol = 'TCP', port, endPort }) => {
      if (itsProtocol !== protocol) return false
      if (port === undefined) return true
      return typeof port === 'number' && first.containerPort >= port && first.containerPort <= (endPort ?? port)
    })
  })
}

/** getEndpointInfoKey has nothing between its parts: 80 to 81 is 8081. The later of two with one key replaces the earlier. */
function lastOfEachKey(endpoints: readonly EndpointInfo[]): readonly EndpointInfo[] {
  const key = ({ cidr, except, ports }: EndpointInfo) =>
    cidr + except.join('') + ports.map(({ protocol, port, endPort }) => `${protocol ?? ''}${port ?? ''}${endPort ?? ''}`).join('')
  return [...new Map(endpoints.map(endpoint => [key(endpoint), endpoint])).values()]
}

/** combineRulesEndpoints */
function combine(endpoints: readonly EndpointInfo[]): readonly EndpointInfo[] {
  const combined = new Map<string, EndpointInfo>()
  for (const endpoint of endpoints) {
    const key = `${endpoint.cidr}|${endpoint.except.toSorted().join('|')}|`
    const existing = combined.get(key)
    if (existing === undefined) combined.set(key, endpoint)
    else {
      const all = endpoint.ports.length === 0 || existing.ports.length === 0
      combined.set(key, { ...existing, ports: all ? [] : withoutDuplicates([...existing.ports, ...endpoint.ports]) })
    }
  }
  return [...combined.values()]
}

/** deduplicatePorts */
function withoutDuplicates(ports: readonly Port[]): readonly Port[] {
  const seen = new Map<string, Port>()
  for (const port of ports) {
    const key = `${port.protocol ?? 'TCP'}:${port.port ?? 0}:${port.endPort ?? 0}`
    if (!seen.has(key)) seen.set(key, port)
  }
  return [...seen.values()]
}

interface ClusterPort {
  readonly portNumber?: { readonly protocol: Protocol; readonly port: number }
  readonly portRange?: { readonly protocol: Protocol; readonly start: number; readonly end: number }
  readonly namedPort?: string
}
interface ClusterPods {
  readonly namespaceSelector?: Selector
  readonly podSelector?: Selector
}
interface ClusterPeer {
  readonly namespaces?: Selector
  readonly pods?: ClusterPods
  readonly networks?: readonly string[]
  readonly domainNames?: readonly string[]
}
interface ClusterRule {
  readonly action: Action
  readonly from?: readonly ClusterPeer[]
  readonly to?: readonly ClusterPeer[]
  readonly ports?: readonly ClusterPort[]
}
interface ClusterSpec {
  readonly tier: 'Admin' | 'Baseline'
  readonly priority: number
  readonly subject: { readonly namespaces?: Selector; readonly pods?: ClusterPods }
  readonly ingress?: readonly ClusterRule[]
  readonly egress?: readonly ClusterRule[]
}

/** resolvePodEndpointsFromSubject */
function clusterSubjects(cluster: Cluster, { namespaces, pods }: ClusterSpec['subject']): readonly PodEndpoint[] {
  if (namespaces !== undefined) return namespacesOf(cluster, namespaces).flatMap(namespace => podEndpoints(cluster, namespace, {}))
  if (pods === undefined) return []
  return namespacesOf(cluster, pods.namespaceSelector ?? {}).flatMap(namespace => podEndpoints(cluster, namespace, pods.podSelector ?? {}))
}

const namespacesOf = (cluster: Cluster, selector: Selector): readonly string[] => peerNamespaces(cluster, '', selector)

/** resolveCNPIngressRules: which namespaces there are is read off the first peer alone. */
function clusterIngress(cluster: Cluster, rules: readonly ClusterRule[]): readonly ClusterEndpointInfo[] {
  return rules.flatMap(rule => {
    const first = rule.from?.[0]
    const selector = first?.namespaces ?? (first?.pods === undefined ? undefined : (first.pods.namespaceSelector ?? {}))
    const namespaces = selector === undefined ? [] : namespacesOf(cluster, selector)
    return namespaces.flatMap(namespace =>
      ingressEndpoints(cluster, asNetworkPolicy(namespace, { ingress: [{ peers: peersOf(rule.from), ports: portsOf(rule.ports) }] })).map(
        ({ cidr, ports }) => ({ cidr, ports, action: rule.action }),
      ),
    )
  })
}

/** resolveCNPEgressRules: all peers of the rule are resolved again for each peer. */
function clusterEgress(cluster: Cluster, rules: readonly ClusterRule[]): readonly ClusterEndpointInfo[] {
  return rules.flatMap(rule => {
    const once = (namespace: string) =>
      egressEndpoints(cluster, asNetworkPolicy(namespace, { egress: [{ peers: peersOf(rule.to), ports: portsOf(rule.ports) }] })).map(
        ({ cidr, ports }) => ({ cidr, ports, action: rule.action }),
      )
    return (rule.to ?? []).flatMap(peer => {
      if ((peer.networks ?? []).length > 0) return once('default')
      if (peer.namespaces === undefined && peer.pods === undefined) return []
      return namespacesOf(cluster, peer.namespaces ?? peer.pods?.namespaceSelector ?? {}).flatMap(once)
    })
  })
}

const asNetworkPolicy = (namespace: string, rules: Partial<Pick<NetworkPolicy, 'ingress' | 'egress'>>): NetworkPolicy => ({
  name: '',
  namespace,
  podSelector: {},
  types: [],
  ingress: rules.ingress ?? [],
  egress: rules.egress ?? [],
})

function peersOf(peers: readonly ClusterPeer[] = []): NetworkPolicy['ingress'][number]['peers'] {
  return peers.flatMap(({ networks = [], namespaces, pods }) => [
    ...networks.map(cidr => ({ ipBlock: { cidr } })),
    ...(namespaces === undefined && pods === undefined
      ? []
      : [
          pods === undefined
            ? { namespaceSelector: namespaces as Selector }
            : { namespaceSelector: pods.namespaceSelector ?? {}, podSelector: pods.podSelector ?? {} },
        ]),
  ])
}

/** convertCNPPortsToNPPorts. A named port has no protocol, and the next reader dereferences it. */
function portsOf(ports: readonly ClusterPort[] = []): readonly PolicyPort[] {
  return ports.flatMap(({ portNumber, portRange, namedPort }) => [
    ...(portNumber === undefined ? [] : [{ protocol: portNumber.protocol, port: portNumber.port }]),
    ...(portRange === undefined ? [] : [{ protocol: portRange.protocol, port: portRange.start, endPort: portRange.end }]),
    ...(namedPort === undefined ? [] : [{ port: namedPort }]),
  ])
}

/** mergeClusterEndpointInfo: its key knows no end of a range, and the first of two with one key stays. */
function mergeCluster(rules: readonly ClusterEndpointInfo[]): readonly ClusterEndpointInfo[] {
  const seen = new Map<string, ClusterEndpointInfo>()
  for (const rule of rules) {
    const ports =
      rule.ports.length === 0 ? 'all' : rule.ports.map(({ protocol, port }) => `${protocol ?? 'TCP'}:${port ?? 'any'}`).join(',')
    const key = `cidr:${rule.cidr}:${rule.action}:${ports}`
    if (!seen.has(key)) seen.set(key, rule)
  }
  return [...seen.values()]
}

/** getClusterEndpointInfoKey writes each port as the character of that number; half of a surrogate pair becomes U+FFFD. */
function lastOfEachClusterKey(rules: readonly ClusterEndpointInfo[]): readonly ClusterEndpointInfo[] {
  const character = (number: number | undefined) => {
    if (number === undefined) return ''
    return number >= 0xd800 && number <= 0xdfff ? '\ufffd' : String.fromCodePoint(number)
  }
  const key = ({ cidr, action, ports }: ClusterEndpointInfo) =>
    cidr + action + ports.map(({ protocol, port, endPort }) => `${protocol ?? ''}${character(port)}${character(endPort)}`).join('')
  return [...new Map(rules.map(rule => [key(rule), rule])).values()]
}

/** combineClusterRulesEndpoints: unlike its namesake it knows no "all ports", so a rule without ports drowns in one with. */
function combineCluster(rules: readonly ClusterEndpointInfo[]): readonly ClusterEndpointInfo[] {
  const combined = new Map<string, ClusterEndpointInfo>()
  for (const rule of rules) {
    const key = `${rule.cidr}:${rule.action}`
    const existing = combined.get(key)
    combined.set(key, existing === undefined ? rule : { ...existing, ports: withoutDuplicates([...existing.ports, ...rule.ports]) })
  }
  // As they come back from the API server: no two rules share a port by reference.
  return [...combined.values()].map(rule => ({ ...rule, ports: rule.ports.map(port => ({ ...port })) }))
}
