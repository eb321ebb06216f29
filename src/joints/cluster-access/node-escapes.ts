import { seatsOf } from '#joints/irsa/webhook.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'

/** A setting of a pod with which what runs in it is on the node, or in the node's network. */
export interface Escape {
  /** `runs privileged`. */
  readonly text: string
  readonly path: Path
  /** The node's file system or processes, and with them the tokens of other pods; else only its network, and with it the metadata service. */
  readonly reaches: 'node' | 'network'
}

/** Below these stand the tokens of all pods, the container runtime's socket, or everything. */
const nodePaths = [
  '/',
  '/var',
  '/var/lib',
  '/var/lib/kubelet',
  '/var/lib/kubelet/pods',
  '/proc',
  '/run',
  '/var/run',
  '/run/containerd',
  '/var/run/containerd',
  '/run/containerd/containerd.sock',
  '/var/run/docker.sock',
  '/etc',
  '/etc/kubernetes',
  '/root',
]

/** The strongest first; none for a pod that stays in its place. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export function escapesOf({ template }: Workload): readonly Escape[] {
  const { spec, root } = template
  const at = (...steps: Path): Path => [...root, 'spec', ...steps]
  const found: Escape[] = []
  for (const { group, index, container } of seatsOf(spec)) {
    if (container.securityContext?.privileged === true)
      found.push({
        text: `container ${container.name} runs privileged`,
        path: at(group, index, 'securityContext', 'privileged'),
        reaches: 'node',
      })
    if (container.securityContext?.windowsOptions?.hostProcess === true)
      found.push({
        text: `container ${container.name} is a process of the host`,
        path: at(group, index, 'securityContext', 'windowsOptions', 'hostProcess'),
        reaches: 'node',
      })
  }
  if (spec.hostPID === true) found.push({ text: 'it sees the processes of the node', path: at('hostPID'), reaches: 'node' })
  for (const [index, { name, hostPath }] of (spec.volumes ?? []).entries()) {
    const isMounted = seatsOf(spec).some(({ container }) => (container.volumeMounts ?? []).some(mount => mount.name === name))
    if (hostPath !== undefined && isMounted && nodePaths.includes(hostPath.path.replace(/(.)\/+$/, '$1')))
      found.push({ text: `it mounts ${hostPath.path} of the node`, path: at('volumes', index, 'hostPath', 'path'), reaches: 'node' })
  }
  if (spec.hostNetwork === true) found.push({ text: 'it is in the network of the node', path: at('hostNetwork'), reaches: 'network' })
  return found
}

/**
 * Agents that AWS and Kubernetes put on every node and that cannot work otherwise, by namespace and name of the DaemonSet. Whoever may change those is
 * on the node anyway.
 */
const agents: Readonly<Record<string, readonly string[]>> = {
  'kube-system': [
    'aws-node',
    'kube-proxy',
    'ebs-csi-node',
    'ebs-csi-node-windows',
    'efs-csi-node',
    's3-csi-node',
    'fsx-csi-node',
    'eks-pod-identity-agent',
    'eks-node-monitoring-agent',
    'csi-secrets-store-secrets-store-csi-driver',
    'csi-secrets-store-provider-aws',
    'secrets-store-csi-driver',
    'secrets-store-csi-driver-provider-aws',
    'cilium',
    'calico-node',
    'node-local-dns',
  ],
  'amazon-guardduty': ['aws-guardduty-agent'],
  'amazon-cloudwatch': [
    'cloudwatch-agent',
    'cloudwatch-agent-windows',
    'fluent-bit',
    'fluent-bit-windows',
    'dcgm-exporter',
    'neuron-monitor',
  ],
}

export const isNodeAgent = ({ resource, namespace }: Workload): boolean =>
  resource.kind === 'k8s/DaemonSet' && (agents[namespace] ?? []).includes(resource.body.metadata.name)
