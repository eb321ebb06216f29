import { clusterName, region } from './workload-sorts.ts'

/** What runs on every node. */
export interface Daemon {
  readonly name: string
  readonly namespace: string
  readonly hostNetwork: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly spec: { readonly serviceAccountName?: string; readonly containers: readonly object[]; readonly [field: string]: unknown }
}

const named = (name: string) => ({ 'app.kubernetes.io/name': name })
const value = (name: string, text: string) => ({ name, value: text })
const hostFolder = (name: string, path: string) => ({ name, hostPath: { path } })
const providers = '/var/run/secrets-store-csi-providers'
const providersMount = { name: 'providers', mountPath: providers }

export const daemons: readonly Daemon[] = [
  {
    name: 'aws-node',
    namespace: 'kube-system',
    hostNetwork: true,
    labels: { 'k8s-app': 'aws-node' },
    spec: {
      serviceAccountName: 'aws-node',
      initContainers: [
        {
          name: 'aws-vpc-cni-init',
          image: 'registry.example/amazon-k8s-cni-init:v1.20.1',
          env: [value('DISABLE_TCP_EARLY_DEMUX', 'true')],
        },
      ],
      containers: [
        {
          name: 'aws-node',
          image: 'registry.example/amazon-k8s-cni:v1.20.1',
          env: [
            value('ENABLE_POD_ENI', 'true'),
            value('POD_SECURITY_GROUP_ENFORCING_MODE', 'standard'),
            value('NETWORK_POLICY_ENFORCING_MODE', 'standard'),
          ],
        },
        { name: 'aws-eks-nodeagent', image: 'registry.example/aws-network-policy-agent:v1.2.7', args: ['--enable-network-policy=true'] },
      ],
    },
  },
  {
    name: 'kube-proxy',
    namespace: 'kube-system',
    hostNetwork: true,
    labels: { 'k8s-app': 'kube-proxy' },
    spec: {
      serviceAccountName: 'kube-proxy',
      containers: [{ name: 'kube-proxy', image: 'registry.example/kube-proxy:v1.35.0', command: ['kube-proxy', '--v=2'] }],
    },
  },
  {
    name: 'eks-pod-identity-agent',
    namespace: 'kube-system',
    hostNetwork: true,
    labels: named('eks-pod-identity-agent'),
    spec: { containers: [{ name: 'eks-pod-identity-agent', image: 'registry.example/eks-pod-identity-agent:v0.1.37' }] },
  },
  {
    name: 'ebs-csi-node',
    namespace: 'kube-system',
    hostNetwork: false,
    labels: { app: 'ebs-csi-node' },
    spec: {
      serviceAccountName: 'ebs-csi-node-sa',
      containers: [{ name: 'ebs-plugin', image: 'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.60.0', args: ['node'] }],
    },
  },
  {
    name: 'secrets-store-csi-driver',
    namespace: 'kube-system',
    hostNetwork: false,
    labels: { app: 'secrets-store-csi-driver' },
    spec: {
      serviceAccountName: 'secrets-store-csi-driver',
      containers: [
        {
          name: 'secrets-store',
          image: 'registry.k8s.io/csi-secrets-store/driver:v1.6.0',
          args: [
            '--nodeid=$(KUBE_NODE_NAME)',
            `--provider-volume=${providers}`,
            '--enable-secret-rotation=true',
            '--rotation-poll-interval=5m',
          ],
          volumeMounts: [providersMount],
        },
      ],
      volumes: [hostFolder('providers', providers)],
    },
  },
  {
    name: 'csi-secrets-store-provider-aws',
    namespace: 'kube-system',
    hostNetwork: false,
    labels: { app: 'csi-secrets-store-provider-aws' },
    spec: {
      serviceAccountName: 'csi-secrets-store-provider-aws',
      containers: [
        {
          name: 'provider-aws-installer',
          image: 'public.ecr.aws/aws-secrets-manager/secrets-store-csi-driver-provider-aws:3.1.1',
          args: [`--provider-volume=${providers}`],
          volumeMounts: [providersMount],
        },
      ],
      volumes: [hostFolder('providers', providers)],
    },
  },
  {
    name: 'cloudwatch-agent',
    namespace: 'amazon-cloudwatch',
    hostNetwork: true,
    labels: named('cloudwatch-agent'),
    spec: {
      serviceAccountName: 'cloudwatch-agent',
      containers: [
        {
          name: 'otc-container',
          image: 'public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300064.1b1344',
          volumeMounts: [{ name: 'otc-internal', mountPath: '/etc/cwagentconfig' }],
        },
      ],
      volumes: [{ name: 'otc-internal', configMap: { name: 'cloudwatch-agent' } }],
    },
  },
  {
    name: 'fluent-bit',
    namespace: 'amazon-cloudwatch',
    hostNetwork: true,
    labels: { 'k8s-app': 'fluent-bit' },
    spec: {
      serviceAccountName: 'cloudwatch-agent',
      containers: [
        {
          name: 'fluent-bit',
          image: 'public.ecr.aws/aws-observability/aws-for-fluent-bit:3.2.4',
          env: [
            value('AWS_REGION', region),
            value('CLUSTER_NAME', clusterName),
            { name: 'HOST_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          ],
          volumeMounts: [{ name: 'fluent-bit-config', mountPath: '/fluent-bit/etc/' }],
        },
      ],
      volumes: [{ name: 'fluent-bit-config', configMap: { name: 'fluent-bit-config' } }],
    },
  },
  {
    name: 'aws-guardduty-agent',
    namespace: 'amazon-guardduty',
    hostNetwork: true,
    labels: { 'k8s-app': 'aws-guardduty-agent' },
    spec: {
      hostPID: true,
      containers: [{ name: 'aws-guardduty-agent', image: 'registry.example/aws-guardduty-agent:v1.12.1' }],
    },
  },
]

/** Every daemon tolerates every taint, as their charts and add-ons have it. */
export const daemonSpec = ({ hostNetwork, spec }: Daemon): object => ({
  ...(hostNetwork ? { hostNetwork } : {}),
  priorityClassName: 'system-node-critical',
  tolerations: [{ operator: 'Exists' }],
  ...spec,
})

export const daemonSet = (daemon: Daemon, nodes: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: daemon.name, namespace: daemon.namespace, labels: { ...daemon.labels, 'app.kubernetes.io/managed-by': 'EKS' } },
  spec: {
    selector: { matchLabels: daemon.labels },
    template: { metadata: { labels: daemon.labels }, spec: daemonSpec(daemon) },
  },
  status: { desiredNumberScheduled: nodes, currentNumberScheduled: nodes, numberReady: nodes, numberMisscheduled: 0 },
})
