import type { PolicyInput } from '#network/input.ts'

/** `web.shop app=web 10.0.0.1 node-1`: parts of a pod that policies see. */
export interface TestPod {
  readonly labels?: Readonly<Record<string, string>>
  readonly ip?: string
  readonly node?: string
  readonly ports?: Readonly<Record<string, number>>
  readonly more?: Readonly<Record<string, unknown>>
}

/** An input of the few objects that a test is about: pods by `namespace/name`, namespaces by their labels. */
export function testInput(parts: {
  readonly pods: Readonly<Record<string, TestPod>>
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly policies?: Readonly<Record<string, object>>
  readonly lists?: Partial<Record<keyof PolicyInput, readonly object[]>>
  readonly engine?: 'aws-vpc-cni' | 'upstream' | 'none'
  readonly mode?: 'standard' | 'strict'
}): PolicyInput {
  const split = (id: string) => ({ namespace: id.split('/')[0]!, name: id.split('/')[1]! })
  const pods = Object.entries(parts.pods).map(([id, { labels = {}, ip, node = 'node-1', ports = {}, more = {} }], i) => ({
    metadata: { ...split(id), labels, ...(more.metadata as object) },
    spec: {
      nodeName: node,
      containers: [
        { name: 'main', ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })) },
      ],
      ...(more.spec as object),
    },
    status: { podIP: ip ?? `10.0.0.${i + 1}`, hostIP: node === 'node-1' ? '10.9.0.1' : '10.9.0.2', ...(more.status as object) },
  }))
  const names = new Set([...Object.keys(parts.namespaces ?? {}), ...Object.keys(parts.pods).map(id => split(id).namespace)])
  const list = (name: keyof PolicyInput) => ({ all: (parts.lists?.[name] ?? []) as never[] })
  return {
    engine: { value: parts.engine ?? 'upstream' },
    mode: { value: parts.mode ?? 'standard' },
    namespaces: { all: [...names].map(name => ({ metadata: { name, labels: { ...parts.namespaces?.[name] } } })) },
    pods: { all: pods },
    nodes: {
      all: ['1', '2'].map(n => ({
        metadata: { name: `node-${n}` },
        status: { addresses: [{ type: 'InternalIP', address: `10.9.0.${n}` }] },
      })) as never[],
    },
    networkPolicies: { all: Object.entries(parts.policies ?? {}).map(([id, spec]) => ({ metadata: split(id), spec })) as never[] },
    applicationNetworkPolicies: list('applicationNetworkPolicies'),
    awsClusterNetworkPolicies: list('awsClusterNetworkPolicies'),
    clusterNetworkPolicies: list('clusterNetworkPolicies'),
    adminNetworkPolicies: list('adminNetworkPolicies'),
    baselineAdminNetworkPolicies: list('baselineAdminNetworkPolicies'),
    services: list('services'),
    endpointSlices: list('endpointSlices'),
  }
}
