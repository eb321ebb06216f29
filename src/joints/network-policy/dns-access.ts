import { policiesOf, requireLists, type ClusterPolicies, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { workloadKinds, workloadsOf, type Workload } from '#joints/workloads.ts'
import { Unread } from '#base/errors.ts'
import type { Evidence } from '#model/resource.ts'
import type { LayerAnswer } from '#network/question.ts'
import { placeOf } from './deviation-verdict.ts'
import { podIdsOf } from './workload-deviations.ts'

interface DeniedDns {
  readonly workload: Workload
  readonly protocol: 'UDP' | 'TCP'
}

/** Whom the policies of CoreDNS let ask. */
export interface DnsAccess {
  readonly denied: readonly DeniedDns[]
  /** How many workloads ask. */
  readonly asked: number
  /** The policies that say so. */
  readonly by: readonly Evidence[]
  /** What denies is that no rule of a namespace's policies admits: one more would. */
  readonly isLiftedByRule: boolean
}

/**
 * Undefined when no policy of CoreDNS limits who asks. In strict mode pods without any policy are closed as well, which is another finding.
 * @throws Unread when what decides was not read
 */
export function dnsAccessOf(world: PolicyLayerReader, cluster: string): DnsAccess | undefined {
  const policies = policiesOf(world, cluster)
  requireLists(policies.input, ['pods', 'namespaces', 'networkPolicies', 'awsClusterNetworkPolicies', 'clusterNetworkPolicies'])
  const layer = policies.layer()
  const servers = serversOf(policies)
  const [server] = servers.filter(pod => (layer.classOf(pod)?.policies.ingress.length ?? 0) > 0)
  if (layer.engine === undefined)
    throw new Unread(layer.missing[0] ?? { kind: 'k8s/DaemonSet', reason: 'who enforces policies was not read' })
  if (server === undefined || layer.engine === 'none' || layer.classOf(server)?.unenforced !== undefined) return undefined
  const answers = new Map<string, LayerAnswer>()
  const ask = (pod: string, protocol: 'UDP' | 'TCP'): LayerAnswer => {
    const key = `${protocol} ${layer.classOf(pod)?.id ?? pod}`
    const answer = answers.get(key) ?? layer.answer('ingress', server, { pod }, protocol, 53)
    answers.set(key, answer)
    return answer
  }
  const clients = workloadsOf(world).filter(workload => workload.cluster === cluster && asksClusterDns(workload))
  const denied = clients.flatMap(workload =>
    (['UDP', 'TCP'] as const).flatMap(protocol =>
      podIdsOf(policies, workload).some(pod => ask(pod, protocol).verdict === 'deny') ? [{ workload, protocol }] : [],
    ),
  )
  const all = [...answers.values()]
  const deciding = denied.length > 0 ? all.filter(({ verdict }) => verdict === 'deny') : all
  if (denied.length === 0) for (const kind of workloadKinds) world.list(kind, { cluster })
  const unsure = denied.length === 0 ? all.find(({ verdict }) => verdict === 'unknown') : undefined
  if (unsure !== undefined) throw new Unread(unsure.fact ?? { kind: 'k8s/NetworkPolicy', reason: unsure.reason })
  const rules = deciding.flatMap(({ by, asked = [] }) => (by.length > 0 ? by : asked))
  const places = rules.flatMap(
    rule => placeOf(policies, rule, denied.length > 0 ? 'no rule of it lets these pods ask' : 'it lets pods ask') ?? [],
  )
  return {
    denied,
    asked: clients.length,
    by: [...new Map(places.map(each => [`${each.resource.id} ${each.path.join('.')}`, each])).values()],
    isLiftedByRule: deciding.every(({ layer: of, by }) => of === 'networkPolicy' && by.length === 0),
  }
}

function asksClusterDns({ template: { spec } }: Workload): boolean {
  const { hostNetwork, dnsPolicy = 'ClusterFirst' } = spec
  return hostNetwork !== true && dnsPolicy === 'ClusterFirst'
}

/** The pods of the Service's selector. */
function serversOf(policies: ClusterPolicies): readonly string[] {
  const service = policies.input.services.all.find(({ metadata }) => metadata.namespace === 'kube-system' && metadata.name === 'kube-dns')
  const selector = Object.entries(service?.spec?.selector ?? {})
  if (selector.length === 0) return []
  const { all } = policies.input.pods
  const own = all.filter(
    ({ metadata }) => metadata.namespace === 'kube-system' && selector.every(([key, value]) => metadata.labels?.[key] === value),
  )
  return own.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}
