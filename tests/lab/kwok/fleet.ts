import { identity } from '../versions.ts'

/** What kwok's cluster is to look like. */
export interface FleetInput {
  readonly nodes: number
  readonly pods: number
  /** Replicas of one Deployment; 25 unless said otherwise. */
  readonly podsPerDeployment?: number
  /** Deployments of one namespace; 20 unless said otherwise. */
  readonly deploymentsPerNamespace?: number
}

/** Instance types of EKS with room for 234 pods each, of two families and both architectures. */
const instanceTypes = [
  { type: 'm5.4xlarge', architecture: 'amd64', cpu: '16', memory: '64Gi' },
  { type: 'c6i.4xlarge', architecture: 'amd64', cpu: '16', memory: '32Gi' },
  { type: 'm7g.4xlarge', architecture: 'arm64', cpu: '16', memory: '64Gi' },
] as const
const podsPerNode = '234'
const zones = ['a', 'b', 'c']

/** Only nodes with it are played. */
export const managedBy = 'kwok.x-k8s.io/node=fake'

/** Node number `index`, as a managed node group of EKS makes it. */
export function fleetNode(index: number): { readonly metadata: { readonly name: string } } {
  const address = `10.1.${Math.floor(index / 250)}.${(index % 250) + 4}`
  const name = `ip-${address.replaceAll('.', '-')}.${identity.region}.compute.internal`
  const zone = `${identity.region}${zones[index % zones.length]}`
  const { type, architecture, cpu, memory } = instanceTypes[index % instanceTypes.length] as (typeof instanceTypes)[number]
  const resources = { cpu, memory, pods: podsPerNode, 'ephemeral-storage': '80Gi' }
  const os = { 'kubernetes.io/arch': architecture, 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name }
  const [key = '', value = ''] = managedBy.split('=')
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [key]: value },
      labels: {
        ...os,
        'node.kubernetes.io/instance-type': type,
        'topology.kubernetes.io/region': identity.region,
        'topology.kubernetes.io/zone': zone,
        'eks.amazonaws.com/nodegroup': `workers-${architecture}`,
        'eks.amazonaws.com/capacityType': index % 4 === 0 ? 'SPOT' : 'ON_DEMAND',
      },
    },
    spec: { providerID: `aws:///${zone}/i-${(index + 1).toString(16).padStart(17, '0')}` },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      capacity: resources,
      allocatable: resources,
      nodeInfo: { architecture, operatingSystem: 'linux', osImage: 'Amazon Linux 2023', containerRuntimeVersion: 'containerd://2.1.4' },
    },
  }
  return node
}

export interface FleetDeployment {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly replicas: number
  readonly manifest: object
}

const components = ['api', 'worker', 'web', 'cache', 'batch']

/** Deployments whose replicas add up to the pods that are wanted: named, labelled and owned as teams do it. */
export function fleetDeployments({ pods, podsPerDeployment = 25, deploymentsPerNamespace = 20 }: FleetInput): FleetDeployment[] {
  return Array.from({ length: Math.ceil(pods / podsPerDeployment) }, (_, index) => {
    const team = Math.floor(index / deploymentsPerNamespace)
    const component = components[index % components.length] as string
    const metadata = { name: `${component}-${index % deploymentsPerNamespace}`, namespace: `team-${team}` }
    const labels = {
      app: metadata.name,
      'app.kubernetes.io/name': metadata.name,
      'app.kubernetes.io/component': component,
      team: metadata.namespace,
      tier: index % 3 === 0 ? 'backend' : 'frontend',
    }
    const replicas = Math.min(podsPerDeployment, pods - index * podsPerDeployment)
    const template = { metadata: { labels }, spec: podSpec(component) }
    const spec = { replicas, selector: { matchLabels: { app: metadata.name } }, template }
    return { metadata, replicas, manifest: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata, labels }, spec } }
  })
}

const podSpec = (component: string) => ({
  serviceAccountName: component,
  containers: [
    {
      name: 'main',
      image: `${identity.accountId}.dkr.ecr.${identity.region}.amazonaws.com/${component}:1.4.2`,
      ports: [{ containerPort: 8080 }],
      resources: { requests: { cpu: '50m', memory: '64Mi' } },
    },
  ],
})

/** The service accounts that pods of a namespace run under. */
export const fleetServiceAccounts = components
