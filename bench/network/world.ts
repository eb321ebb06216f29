import type { PolicyInput } from '#network/input.ts'

/** As many pods and policies as asked for, in a shape that clusters have: see `sizes` of the bench. */
export interface Shape {
  readonly pods: number
  readonly policies: number
  /** Workloads: pods of one differ in nothing that a policy asks for. */
  readonly workloads: number
}

/** The same numbers each time. */
function numbers(start: number): (below: number) => number {
  let state = start
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const meta = (namespace: string, name: string, labels: Record<string, string>) => ({ name, namespace, labels })

export function makeWorld({ pods, policies, workloads }: Shape, engine: 'aws-vpc-cni' | 'upstream'): PolicyInput {
  const below = numbers(7)
  const namespaces = Math.max(4, Math.round(workloads / 20))
  const nodes = Math.max(2, Math.round(pods / 50))
  const appsPerNamespace = Math.ceil(workloads / namespaces)
  const home = (workload: number) => `ns-${workload % namespaces}`
  const app = (workload: number) => `app-${Math.floor(workload / namespaces)}`
  const labelsOf = (workload: number) => ({
    app: app(workload),
    tier: ['web', 'api', 'db'][workload % 3]!,
    'pod-template-hash': `h${workload}`,
  })
  const listPods = Array.from({ length: pods }, (_, i) => {
    const workload = i % workloads
    const name = `${app(workload)}-h${workload}-${i}`
    return {
      metadata: meta(home(workload), name, { ...labelsOf(workload), 'statefulset.kubernetes.io/pod-name': name }),
      spec: {
        nodeName: `node-${i % nodes}`,
        containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 8000 + (workload % 50), protocol: 'TCP' }] }],
      },
      status: {
        podIP: `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
        hostIP: `10.200.${((i % nodes) >> 8) & 255}.${(i % nodes) & 255}`,
      },
    }
  })
  const anyPort = () => ({ protocol: 'TCP', port: 1000 + below(Math.max(40, Math.round(policies / 6))) * 10 })
  const peer = () => {
    const kind = below(4)
    if (kind === 0)
      return {
        namespaceSelector: { matchLabels: { team: `team-${below(8)}` } },
        podSelector: { matchLabels: { tier: ['web', 'api', 'db'][below(3)]! } },
      }
    if (kind === 1) return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `ns-${below(namespaces)}` } } }
    return { podSelector: { matchLabels: { app: `app-${below(appsPerNamespace)}` } } }
  }
  const policy = (i: number) => {
    const workload = below(workloads)
    const types = [['Ingress'], ['Ingress'], ['Egress'], ['Ingress', 'Egress']][below(4)]!
    const rule = (key: 'from' | 'to') => ({
      [key]: Array.from({ length: 1 + below(2) }, peer),
      ports: Array.from({ length: 1 + below(3) }, anyPort),
    })
    const block = { to: [{ ipBlock: { cidr: `172.${16 + below(16)}.${below(16) * 16}.0/20` } }], ports: [{ protocol: 'TCP', port: 443 }] }
    return {
      metadata: { name: `policy-${i}`, namespace: home(workload) },
      spec: {
        podSelector: below(5) === 0 ? {} : { matchLabels: { app: app(workload) } },
        policyTypes: types,
        ...(types.includes('Ingress') && { ingress: [rule('from')] }),
        ...(types.includes('Egress') && { egress: [rule('to'), ...(below(4) === 0 ? [block] : [])] }),
      },
    }
  }
  const none = { all: [] }
  return {
    engine: { value: engine },
    mode: { value: 'standard' },
    namespaces: {
      all: Array.from({ length: namespaces }, (_, i) => ({ metadata: { name: `ns-${i}`, labels: { team: `team-${i % 8}` } } })),
    },
    pods: { all: listPods as never[] },
    nodes: { all: Array.from({ length: nodes }, (_, i) => ({ metadata: { name: `node-${i}` } })) },
    networkPolicies: { all: Array.from({ length: policies }, (_, i) => policy(i)) as never[] },
    applicationNetworkPolicies: none,
    awsClusterNetworkPolicies: none,
    clusterNetworkPolicies: none,
    adminNetworkPolicies: none,
    baselineAdminNetworkPolicies: none,
    services: none,
    endpointSlices: none,
  }
}
