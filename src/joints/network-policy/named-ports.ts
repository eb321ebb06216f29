import { Unread } from '#base/errors.ts'
import { requirementsOf, type Labels, type LabelSelector } from '#joints/label-selector.ts'
import { policiesOf, requireLists, type ClusterPolicies, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Kinds } from '#model/kinds.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { clusterOf, podEvidence, policyName } from './deviation-verdict.ts'

type Pod = Kinds['k8s/Pod']

interface Peer {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: object
}
interface Rule {
  readonly to?: readonly Peer[]
  readonly ports?: readonly { readonly port?: string | number; readonly protocol?: string }[]
}

interface Named {
  readonly path: Path
  readonly name: string
  readonly protocol: string
  /** The pods whose containers are asked for the name: of ingress those that the policy selects, of egress those of the peers. */
  readonly pods: readonly Pod[]
}

/**
 * A named port that no container of the pods it is about has. The engine of the VPC CNI does not look at init containers, where sidecars stand.
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function namedPortVerdict(world: PolicyLayerReader, policy: Resource): Verdict {
  const policies = policiesOf(world, clusterOf(policy))
  const { engine } = policies.input
  if ('unread' in engine) throw new Unread(engine.unread)
  if (engine.value === 'none') return skip('nothing enforces policies here')
  requireLists(policies.input, ['pods', 'namespaces'])
  const named = namedPorts(policies, policy).filter(({ pods }) => pods.length > 0)
  const [first] = named
  if (first === undefined) return skip('it names no port of a pod')
  const withSidecars = engine.value === 'upstream'
  const broken = named.find(each => !each.pods.some(pod => has(pod, each, withSidecars)))
  if (broken === undefined) return pass(policy.at(first.path, 'containers of the pods have this port'))
  const sidecar = withSidecars ? undefined : broken.pods.find(pod => has(pod, broken, true))
  const pod = sidecar ?? broken.pods[0]!
  const id = `${pod.metadata.namespace}/${pod.metadata.name}`
  return fail({
    message: `${policyName(policy)} names port ${broken.name}, which ${sidecar === undefined ? 'no container of its pods has' : 'only a sidecar among the init containers has'}`,
    evidence: [
      policy.at(broken.path, `no container calls a ${broken.protocol} port ${broken.name}`),
      podEvidence(
        policies,
        id,
        sidecar === undefined ? 'one of the pods that are asked for it' : 'the port is one of its init containers, which are not looked at',
      ),
    ],
    effect: 'The port is left out: what it was to allow is dropped, and of a rule with named ports only nothing is left.',
    help: 'Write the number, or give the container port this name.',
  })
}

function namedPorts({ input }: ClusterPolicies, policy: Resource): Named[] {
  const spec = (valueAt(policy.body, ['spec']) ?? {}) as {
    readonly podSelector?: LabelSelector
    readonly ingress?: readonly Rule[]
    readonly egress?: readonly Rule[]
  }
  const { namespace = '' } = valueAt(policy.body, ['metadata']) as { readonly namespace?: string }
  const own = once(() => podsIn(input, undefined, spec.podSelector, namespace))
  return (['ingress', 'egress'] as const).flatMap(direction =>
    (spec[direction] ?? []).flatMap((rule, i) =>
      (rule.ports ?? []).flatMap(({ port, protocol = 'TCP' }, j): Named[] => {
        if (typeof port !== 'string') return []
        const peers = (rule.to ?? []).filter(({ ipBlock }) => ipBlock === undefined)
        const pods =
          direction === 'ingress' ? own() : peers.flatMap(peer => podsIn(input, peer.namespaceSelector, peer.podSelector, namespace))
        return [{ path: ['spec', direction, i, 'ports', j, 'port'], name: port, protocol, pods }]
      }),
    ),
  )
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const podIndexes = new WeakMap<ClusterPolicies['input'], ReadonlyMap<string, readonly Pod[]>>()

function podsIn(
  input: ClusterPolicies['input'],
  namespaces: LabelSelector | undefined,
  pods: LabelSelector | undefined,
  own: string,
): readonly Pod[] {
  let index = podIndexes.get(input)
  if (index === undefined) {
    index = Map.groupBy(input.pods.all, ({ metadata }) => metadata.namespace)
    podIndexes.set(input, index)
  }
  const isInside = namespaces === undefined ? undefined : selecting(namespaces)
  const names =
    isInside === undefined
      ? [own]
      : input.namespaces.all.flatMap(({ metadata: { name, labels } }) =>
          isInside({ 'kubernetes.io/metadata.name': name, ...labels }) ? [name] : [],
        )
  const isPod = selecting(pods)
  return names.flatMap(name => (index.get(name) ?? []).filter(({ metadata }) => isPod(metadata.labels ?? {})))
}

function selecting(selector: LabelSelector | undefined): (labels: Labels) => boolean {
  const requirements = requirementsOf(selector)
  return labels => requirements.every(requirement => requirement.holds(labels))
}

function has({ spec }: Pod, { name, protocol }: Named, withSidecars: boolean): boolean {
  const sidecars = withSidecars ? (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always') : []
  return [...(spec?.containers ?? []), ...sidecars].some(({ ports = [] }) =>
    ports.some(port => port.name === name && (port.protocol ?? 'TCP') === protocol),
  )
}
