import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { addressText } from '#network/addresses.ts'
import { hasPorts } from '#network/ports.ts'
import type { Direction, Peer, PodClass, PolicyLayer } from '#network/policy-layer.ts'
import type { Protocol } from '#network/question.ts'
import type { NetworkPolicy } from './policy-peers.ts'

/** What the engine was asked to compare; `unproved` where that would take too long. */
export type Comparison = 'same' | 'other' | 'unproved'

/** What a scan spends on all policies of a cluster: versions that are compiled, fewer where each takes a tenth of a second, and verdicts. */
const mostCompiled = (pods: number): number => (pods > 2_000 ? 1 : 100)
const mostVerdicts = 1_000_000

const spent = new WeakMap<ClusterPolicies, { compiled: number; verdicts: number }>()

/**
 * Whether the pods that a policy decides about are treated the same with another version of it: by every pod, address and port that rules tell apart,
 * in the directions in which the versions differ.
 */
export function compareWith(policies: ClusterPolicies, policy: NetworkPolicy, body: object, directions: readonly Direction[]): Comparison {
  const before = policies.layer()
  const sum = spent.get(policies) ?? { compiled: 0, verdicts: 0 }
  spent.set(policies, sum)
  const own = decidedBy(before, policy).flatMap(({ pods }) => pods.slice(0, 1))
  const [pods, addresses, ports] = [podsOf(before), addressesOf(before), portsOf(before)]
  const verdicts = own.length * (pods.length + addresses.length) * ports.length * directions.length
  if (sum.compiled >= mostCompiled(policies.input.pods.all.length) || sum.verdicts + verdicts > mostVerdicts) return 'unproved'
  sum.compiled += 1
  sum.verdicts += verdicts
  const { layer: after, everything, rows } = before.update({ kind: policy.kind, id: policy.id, after: body })
  if (!everything && rows.length > 0) return 'other'
  // Rows say it of pods already, where classes stayed the same.
  const peers = [...(everything ? pods : []), ...addresses]
  const isSame = own.every(pod =>
    peers.every(peer =>
      ports.every(([protocol, port]) =>
        directions.every(
          direction => before.verdict(direction, pod, peer, protocol, port) === after.verdict(direction, pod, peer, protocol, port),
        ),
      ),
    ),
  )
  return isSame ? 'same' : 'other'
}

const classesByPolicy = new WeakMap<PolicyLayer, ReadonlyMap<string, ReadonlySet<PodClass>>>()

/** The classes of pods that a policy decides about. */
export function decidedBy(layer: PolicyLayer, { kind, id }: NetworkPolicy): readonly PodClass[] {
  const known = classesByPolicy.get(layer) ?? byPolicy(layer)
  classesByPolicy.set(layer, known)
  return [...(known.get(`${kind} ${id}`) ?? [])]
}

function byPolicy({ classes }: PolicyLayer): ReadonlyMap<string, ReadonlySet<PodClass>> {
  const found = new Map<string, Set<PodClass>>()
  for (const one of classes) {
    for (const { kind, id } of [...one.policies.ingress, ...one.policies.egress]) {
      const own = found.get(`${kind} ${id}`)
      if (own === undefined) found.set(`${kind} ${id}`, new Set([one]))
      else own.add(one)
    }
  }
  return found
}

const podsOf = ({ classes }: PolicyLayer): readonly Peer[] => classes.flatMap(({ pods }) => pods.slice(0, 1).map(pod => ({ pod })))

const addressesOf = ({ addresses }: PolicyLayer): readonly Peer[] =>
  Array.from({ length: addresses.count }, (_, atom) => ({ address: addressText(addresses.first(atom)) }))

function portsOf({ ports }: PolicyLayer): readonly (readonly [Protocol, number | undefined])[] {
  return Array.from({ length: ports.count }, (_, atom) => ports.range(atom)).flatMap(range =>
    range === undefined ? [] : [[range.protocol, hasPorts(range.protocol) ? range.from : undefined] as const],
  )
}
