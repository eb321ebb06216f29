import { identity } from '../versions.ts'
import type { NodeLink } from './link.ts'
import { controlGroupOf } from './control-groups.ts'

/** Of cluster DNS, within the API server's network of Services, where EKS has it too. */
const dnsAddress = '10.100.0.10'

export const pauseImage = 'docker.io/lab/pause:1'

/** What a node of EKS in this region would be called. */
export const nodeNameOf = (link: NodeLink): string => `ip-${link.nodeAddress.replaceAll('.', '-')}.${identity.region}.compute.internal`

/** What EKS and its cloud provider put on a node of a managed node group. */
export const nodeLabels: Readonly<Record<string, string>> = {
  'eks.amazonaws.com/nodegroup': 'lab',
  'eks.amazonaws.com/capacityType': 'ON_DEMAND',
  'node.kubernetes.io/instance-type': 'm5.large',
  'topology.kubernetes.io/region': identity.region,
  'topology.kubernetes.io/zone': `${identity.region}a`,
}

export function containerdConfiguration(input: {
  readonly directory: string
  readonly socket: string
  readonly networkPlugins: string
}): string {
  const criPlugin = 'plugins."io.containerd.grpc.v1.cri"'
  return [
    'version = 2',
    `root = "${input.directory}/containerd"`,
    'state = "/run/containerd"',
    '[grpc]',
    `address = "${input.socket}"`,
    `[${criPlugin}]`,
    `sandbox_image = "${pauseImage}"`,
    // Without CAP_SYS_RESOURCE, as in many CI machines, runc dies of lowering a score: "can't get final child's PID from pipe: EOF".
    'restrict_oom_score_adj = true',
    `[${criPlugin}.containerd]`,
    'snapshotter = "overlayfs"',
    `[${criPlugin}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${criPlugin}.cni]`,
    `bin_dir = "${input.networkPlugins}"`,
    `conf_dir = "${input.directory}/network"`,
    '',
  ].join('\n')
}

/**
 * Every packet between pods is routed through the node, as with the VPC CNI of EKS; so kube-proxy sees it without a
 * bridge's netfilter hooks, and a pod reaches itself through its own Service.
 */
export const networkConfiguration = (link: NodeLink): object => ({
  cniVersion: '0.4.0',
  name: 'lab',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: { type: 'host-local', ranges: [[{ subnet: link.podNetwork }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
})

export const kubeletConfiguration = (input: {
  readonly lab: string
  readonly directory: string
  readonly socket: string
  readonly link: NodeLink
  readonly instanceId: string
}): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  providerID: `aws:///${identity.region}a/${input.instanceId}`,
  // Refused by default since 1.35; many machines still have the hierarchies of version 1.
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${controlGroupOf(input.lab)}`,
  enforceNodeAllocatable: [],
  containerRuntimeEndpoint: `unix://${input.socket}`,
  // Reachable from the lab's own network only; EKS asks the API server instead.
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  address: input.link.nodeAddress,
  readOnlyPort: 0,
  failSwapOn: false,
  volumePluginDir: '/var/lib/kubelet/volumeplugins',
  // What pods with dnsPolicy Default get: nothing of the machine's own.
  resolvConf: `${input.directory}/resolv.conf`,
  clusterDNS: [dnsAddress],
  clusterDomain: 'cluster.local',
  // Images were imported: one that is collected could not be pulled again.
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
})

export const kubeProxyConfiguration = (input: {
  readonly kubeconfig: string
  readonly nodeName: string
  readonly link: NodeLink
}): object => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clientConnection: { kubeconfig: input.kubeconfig },
  hostnameOverride: input.nodeName,
  clusterCIDR: input.link.podNetwork,
  bindAddress: input.link.nodeAddress,
  healthzBindAddress: '127.0.0.1:10256',
  metricsBindAddress: '127.0.0.1:10249',
  // The table's size is the machine's and cannot be set from a network namespace.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
})

/** CoreDNS as EKS runs it: the same names, labels, Service address and plugins; without an upstream, since there is none. */
export function coreDnsManifests(): string {
  const metadata = {
    name: 'coredns',
    namespace: 'kube-system',
    labels: { 'k8s-app': 'kube-dns', 'eks.amazonaws.com/component': 'coredns' },
  }
  const named = (name: string) => ({ name, labels: metadata.labels })
  const subject = { kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }
  const selector = { 'k8s-app': 'kube-dns' }
  const zone = 'kubernetes cluster.local in-addr.arpa ip6.arpa {\n    pods insecure\n    ttl 5\n  }'
  const corefile = `.:53 {\n  errors\n  health {\n    lameduck 0s\n  }\n  ready\n  ${zone}\n  cache 5\n  loadbalance\n}\n`
  return documents([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: named('system:coredns'),
      rules: [
        { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: named('system:coredns'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [subject],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: coreDnsDeployment(selector) },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: 'kube-dns' },
      spec: {
        clusterIP: dnsAddress,
        selector,
        ports: ['UDP', 'TCP'].map(protocol => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol })),
      },
    },
  ])
}

const coreDnsDeployment = (selector: Readonly<Record<string, string>>) => ({
  selector: { matchLabels: selector },
  template: {
    metadata: { labels: selector },
    spec: {
      serviceAccountName: 'coredns',
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'config-volume', configMap: { name: 'coredns' } }],
      containers: [
        {
          name: 'coredns',
          image: 'docker.io/lab/coredns:1',
          args: ['-conf', '/etc/coredns/Corefile'],
          volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
          readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        },
      ],
    },
  },
})

/** Several objects as one text for `kubectl apply`. */
const documents = (objects: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
