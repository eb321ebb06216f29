import { nodeAddress, placePods, type PlacedPod } from './place-pods.ts'
import { namespaceOf, nodeName, numbered, usesPodIdentity, type WorldSize } from './workload-sorts.ts'

const namespaceName = 'kubernetes.io/metadata.name'
const serving = { protocol: 'TCP', port: 8080 }
const agent = { cidr: '169.254.170.23/32', ports: [{ protocol: 'TCP', port: 80 }] }
const dnsPorts = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]

const labelsOf = (workload: number) => ({ app: `app-${workload}` })
const before = (workload: number): number => Math.max(0, workload - 1)
const after = (workload: number, count: number): number => (workload + 1) % count
/** One in ten is called by all of its namespace too, and one in four is closed for what it sends. */
const servesItsNamespace = (workload: number): boolean => workload % 10 === 5
const isClosedOutward = (workload: number): boolean => workload % 4 === 0
const sharedPort = (workload: number) => ({ protocol: 'TCP', port: 9000 + (workload % 30) })

/** A policy for each workload, and what the controller of the VPC CNI made of it for the agents. */
export function generatePolicies(size: WorldSize): readonly object[] {
  const pods = placePods(size)
  const byWorkload = Map.groupBy(pods, ({ of }) => (of !== 'dns' && 'workload' in of ? of.workload : -1))
  const byNamespace = Map.groupBy(pods, ({ namespace }) => namespace)
  const count = size.serviceAccounts
  const found: Pods = {
    ofWorkload: workload => byWorkload.get(workload) ?? [],
    ofNamespace: namespace => byNamespace.get(namespace) ?? [],
    ofDns: pods.filter(({ of }) => of === 'dns'),
  }
  return numbered(count, workload => [networkPolicy(workload, count), policyEndpoint(workload, count, found)]).flat()
}

/** Each workload is called by the one before it. */
const networkPolicy = (workload: number, count: number): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload) },
  spec: {
    podSelector: { matchLabels: labelsOf(workload) },
    policyTypes: directions(workload),
    ingress: [
      { from: [{ namespaceSelector: {}, podSelector: { matchLabels: labelsOf(before(workload)) } }], ports: [serving] },
      ...(servesItsNamespace(workload) ? [{ from: [{ podSelector: {} }], ports: [sharedPort(workload)] }] : []),
    ],
    ...(isClosedOutward(workload) ? { egress: egress(workload, count) } : {}),
  },
})

const directions = (workload: number): string[] => ['Ingress', ...(isClosedOutward(workload) ? ['Egress'] : [])]

const egress = (workload: number, count: number): object[] => [
  { to: [{ namespaceSelector: { matchLabels: { [namespaceName]: namespaceOf(after(workload, count)) } } }], ports: [serving] },
  {
    to: [
      { namespaceSelector: { matchLabels: { [namespaceName]: 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
    ],
    ports: dnsPorts,
  },
  ...(usesPodIdentity(workload) ? [{ to: [{ ipBlock: { cidr: agent.cidr } }], ports: agent.ports }] : []),
]

interface Pods {
  ofWorkload(workload: number): readonly PlacedPod[]
  ofNamespace(namespace: string): readonly PlacedPod[]
  readonly ofDns: readonly PlacedPod[]
}

function policyEndpoint(workload: number, count: number, { ofWorkload, ofNamespace, ofDns }: Pods): object {
  const namespace = namespaceOf(workload)
  const peers = (pods: readonly PlacedPod[], ports: object[]) =>
    pods.filter(({ address, node }) => address !== nodeAddress(node)).map(({ address }) => ({ cidr: address, ports }))
  return {
    apiVersion: 'networking.k8s.aws/v1alpha1',
    kind: 'PolicyEndpoint',
    metadata: { name: `app-${workload}-x7k2p`, namespace },
    spec: {
      policyRef: { name: `app-${workload}`, namespace },
      podIsolation: directions(workload),
      podSelector: { matchLabels: labelsOf(workload) },
      podSelectorEndpoints: ofWorkload(workload).map(pod => ({
        hostIP: nodeAddress(pod.node),
        podIP: pod.address,
        name: pod.name,
        namespace,
      })),
      ingress: [
        ...peers(ofWorkload(before(workload)), [serving]),
        ...(servesItsNamespace(workload) ? peers(ofNamespace(namespace), [sharedPort(workload)]) : []),
      ],
      ...(isClosedOutward(workload)
        ? {
            egress: [
              ...peers(ofNamespace(namespaceOf(after(workload, count))), [serving]),
              ...peers(ofDns, dnsPorts),
              ...(usesPodIdentity(workload) ? [agent] : []),
            ],
          }
        : {}),
    },
  }
}

/** A service for each workload and for DNS, with its endpoints. */
export function generateServices(size: WorldSize): readonly object[] {
  const byWorkload = Map.groupBy(placePods(size), ({ of }) => (of === 'dns' ? of : 'workload' in of ? of.workload : 'daemon'))
  const http = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }]
  const dns = dnsPorts.map(({ protocol, port }) => ({ name: `dns-${protocol.toLowerCase()}`, port, targetPort: port, protocol }))
  return [
    ...numbered(size.serviceAccounts, workload => {
      const address = `172.20.${Math.floor(workload / 250)}.${(workload % 250) + 1}`
      return serviceOf(`app-${workload}`, labelsOf(workload), address, http, byWorkload.get(workload) ?? [], namespaceOf(workload))
    }).flat(),
    ...serviceOf('kube-dns', { 'k8s-app': 'kube-dns' }, '172.20.200.10', dns, byWorkload.get('dns') ?? [], 'kube-system'),
  ]
}

type ServicePort = { readonly name: string; readonly port: number; readonly targetPort: number; readonly protocol: string }

const serviceOf = (
  name: string,
  selector: Readonly<Record<string, string>>,
  clusterIP: string,
  ports: readonly ServicePort[],
  pods: readonly PlacedPod[],
  namespace: string,
): object[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: selector },
    spec: { clusterIP, clusterIPs: [clusterIP], selector, ports },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-6tqkd`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: pods.map(pod => ({
      addresses: [pod.address],
      conditions: { ready: true },
      nodeName: nodeName(pod.node),
      targetRef: { kind: 'Pod', name: pod.name, namespace },
    })),
    ports: ports.map(port => ({ name: port.name, port: port.targetPort, protocol: port.protocol })),
  },
]
