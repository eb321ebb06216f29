/** The few fields of Kubernetes objects that decide, and what the API server fills in where they are absent. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Labels
    readonly annotations?: Labels
  }
  readonly spec?: unknown
  readonly status?: unknown
  readonly [key: string]: unknown
}
export type Labels = Readonly<Record<string, string>>

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

/**
 * Labels and selectors, kubernetes.io: "Working with Kubernetes objects". NotIn and DoesNotExist take objects without the key. A selector that
 * the API would refuse (In without values, an operator that does not exist) takes none.
 */
export function selects(selector: Selector, labels: Labels | undefined): boolean {
  if (!isValid(selector)) return false
  const has = labels ?? {}
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => has[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const present = Object.hasOwn(has, key)
      if (operator === 'In') return present && values.includes(has[key] as string)
      if (operator === 'NotIn') return !present || !values.includes(has[key] as string)
      return operator === 'Exists' ? present : !present
    })
  )
}

export function isValid(selector: Selector): boolean {
  return (selector.matchExpressions ?? []).every(({ operator, values = [] }) => {
    if (operator === 'In' || operator === 'NotIn') return values.length > 0
    return (operator === 'Exists' || operator === 'DoesNotExist') && values.length === 0
  })
}

export type Protocol = 'TCP' | 'UDP' | 'SCTP'
export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: Protocol
}
export interface Pod {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly serviceAccount: string
  readonly node: string | undefined
  readonly hostNetwork: boolean
  readonly nodeSelector: Labels
  readonly address: string | undefined
  readonly hostAddress: string | undefined
  readonly phase: string | undefined
  readonly containers: readonly { readonly ports: readonly ContainerPort[] }[]
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

export function podOf(object: KubernetesObject): Pod {
  const spec = record(object.spec)
  const status = record(object.status)
  const containers = (spec['containers'] ?? []) as readonly { readonly ports?: readonly ContainerPort[] }[]
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace as string,
    labels: object.metadata.labels ?? {},
    annotations: object.metadata.annotations ?? {},
    serviceAccount: (spec['serviceAccountName'] as string | undefined) ?? 'default',
    node: spec['nodeName'] as string | undefined,
    hostNetwork: spec['hostNetwork'] === true,
    nodeSelector: (spec['nodeSelector'] as Labels | undefined) ?? {},
    address: (status['podIP'] as string | undefined) ?? undefined,
    hostAddress: status['hostIP'] as string | undefined,
    phase: status['phase'] as string | undefined,
    containers: containers.map(({ ports = [] }) => ({ ports })),
  }
}

export interface ServicePort {
  readonly name?: string
  readonly protocol: Protocol
  readonly port: number
  readonly targetPort: number | string
}
export interface Service {
  readonly name: string
  readonly namespace: string
  readonly selector: Labels | undefined
  readonly clusterAddress: string | undefined
  readonly ports: readonly ServicePort[]
}

export function serviceOf(object: KubernetesObject): Service {
  const spec = record(object.spec)
  const ports = (spec['ports'] ?? []) as readonly (Partial<ServicePort> & { readonly port: number })[]
  const address = spec['clusterIP'] as string | undefined
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace as string,
    selector: spec['selector'] as Labels | undefined,
    clusterAddress: address === undefined || address === '' || address === 'None' ? undefined : address,
    ports: ports.map(({ name, protocol = 'TCP', port, targetPort = port }) => ({
      ...(name !== undefined && { name }),
      protocol,
      port,
      targetPort: typeof targetPort === 'string' && /^\d+$/.test(targetPort) ? Number(targetPort) : targetPort,
    })),
  }
}

export interface PolicyPort {
  readonly protocol?: Protocol
  readonly port?: number | string
  readonly endPort?: number
}
export interface PolicyPeer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}
export interface PolicyRule {
  readonly peers: readonly PolicyPeer[]
  readonly ports: readonly PolicyPort[]
}
export interface NetworkPolicy {
  readonly name: string
  readonly namespace: string
  readonly podSelector: Selector
  readonly types: readonly ('Ingress' | 'Egress')[]
  readonly ingress: readonly PolicyRule[]
  readonly egress: readonly PolicyRule[]
}

/** With the defaults of the API: the types are Ingress, and Egress where there is an egress rule; the protocol of a port is TCP. */
export function networkPolicyOf(object: KubernetesObject): NetworkPolicy {
  const spec = record(object.spec)
  const rules = (key: 'ingress' | 'egress', peers: 'from' | 'to'): readonly PolicyRule[] =>
    ((spec[key] ?? []) as readonly Record<string, unknown>[]).map(rule => ({
      peers: (rule[peers] ?? []) as readonly PolicyPeer[],
      ports: ((rule['ports'] ?? []) as readonly PolicyPort[]).map(port => ({ ...port, protocol: port.protocol ?? 'TCP' })),
    }))
  const egress = rules('egress', 'to')
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace as string,
    podSelector: (spec['podSelector'] as Selector | undefined) ?? {},
    types: (spec['policyTypes'] as NetworkPolicy['types'] | undefined) ?? (egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']),
    ingress: rules('ingress', 'from'),
    egress,
  }
}

export const ofKind = (objects: readonly KubernetesObject[], kind: string, group?: string): readonly KubernetesObject[] =>
  objects.filter(object => object.kind === kind && (group === undefined || object.apiVersion.startsWith(`${group}/`)))
