import { daemonSet, daemons, daemonSpec, type Daemon } from './daemons.ts'
import { podStatus, secretsMount, secretsVolume } from './generate-secrets.ts'
import { claimMount, claimTemplate, claimVolume, volumeOfPod } from './generate-storage.ts'
import { nodeAddress, placePods, type PlacedPod } from './place-pods.ts'
import {
  hasVolumes,
  hex,
  mountsSecrets,
  namespaceOf,
  nodeName,
  nodesOf,
  numbered,
  roleArn,
  usesPodIdentity,
  type WorldSize,
} from './workload-sorts.ts'

/** Deployments and StatefulSets, DaemonSets, their pods, and what stands beside each pod: statuses of its mounts, its claims and volumes. */
export function generateWorkloads(size: WorldSize): readonly object[] {
  const nodes = nodesOf(size)
  return [
    ...numbered(size.serviceAccounts, workload =>
      hasVolumes(workload) ? [statefulSet(workload)] : [deployment(workload), replicaSet(workload)],
    ).flat(),
    ...daemons.map(daemon => daemonSet(daemon, nodes)),
    dns(),
    ...placePods(size).flatMap((pod, index) => [podOf(pod, size, index), ...besidePod(pod, index)]),
  ]
}

const revision = '5d8c7f9b6'
const labelsOf = (workload: number) => ({ app: `app-${workload}` })

const container = { name: 'app', image: 'registry.example/app:1.0.0', ports: [{ containerPort: 8080 }] }

/** What the author of a workload writes, and what the webhook adds to its pods. */
function workloadSpec(workload: number, pod?: { readonly name: string; readonly role: string }): object {
  const injected = pod === undefined ? undefined : credentials(usesPodIdentity(workload) ? undefined : pod.role)
  const mounts = [
    ...(mountsSecrets(workload) ? [secretsMount] : []),
    ...(hasVolumes(workload) ? [claimMount] : []),
    ...(injected?.mounts ?? []),
  ]
  const volumes = [
    ...(mountsSecrets(workload) ? [secretsVolume(workload)] : []),
    ...(pod !== undefined && hasVolumes(workload) ? [claimVolume(pod.name)] : []),
    ...(injected?.volumes ?? []),
  ]
  return {
    serviceAccountName: `account-${workload}`,
    containers: [
      { ...container, ...(injected === undefined ? {} : { env: injected.env }), ...(mounts.length === 0 ? {} : { volumeMounts: mounts }) },
    ],
    ...(volumes.length === 0 ? {} : { volumes }),
  }
}

/** What the webhook adds: for IRSA where a role is annotated, else for Pod Identity. */
function credentials(role: string | undefined) {
  const [folder, file, name, audience, path] =
    role === undefined
      ? [
          '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
          'eks-pod-identity-token',
          'eks-pod-identity-token',
          'pods.eks.amazonaws.com',
          'eks-pod-identity-token',
        ]
      : ['/var/run/secrets/eks.amazonaws.com/serviceaccount', 'token', 'aws-iam-token', 'sts.amazonaws.com', 'token']
  const env =
    role === undefined
      ? [
          { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
          { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: `${folder}/${file}` },
        ]
      : [
          { name: 'AWS_ROLE_ARN', value: role },
          { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${folder}/${file}` },
        ]
  return {
    env: [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }, ...env],
    mounts: [{ name, mountPath: folder, readOnly: true }],
    volumes: [{ name, projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: 86_400, path } }] } }],
  }
}

const controllerOf = (kind: string, workload: number, spec: object): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload), labels: labelsOf(workload) },
  spec: {
    replicas: 8,
    selector: { matchLabels: labelsOf(workload) },
    template: { metadata: { labels: labelsOf(workload) }, spec: workloadSpec(workload) },
    ...spec,
  },
})

const deployment = (workload: number): object => controllerOf('Deployment', workload, {})

const statefulSet = (workload: number): object =>
  controllerOf('StatefulSet', workload, { serviceName: `app-${workload}`, volumeClaimTemplates: [claimTemplate(workload)] })

const replicaSet = (workload: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: `app-${workload}-${revision}`,
    namespace: namespaceOf(workload),
    labels: { ...labelsOf(workload), 'pod-template-hash': revision },
    ownerReferences: [owner('Deployment', `app-${workload}`)],
  },
  spec: {
    replicas: 8,
    selector: { matchLabels: { ...labelsOf(workload), 'pod-template-hash': revision } },
    template: { metadata: { labels: { ...labelsOf(workload), 'pod-template-hash': revision } }, spec: workloadSpec(workload) },
  },
})

const owner = (kind: string, name: string): object => ({ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true })

function podOf(pod: PlacedPod, size: WorldSize, index: number): object {
  const { labels, owned, spec } = writtenFor(pod, size)
  const branch = [{ eniId: `eni-b${hex(index)}`, privateIp: pod.address, vlanId: 1 + (index % 50), subnetCidr: '10.0.0.0/16' }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      creationTimestamp: '2025-12-20T00:00:00Z',
      labels,
      ...(pod.hasBranch ? { annotations: { 'vpc.amazonaws.com/pod-eni': JSON.stringify(branch) } } : {}),
      ownerReferences: [owned],
    },
    spec: { nodeName: nodeName(pod.node), ...(pod.hasBranch ? withBranch(spec) : spec) },
    status: {
      phase: 'Running',
      hostIP: nodeAddress(pod.node),
      podIP: pod.address,
      startTime: '2025-12-20T00:00:00Z',
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }
}

function writtenFor(pod: PlacedPod, size: WorldSize): { readonly labels: object; readonly owned: object; readonly spec: object } {
  if (pod.of === 'dns') return { labels: dnsLabels, owned: owner('ReplicaSet', 'coredns-6b9575c64c'), spec: dnsSpec }
  if ('daemon' in pod.of) {
    const { daemon } = pod.of
    return { labels: daemon.labels, owned: owner('DaemonSet', daemon.name), spec: injectedDaemon(daemon) }
  }
  const { workload } = pod.of
  const spec = workloadSpec(workload, { name: pod.name, role: roleArn(`role-${workload % size.roles}`) })
  return hasVolumes(workload)
    ? { labels: labelsOf(workload), owned: owner('StatefulSet', `app-${workload}`), spec }
    : {
        labels: { ...labelsOf(workload), 'pod-template-hash': revision },
        owned: owner('ReplicaSet', `app-${workload}-${revision}`),
        spec,
      }
}

/** Of the daemons only the shippers have an association. */
function injectedDaemon(daemon: Daemon): object {
  const spec = daemonSpec(daemon)
  if (daemon.spec.serviceAccountName !== 'cloudwatch-agent') return spec
  const { env, mounts, volumes } = credentials(undefined)
  const containers = daemon.spec.containers.map(each => ({
    ...each,
    env: [...listOf(each, 'env'), ...env],
    volumeMounts: [...listOf(each, 'volumeMounts'), ...mounts],
  }))
  return { ...spec, containers, volumes: [...listOf(spec, 'volumes'), ...volumes] }
}

const listOf = (holder: object, name: string): readonly object[] => (holder as Readonly<Record<string, readonly object[]>>)[name] ?? []

/** What the webhook of security groups for pods adds. */
function withBranch(spec: object): object {
  const one = { 'vpc.amazonaws.com/pod-eni': '1' }
  const { containers } = spec as { readonly containers: readonly object[] }
  return { ...spec, containers: containers.map(each => ({ ...each, resources: { limits: one, requests: one } })) }
}

function besidePod({ name, node, of }: PlacedPod, index: number): readonly object[] {
  if (of === 'dns' || 'daemon' in of) return []
  return [
    ...(mountsSecrets(of.workload) ? [podStatus(name, of.workload, nodeName(node))] : []),
    ...(hasVolumes(of.workload) ? volumeOfPod(name, index, of.workload, node) : []),
  ]
}

const dnsLabels = { 'k8s-app': 'kube-dns' }
const dnsSpec = {
  serviceAccountName: 'coredns',
  containers: [
    {
      name: 'coredns',
      image: 'registry.example/coredns:v1.12.4',
      ports: [
        { containerPort: 53, name: 'dns', protocol: 'UDP' },
        { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
      ],
    },
  ],
}

const dns = (): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'coredns', namespace: 'kube-system', labels: dnsLabels },
  spec: { replicas: 2, selector: { matchLabels: dnsLabels }, template: { metadata: { labels: dnsLabels }, spec: dnsSpec } },
})
