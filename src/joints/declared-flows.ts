import type { Traffic } from '#network/network.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import { requirementsOf, type Labels, type LabelSelector } from './label-selector.ts'
import { networkOf, type ClusterNetwork, type ReachReader, type WorkloadPods } from './network.ts'
import { perWorld } from './per-world.ts'
import { templateKinds, type Workload } from './workloads.ts'

type Policy = Resource<'k8s/NetworkPolicy'>
type Rule = NonNullable<NonNullable<Policy['body']['spec']>['ingress']>[number] &
  NonNullable<NonNullable<Policy['body']['spec']>['egress']>[number]
type Peer = NonNullable<Rule['from']>[number]

/** A rule of a policy that names workloads at both ends, and ports: whoever wrote it means these to talk. */
export interface DeclaredRule {
  readonly policy: Policy
  /** The peer in its rule. */
  readonly path: Path
  readonly from: readonly WorkloadPods[]
  readonly to: readonly WorkloadPods[]
  /** What is meant for each destination. */
  readonly traffic: (to: WorkloadPods) => readonly Traffic[]
}

const declaredIn = perWorld((_world: ReachReader) => new Map<string, ReadonlyMap<Workload, readonly DeclaredRule[]>>())

/**
 * The flows that NetworkPolicies declare with a workload at one end: rules with a podSelector that asks for something, and with ports. What a rule
 * allows to everybody, or at every port, says nothing of who is meant to talk.
 * @throws Unread when policies of the cluster may be missing, or when none was found and workloads may be
 */
export function declaredRulesOf(world: ReachReader, workload: Workload): readonly DeclaredRule[] {
  const { cluster } = workload
  world.list('k8s/NetworkPolicy', { cluster })
  const known = declaredIn(world)
  const found = known.get(cluster) ?? indexed(rulesOf(world, networkOf(world, cluster)))
  known.set(cluster, found)
  const own = found.get(workload) ?? []
  if (own.length === 0) for (const kind of [...templateKinds, 'k8s/Pod'] as const) world.list(kind, { cluster })
  return own
}

function indexed(rules: readonly DeclaredRule[]): ReadonlyMap<Workload, readonly DeclaredRule[]> {
  const index = new Map<Workload, DeclaredRule[]>()
  for (const rule of rules) {
    for (const { workload } of new Set([...rule.from, ...rule.to])) {
      const own = index.get(workload)
      if (own === undefined) index.set(workload, [rule])
      else own.push(rule)
    }
  }
  return index
}

function rulesOf(world: ReachReader, view: ClusterNetwork): readonly DeclaredRule[] {
  const select = selector(world, view)
  const policies = world.seen('k8s/NetworkPolicy').filter(({ scope }) => 'cluster' in scope && scope.cluster === view.cluster)
  return policies.flatMap(policy => {
    const { podSelector, policyTypes, ingress = [], egress = [] } = policy.body.spec ?? {}
    const { namespace } = policy.body.metadata
    const isEgress = policyTypes?.includes('Egress') ?? egress.length > 0
    const rules = [
      ...(policyTypes?.includes('Ingress') === false
        ? []
        : ingress.map((rule, at) => ({ rule: rule as Rule, path: ['spec', 'ingress', at, 'from'], isIn: true }))),
      ...(isEgress ? egress.map((rule, at) => ({ rule: rule as Rule, path: ['spec', 'egress', at, 'to'], isIn: false })) : []),
    ]
    if (rules.length === 0) return []
    const own = select(namespace, undefined, podSelector)
    return rules.flatMap(({ rule, path, isIn }) =>
      ((isIn ? rule.from : rule.to) ?? []).flatMap((peer, index) => {
        const others = peersOf(select, namespace, peer)
        if (own.length === 0 || others.length === 0 || (rule.ports ?? []).length === 0) return []
        const isBroad = isIn && requirementsOf(podSelector).length === 0
        return { policy, path: [...path, index], from: isIn ? others : own, to: isIn ? own : others, traffic: trafficOf(rule, isBroad) }
      }),
    )
  })
}

type Select = (namespace: string, namespaces: LabelSelector | undefined, pods: LabelSelector | undefined) => readonly WorkloadPods[]

/** Only peers that ask for labels of pods: a whole namespace is a border, not a caller. */
const peersOf = (select: Select, namespace: string, { podSelector, namespaceSelector }: Peer): readonly WorkloadPods[] =>
  podSelector === undefined || requirementsOf(podSelector).length === 0 ? [] : select(namespace, namespaceSelector, podSelector)

/** Pods of the network of their node are left out: policies are not defined for them. */
function selector(world: ReachReader, view: ClusterNetwork): Select {
  const groups = view.workloads.filter(({ workload, pods }) => workload.template.spec.hostNetwork !== true && pods.length > 0)
  const byNamespace = Map.groupBy(groups, ({ workload }) => workload.namespace)
  const byLabel = indexLabels(groups)
  const labels = new Map<string, Labels>([...byNamespace.keys()].map(name => [name, { 'kubernetes.io/metadata.name': name }]))
  for (const { scope, body } of world.seen('k8s/Namespace'))
    if ('cluster' in scope && scope.cluster === view.cluster)
      labels.set(body.metadata.name, { ...labels.get(body.metadata.name), ...body.metadata.labels })
  const known = new Map<string, readonly WorkloadPods[]>()
  return (namespace, namespaces, pods) => {
    const key = JSON.stringify([namespaces === undefined ? namespace : namespaces, pods ?? {}])
    const found = known.get(key) ?? within(namespaces === undefined ? [namespace] : namespacesOf(labels, namespaces), pods)
    known.set(key, found)
    return found
  }
  function within(names: readonly string[], pods: LabelSelector | undefined): readonly WorkloadPods[] {
    const requirements = requirementsOf(pods)
    const [label] = Object.entries(pods?.matchLabels ?? {})
    const candidates = label === undefined ? byNamespace : byLabel.get(label.join('='))
    return names.flatMap(name =>
      (candidates?.get(name) ?? []).filter(({ workload }) => requirements.every(each => each.holds(workload.template.labels))),
    )
  }
}

/** By `key=value`, then by namespace: most selectors ask for a label that few workloads have. */
function indexLabels(groups: readonly WorkloadPods[]): ReadonlyMap<string, ReadonlyMap<string, readonly WorkloadPods[]>> {
  const pairs = groups.flatMap(group =>
    Object.entries(group.workload.template.labels).map(([key, value]) => ({ label: `${key}=${value}`, group })),
  )
  return new Map(
    [...Map.groupBy(pairs, ({ label }) => label)].map(([label, own]) => [
      label,
      Map.groupBy(
        own.map(({ group }) => group),
        ({ workload }) => workload.namespace,
      ),
    ]),
  )
}

function namespacesOf(labels: ReadonlyMap<string, Labels>, wanted: LabelSelector): readonly string[] {
  const requirements = requirementsOf(wanted)
  return [...labels].flatMap(([name, own]) => (requirements.every(each => each.holds(own)) ? [name] : []))
}

/**
 * Ports by number; by name as the destination's containers have it; of a range, those of the containers that are in it. Where the destination is a
 * whole namespace, only the ports that its containers declare.
 */
function trafficOf({ ports = [] }: Rule, isBroad: boolean): DeclaredRule['traffic'] {
  return ({ workload }) => {
    const declared = (workload.template.spec.containers ?? []).flatMap(({ ports: own = [] }) => own)
    const found = ports.flatMap(({ protocol = 'TCP', port, endPort }): readonly Traffic[] => {
      if (protocol !== 'TCP' && protocol !== 'UDP') return []
      const alike = declared.filter(each => (each.protocol ?? 'TCP') === protocol)
      if (typeof port === 'string' && !/^\d+$/.test(port))
        return alike.flatMap(each => (each.name === port ? [{ protocol, port: each.containerPort }] : []))
      if (port === undefined) return []
      const first = Number(port)
      const last = endPort ?? first
      if (last === first && !isBroad) return [{ protocol, port: first }]
      return alike.flatMap(({ containerPort }) =>
        containerPort >= first && containerPort <= last ? [{ protocol, port: containerPort }] : [],
      )
    })
    return [...new Map(found.map(each => [`${each.protocol}/${each.port}`, each])).values()]
  }
}
