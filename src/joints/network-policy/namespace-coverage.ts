import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import { policiesOf, requireLists, type ClusterPolicies, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { workloadKinds, type Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import type { Direction, PodClass } from '#network/policy-layer.ts'
import { placeOf } from './deviation-verdict.ts'

interface Side {
  /** Pods that some policy closes but for what it names. */
  readonly closed: number
  readonly by: readonly Evidence[]
}

/** How many pods of a namespace are closed by default. */
export interface Coverage extends Readonly<Record<Direction, Side>> {
  readonly pods: number
  readonly openExample?: Workload
}

/** Classes of pods by the namespaces that they are in. */
const classesByNamespace = perWorld((policies: ClusterPolicies): ReadonlyMap<string, readonly PodClass[]> => {
  const found = new Map<string, PodClass[]>()
  for (const each of policies.layer().classes) {
    for (const namespace of new Set(each.namespace === undefined ? each.pods.map(namespaceOf) : [each.namespace])) {
      const list = found.get(namespace)
      if (list === undefined) found.set(namespace, [each])
      else list.push(each)
    }
  }
  return found
})

const namespaceOf = (pod: string): string => pod.slice(0, pod.indexOf('/'))

/**
 * Pods of the host network, of Fargate and others on which nothing is enforced are left out: that is another finding.
 * @throws Unread when pods, or policies that may close them, were not read
 */
export function coverageOf(world: PolicyLayerReader, cluster: string, namespace: string): Coverage | 'nobody enforces' {
  const policies = policiesOf(world, cluster)
  const { engine } = policies.input
  if ('unread' in engine) throw new Unread(engine.unread)
  if (engine.value === 'none') return 'nobody enforces'
  for (const kind of workloadKinds) world.list(kind, { cluster, namespace })
  requireLists(policies.input, [
    'networkPolicies',
    'applicationNetworkPolicies',
    'awsClusterNetworkPolicies',
    'clusterNetworkPolicies',
    'adminNetworkPolicies',
    'baselineAdminNetworkPolicies',
  ])
  const classes = (classesByNamespace(policies).get(namespace) ?? []).filter(({ unenforced }) => unenforced === undefined)
  const count = (list: readonly PodClass[]) =>
    list.reduce((sum, { pods }) => sum + pods.filter(pod => namespaceOf(pod) === namespace).length, 0)
  const isClosed = (direction: Direction) => (each: PodClass) => closing(policies, each, direction).length > 0
  const side = (direction: Direction): Side => {
    const closed = classes.filter(isClosed(direction))
    return { closed: count(closed), by: closed.slice(0, 2).flatMap(each => closing(policies, each, direction).slice(0, 1)) }
  }
  const open = classes.find(each => !isClosed('ingress')(each) || !isClosed('egress')(each))
  const openExample = policies.workloadOf.get(open?.pods.find(pod => namespaceOf(pod) === namespace) ?? '')
  return { pods: count(classes), ingress: side('ingress'), egress: side('egress'), ...(openExample === undefined ? {} : { openExample }) }
}

/** A NetworkPolicy closes what it does not name; a policy of the cluster only what it denies. */
function closing(policies: ClusterPolicies, { policies: own }: PodClass, direction: Direction): readonly Evidence[] {
  return own[direction].flatMap(reference => {
    const isOfNamespace = reference.kind === 'k8s/NetworkPolicy' || reference.kind === 'k8s/ApplicationNetworkPolicy'
    const place = placeOf(policies, { ...reference, path: [] }, `it closes ${direction}`)
    return place !== undefined && (isOfNamespace || denies(place, direction)) ? [place] : []
  })
}

function denies({ resource }: Evidence, direction: Direction): boolean {
  const spec = (resource.body as { readonly spec?: Readonly<Partial<Record<Direction, readonly { readonly action?: string }[]>>> }).spec
  return (spec?.[direction] ?? []).some(({ action }) => action === 'Deny')
}
