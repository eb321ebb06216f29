import fc from 'fast-check'
import { addressOf, blockOf, contains } from './address.ts'
import type { Settings } from './evaluator.ts'
import type { KubernetesObject, Labels, Selector } from './objects.ts'

/**
 * Random clusters out of few words, so that selectors meet labels, blocks meet addresses and ports meet ports. What the API server would refuse is
 * not made: selectors are valid, exceptions lie within their block, ranges go up.
 */
export interface RandomCluster {
  readonly kubernetes: readonly KubernetesObject[]
  readonly engine: Settings['engine']
  readonly mode: Settings['mode']
  readonly family: 4 | 6
}

const optional = <Value>(key: string, value: fc.Arbitrary<Value>, absent = 1, present = 1): fc.Arbitrary<object> =>
  fc.oneof(
    { weight: absent, arbitrary: fc.constant<object>({}) },
    { weight: present, arbitrary: value.map((given): object => ({ [key]: given })) },
  )
const some = <Item>(item: fc.Arbitrary<Item>, maxLength: number, minLength = 1) => fc.array(item, { minLength, maxLength })
const pick = <Item>(...items: readonly Item[]) => fc.constantFrom(...items)
const joined = (...parts: readonly fc.Arbitrary<object>[]) => fc.tuple(...parts).map(each => Object.assign({}, ...each) as object)

const words: Readonly<Record<string, readonly string[]>> = {
  app: ['web', 'api', 'db'],
  tier: ['front', 'back'],
  version: ['v1', 'v2'],
}
const namespaceWords: Readonly<Record<string, readonly string[]>> = { team: ['a', 'b', 'c'], env: ['prod', 'dev'] }
export const namespaceNames = ['na', 'nb', 'nc']

const labels: fc.Arbitrary<Labels> = joined(
  optional('app', pick(...(words['app'] as string[]))),
  optional('tier', pick(...(words['tier'] as string[]))),
  optional('version', pick(...(words['version'] as string[])), 3),
) as fc.Arbitrary<Labels>

function selectorsOver(vocabulary: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<Selector> {
  const entry = pick(...Object.keys(vocabulary)).chain(key =>
    pick(...(vocabulary[key] as readonly string[])).map(value => [key, value] as const),
  )
  const expression = fc.oneof(
    fc.tuple(entry, pick('In', 'NotIn'), fc.boolean()).map(([[key, value], operator, more]) => ({
      key,
      operator,
      values: more ? [value, ...(vocabulary[key] as string[]).filter(each => each !== value).slice(0, 1)] : [value],
    })),
    fc.tuple(pick(...Object.keys(vocabulary)), pick('Exists', 'DoesNotExist')).map(([key, operator]) => ({ key, operator })),
  )
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 4, arbitrary: entry.map(([key, value]) => ({ matchLabels: { [key]: value } })) },
    { weight: 2, arbitrary: some(expression, 2).map(matchExpressions => ({ matchExpressions })) },
    {
      weight: 1,
      arbitrary: fc.tuple(entry, expression).map(([[key, value], each]) => ({ matchLabels: { [key]: value }, matchExpressions: [each] })),
    },
  )
}
const podSelectors = selectorsOver(words)
const namespaceSelectors = fc.oneof(
  { weight: 4, arbitrary: selectorsOver(namespaceWords) },
  { weight: 1, arbitrary: pick(...namespaceNames).map(name => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })) },
  { weight: 1, arbitrary: fc.constant({ matchLabels: { team: 'nobody' } }) },
)

const ports = [53, 80, 81, 443, 8080, 8081, 8443, 9090]
const portNames = ['http', 'dns', 'metrics']
const protocols = ['TCP', 'TCP', 'TCP', 'UDP', 'SCTP'] as const
const ranges: readonly (readonly [from: number, to: number])[] = [
  [80, 81],
  [80, 8080],
  [80, 9000],
  [443, 8443],
  [8080, 8081],
  [53, 53],
  [1, 65535],
]

const policyPort = fc.oneof(
  { weight: 6, arbitrary: fc.record({ port: pick(...ports), protocol: pick(...protocols) }) },
  { weight: 2, arbitrary: fc.record({ port: pick(...portNames), protocol: pick('TCP', 'TCP', 'UDP') }) },
  {
    weight: 2,
    arbitrary: fc.tuple(pick(...ranges), pick(...protocols)).map(([[port, endPort], protocol]) => ({ port, endPort, protocol })),
  },
  { weight: 1, arbitrary: pick(...protocols).map(protocol => ({ protocol })) },
  { weight: 1, arbitrary: pick(...ports).map(port => ({ port })) },
)
/** More entries than there are slots for one key, in one rule or with others. */
const manyPorts = fc
  .tuple(fc.integer({ min: 20, max: 30 }), pick('TCP', 'UDP'))
  .map(([count, protocol]) =>
    Array.from({ length: count }, (_, index) => ({ port: index < 4 ? (ports[index] as number) : 9000 + index, protocol })),
  )
const policyPorts = fc.oneof({ weight: 19, arbitrary: some(policyPort, 3, 0) }, { weight: 1, arbitrary: manyPorts })

const blocks: Readonly<Record<4 | 6, readonly string[]>> = {
  4: [
    '0.0.0.0/0',
    '0.0.0.0/1',
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.0.1.0/24',
    '10.0.2.0/24',
    '10.0.1.0/28',
    '10.0.1.16/28',
    '10.0.1.10/32',
    '10.0.2.10/32',
    '10.0.0.0/24',
    '10.0.0.11/32',
    '10.0.0.12/32',
    '10.0.0.16/28',
    '10.100.0.0/16',
    '10.100.0.10/32',
    '198.51.100.0/24',
    '10.0.1.7/24',
    'fd00::/8',
  ],
  6: [
    '::/0',
    'fd00::/8',
    'fd00:10::/32',
    'fd00:10:0:1::/64',
    'fd00:10:0:2::/64',
    'fd00:10:0:1::a/128',
    'fd00:10::b/128',
    '2001:db8::/32',
    '10.0.0.0/8',
  ],
}
const strictlyWithin = (outer: string, inner: string): boolean => {
  const [wide, narrow] = [blockOf(outer), blockOf(inner)]
  return wide.family === narrow.family && narrow.length > wide.length && contains(wide, addressOf(inner.split('/')[0] as string))
}
const ipBlock = (family: 4 | 6) =>
  pick(...blocks[family]).chain(cidr => {
    const inner = blocks[family].filter(each => strictlyWithin(cidr, each))
    const none: fc.Arbitrary<object> = fc.constant({ ipBlock: { cidr } })
    if (inner.length === 0) return none
    return fc.oneof(
      { weight: 3, arbitrary: none },
      {
        weight: 2,
        arbitrary: fc.uniqueArray(pick(...inner), { minLength: 1, maxLength: 2 }).map(except => ({ ipBlock: { cidr, except } })),
      },
    )
  })

const policyPeer = (family: 4 | 6) =>
  fc.oneof(
    { weight: 3, arbitrary: podSelectors.map(podSelector => ({ podSelector })) },
    { weight: 2, arbitrary: namespaceSelectors.map(namespaceSelector => ({ namespaceSelector })) },
    { weight: 2, arbitrary: fc.record({ podSelector: podSelectors, namespaceSelector: namespaceSelectors }) },
    { weight: 4, arbitrary: ipBlock(family) },
  )
const policyRule = (family: 4 | 6, peers: 'from' | 'to') =>
  joined(
    optional(peers, some(policyPeer(family) as fc.Arbitrary<object>, 3, 0), 1, 3),
    optional('ports', policyPorts),
  ) as fc.Arbitrary<object>

const types = pick(undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress'])
const networkPolicy = (family: 4 | 6, kind: 'NetworkPolicy' | 'ApplicationNetworkPolicy') =>
  fc
    .tuple(
      pick('na', 'na', 'nb', 'nc'),
      podSelectors,
      types,
      fc.option(some(policyRule(family, 'from'), 3, 0), { nil: undefined }),
      fc.option(some(policyRule(family, 'to'), 3, 0), { nil: undefined }),
    )
    .map(([namespace, podSelector, policyTypes, ingress, egress]) => (name: string) => ({
      apiVersion: kind === 'NetworkPolicy' ? 'networking.k8s.io/v1' : 'networking.k8s.aws/v1alpha1',
      kind,
      metadata: { name, namespace },
      spec: {
        podSelector,
        ...(policyTypes !== undefined && { policyTypes }),
        ...(ingress !== undefined && { ingress }),
        ...(egress !== undefined && { egress }),
      },
    }))

/** A NetworkPolicy by itself, to be named. */
export const networkPolicies = (family: 4 | 6) => networkPolicy(family, 'NetworkPolicy')

const clusterPort = fc.oneof(
  { weight: 5, arbitrary: fc.record({ portNumber: fc.record({ port: pick(...ports), protocol: pick(...protocols) }) }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(pick(...ranges.filter(([from, to]) => from < to)), pick(...protocols))
      .map(([[start, end], protocol]) => ({ portRange: { protocol, start, end } })),
  },
)
const upstreamProtocol = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        pick('tcp', 'tcp', 'udp', 'sctp'),
        fc.oneof(
          pick(...ports).map(number => ({ number })),
          pick(...ranges.filter(([from, to]) => from < to)).map(([start, end]) => ({ range: { start, end } })),
        ),
      )
      .map(([protocol, destinationPort]) => ({ [protocol]: { destinationPort } })),
  },
  { weight: 1, arbitrary: pick(...portNames).map(destinationNamedPort => ({ destinationNamedPort })) },
)
const subject = fc.oneof(
  namespaceSelectors.map(namespaces => ({ namespaces })),
  fc.record({ namespaceSelector: namespaceSelectors, podSelector: podSelectors }).map(pods => ({ pods })),
)
const clusterPeer = (family: 4 | 6, direction: 'ingress' | 'egress', upstream: boolean) =>
  fc.oneof(
    { weight: 6, arbitrary: subject as fc.Arbitrary<object> },
    ...(direction === 'egress'
      ? [
          {
            weight: 4,
            arbitrary: fc
              .uniqueArray(pick(...blocks[family].filter(cidr => cidr.includes(':') === (family === 6))), { minLength: 1, maxLength: 2 })
              .map(networks => ({ networks })) as fc.Arbitrary<object>,
          },
          { weight: 1, arbitrary: fc.constant({ domainNames: ['example.com'] }) as fc.Arbitrary<object> },
          ...(upstream
            ? [{ weight: 1, arbitrary: pick({ nodes: {} }, { nodes: { matchLabels: { zone: 'one' } } }) as fc.Arbitrary<object> }]
            : []),
        ]
      : []),
  )
function clusterRule(family: 4 | 6, direction: 'ingress' | 'egress', upstream: boolean): fc.Arbitrary<object> {
  const portsOf = upstream
    ? optional('protocols', some(upstreamProtocol as fc.Arbitrary<object>, 2))
    : optional('ports', some(clusterPort as fc.Arbitrary<object>, 3))
  return joined(
    pick('Accept', 'Deny', 'Pass').map(action => ({ action })),
    some(clusterPeer(family, direction, upstream), 3).map(peers => ({ [direction === 'ingress' ? 'from' : 'to']: peers })),
    portsOf,
  ).filter(rule => {
    const { to = [], protocols: each = [], action } = rule as { to?: object[]; protocols?: object[]; action: string }
    const outside = to.some(peer => 'networks' in peer || 'nodes' in peer || 'domainNames' in peer)
    if (to.some(peer => 'domainNames' in peer) && action !== 'Accept') return false
    return !(outside && each.some(protocol => 'destinationNamedPort' in protocol))
  })
}
const clusterPolicy = (family: 4 | 6, upstream: boolean) =>
  fc
    .tuple(
      pick('Admin', 'Admin', 'Baseline'),
      pick(0, 1, 5, 5, 1000),
      subject,
      some(clusterRule(family, 'ingress', upstream), 3, 0),
      some(clusterRule(family, 'egress', upstream), 3, 0),
    )
    .map(([tier, priority, whom, ingress, egress]) => (name: string) => ({
      apiVersion: upstream ? 'policy.networking.k8s.io/v1alpha2' : 'networking.k8s.aws/v1alpha1',
      kind: 'ClusterNetworkPolicy',
      metadata: { name },
      spec: { tier, priority, subject: whom, ingress, egress },
    }))

const asAdmin = (rule: object): object => {
  const { action, protocols: _, ...rest } = rule as { action: string; protocols?: object }
  return { action: action === 'Accept' ? 'Allow' : action, ...rest }
}
const adminPolicy = (family: 4 | 6) =>
  fc.tuple(clusterPolicy(family, false), fc.boolean()).map(([make, baseline]) => (name: string) => {
    const { spec } = make(name)
    const rules = (given: readonly object[]) =>
      given.map(asAdmin).filter(rule => !(baseline && (rule as { action: string }).action === 'Pass'))
    return {
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: baseline ? 'BaselineAdminNetworkPolicy' : 'AdminNetworkPolicy',
      metadata: { name: baseline ? 'default' : name },
      spec: {
        ...(baseline ? {} : { priority: spec.priority }),
        subject: spec.subject,
        ingress: rules(spec.ingress),
        egress: rules(spec.egress),
      },
    }
  })

const containerPort = fc.record({
  name: pick(...portNames),
  containerPort: pick(...ports),
  protocol: pick('TCP', 'TCP', 'UDP'),
})
export const nodeNames = ['n1', 'n2', 'n3']
const podNames = ['web-0', 'web-1', 'web-2', 'db', 'db-0', 'api-x-1', 'api-x-2', 'v1.2-a', 'v1.2-b', 'one', 'two', 'three']

interface RandomPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly node: string
  readonly kind: 'plain' | 'host' | 'fargate' | 'pending' | 'done'
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[]
  readonly suffix: number
}
const pod: fc.Arbitrary<RandomPod> = fc.record({
  namespace: pick('na', 'na', 'nb', 'nc'),
  name: pick(...podNames),
  labels,
  node: pick('n1', 'n1', 'n2', 'n2', 'n3'),
  kind: fc.oneof(
    { weight: 16, arbitrary: pick('plain' as const) },
    { weight: 3, arbitrary: pick('host' as const, 'fargate' as const, 'pending' as const, 'done' as const) },
  ),
  ports: fc.uniqueArray(containerPort, { maxLength: 3, selector: each => each.name }),
  suffix: pick(10, 11, 18, 19, 33, 65, 130),
})

const nodeAddresses: Readonly<Record<4 | 6, Readonly<Record<string, string>>>> = {
  4: { n1: '10.0.0.11', n2: '10.0.0.12', n3: '10.0.0.16' },
  6: { n1: 'fd00:10::b', n2: 'fd00:10::c', n3: 'fd00:10::10' },
}
export const nodeAddress = (family: 4 | 6, node: string): string => nodeAddresses[family][node] as string

function podAddress(family: 4 | 6, { node, suffix }: RandomPod): string {
  const index = nodeNames.indexOf(node) + 1
  return family === 4 ? `10.0.${index}.${suffix}` : `fd00:10:0:${index}::${suffix.toString(16)}`
}

function podObject(family: 4 | 6, given: RandomPod): KubernetesObject {
  const { namespace, name, kind, node, ports: containerPorts } = given
  const hostIP = nodeAddress(family, node)
  const podIP = kind === 'host' ? hostIP : podAddress(family, given)
  const fargate = kind === 'fargate'
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: fargate ? { ...given.labels, 'eks.amazonaws.com/fargate-profile': 'fp' } : given.labels },
    spec: {
      ...(kind !== 'pending' && { nodeName: fargate ? `fargate-${name}-${namespace}` : node }),
      ...(kind === 'host' && { hostNetwork: true }),
      containers: [{ name: 'c', image: 'none', ports: containerPorts }],
    },
    status:
      kind === 'pending'
        ? { phase: 'Pending' }
        : { phase: kind === 'done' ? 'Succeeded' : 'Running', podIP, podIPs: [{ ip: podIP }], hostIP: fargate ? podIP : hostIP },
  }
}

/** Mostly for some pod: for those that have one of its labels. */
const service = fc
  .tuple(
    pick('na', 'na', 'nb', 'nc'),
    fc.option(labels, { nil: undefined, freq: 8 }),
    fc.uniqueArray(
      fc.record({
        port: pick(...ports),
        target: fc.oneof(pick<number | string>(...ports), pick<number | string>(...portNames)),
        protocol: pick('TCP', 'TCP', 'UDP'),
      }),
      { minLength: 1, maxLength: 2, selector: each => `${each.port} ${each.protocol}` },
    ),
    fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    fc.oneof({ weight: 3, arbitrary: fc.nat(99) }, { weight: 1, arbitrary: fc.constant(undefined) }),
  )
  .map(([namespace, selector, given, headless, ofPod]) => (family: 4 | 6, index: number, pods: readonly RandomPod[]): KubernetesObject => {
    const address = family === 4 ? `10.100.0.${10 + index}` : `fd00:ec::${(10 + index).toString(16)}`
    const chosen = ofPod === undefined ? undefined : pods[ofPod % pods.length]
    const [label] = Object.entries(chosen?.labels ?? {})
    const selected = chosen === undefined || label === undefined ? selector : { [label[0]]: label[1] }
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `svc-${index}`, namespace: chosen?.namespace ?? namespace },
      spec: {
        ...(selected !== undefined && Object.keys(selected).length > 0 && { selector: selected }),
        clusterIP: headless ? 'None' : address,
        clusterIPs: [headless ? 'None' : address],
        ports: given.map(({ port, target, protocol }) => ({
          name: `p${port}${protocol.toLowerCase()}`,
          port,
          targetPort: target,
          protocol,
        })),
      },
    }
  })

/** What the EndpointSlice controller makes of a Service and pods: a slice for each set of resolved ports. */
function slicesOf(family: 4 | 6, object: KubernetesObject, pods: readonly RandomPod[]): readonly KubernetesObject[] {
  const spec = object.spec as {
    selector?: Labels
    ports: readonly { name: string; port: number; targetPort: number | string; protocol: string }[]
  }
  if (spec.selector === undefined) return []
  const chosen = pods.filter(
    each =>
      each.namespace === object.metadata.namespace &&
      each.kind !== 'pending' &&
      each.kind !== 'done' &&
      Object.entries(spec.selector as Labels).every(([key, value]) => each.labels[key] === value),
  )
  const groups = Map.groupBy(chosen, each =>
    JSON.stringify(
      spec.ports.flatMap(({ name, targetPort, protocol }) => {
        const number =
          typeof targetPort === 'number'
            ? targetPort
            : each.ports.find(port => port.name === targetPort && port.protocol === protocol)?.containerPort
        return number === undefined ? [] : [{ name, port: number, protocol }]
      }),
    ),
  )
  return [...groups].map(([resolved, members], index) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${object.metadata.name}-${index}`,
      namespace: object.metadata.namespace as string,
      labels: { 'kubernetes.io/service-name': object.metadata.name },
    },
    addressType: family === 4 ? 'IPv4' : 'IPv6',
    ports: JSON.parse(resolved) as unknown,
    endpoints: members.map(each => ({
      addresses: [each.kind === 'host' ? nodeAddress(family, each.node) : podAddress(family, each)],
      conditions: { ready: true },
      nodeName: each.node,
      targetRef: { kind: 'Pod', namespace: each.namespace, name: each.name },
    })),
  }))
}

const namespaces = fc.tuple(
  ...namespaceNames.map(name =>
    joined(optional('team', pick('a', 'b', 'c'), 1, 2), optional('env', pick('prod', 'dev'))).map(given => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { ...given, 'kubernetes.io/metadata.name': name } as Labels },
    })),
  ),
)

const nodesOf = (family: 4 | 6): readonly KubernetesObject[] =>
  nodeNames.map(name => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/os': 'linux', zone: name === 'n1' ? 'one' : 'two' } },
    status: { addresses: [{ type: 'InternalIP', address: nodeAddress(family, name) }] },
  }))

export interface Sizes {
  readonly engines: readonly Settings['engine'][]
  /** ApplicationNetworkPolicies, AWS's own. */
  readonly application?: boolean
  /** Kinds of other groups, and the API that another engine listens to. */
  readonly inert?: boolean
}

export function clusters({ engines, application = true, inert = true }: Sizes): fc.Arbitrary<RandomCluster> {
  return fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: pick(4 as const) }, { weight: 1, arbitrary: pick(6 as const) }),
      pick(...engines),
      fc.oneof({ weight: 4, arbitrary: pick('standard' as const) }, { weight: 1, arbitrary: pick('strict' as const) }),
    )
    .chain(([family, engine, mode]) => {
      const aws = engine === 'aws-vpc-cni'
      const none = fc.constant([] as readonly ((name: string) => object)[])
      const few = (item: fc.Arbitrary<(name: string) => object>, most: number, weight: number) =>
        fc.oneof({ weight: 10 - weight, arbitrary: none }, { weight, arbitrary: fc.array(item, { minLength: 1, maxLength: most }) })
      return fc
        .tuple(
          namespaces,
          fc.uniqueArray(pod, { minLength: 2, maxLength: 9, size: '+1', selector: each => `${each.namespace}/${each.name}` }),
          fc.array(service, { maxLength: 3 }),
          fc.array(networkPolicy(family, 'NetworkPolicy'), { maxLength: 4 }),
          few(clusterPolicy(family, false), 3, aws ? 4 : inert ? 1 : 0),
          few(clusterPolicy(family, true), 3, aws ? (inert ? 1 : 0) : 5),
          few(adminPolicy(family), 2, aws ? 0 : 2),
          few(networkPolicy(family, 'ApplicationNetworkPolicy'), 2, application && aws ? 1 : 0),
        )
        .map(([spaces, drawn, services, policies, awsCluster, upstreamCluster, admin, applicationPolicies]) => {
          // One address, one pod.
          const pods = [
            ...new Map(
              drawn.map(each => [each.kind === 'host' ? `${each.namespace}/${each.name}` : podAddress(family, each), each]),
            ).values(),
          ]
          const baseline = new Set<string>()
          const named = (made: readonly ((name: string) => object)[], prefix: string) =>
            made
              .map((make, index) => make(`${prefix}${index}`) as KubernetesObject)
              .filter(({ kind }) => kind !== 'BaselineAdminNetworkPolicy' || (!baseline.has(kind) && baseline.add(kind)))
          const serviceObjects = services.map((make, index) => make(family, index, pods))
          return {
            engine,
            mode,
            family,
            kubernetes: [
              ...spaces,
              ...nodesOf(family),
              ...pods.map(each => podObject(family, each)),
              ...serviceObjects,
              ...serviceObjects.flatMap(each => slicesOf(family, each, pods)),
              ...named(policies, 'np'),
              ...named(awsCluster, 'cnp'),
              ...named(upstreamCluster, 'up'),
              ...named(admin, 'anp'),
              ...named(applicationPolicies, 'app'),
            ],
          }
        })
    })
}

export interface Probe {
  readonly from: number
  readonly to: number
  readonly protocol: string
  readonly port: number
}
/** Ends by position, whatever there is. */
export const probes: fc.Arbitrary<Probe> = fc.record({
  from: fc.nat(99),
  to: fc.nat(99),
  protocol: fc.oneof(
    { weight: 12, arbitrary: pick<string>('TCP', 'TCP', 'UDP', 'SCTP') },
    { weight: 1, arbitrary: pick<string>('ICMP', '50') },
  ),
  port: pick(...ports, 9004, 9019),
})
