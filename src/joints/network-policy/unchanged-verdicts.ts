import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { addressText } from '#network/addresses.ts'
import { hasPorts } from '#network/ports.ts'
import type { Peer, PodClass, PolicyLayer } from '#network/policy-layer.ts'
import type { Protocol } from '#network/question.ts'
import type { NetworkPolicy } from './policy-peers.ts'

/** What the engine was asked to compare; `unproved` where that would take too long. */
export type Comparison = 'same' | 'other' | 'unproved'

/** Verdicts that are compared for one policy, and pods of a cluster in which policies may be compiled anew any number of times. */
const mostVerdicts = 400_000
const fewPods = 2_000
/** In larger clusters. */
const mostCompiled = 3

const compiled = new WeakMap<ClusterPolicies, number>()

/** Whether the pods that a policy decides about are treated the same with another version of it: by every pod, address and port that rules tell apart. */
export function compareWith(policies: ClusterPolicies, policy: NetworkPolicy, body: object): Comparison {
  const before = policies.layer()
  const isLarge = policies.input.pods.all.length > fewPods
  if (isLarge && (compiled.get(policies) ?? 0) >= mostCompiled) return 'unproved'
  const { layer: after, everything, rows } = before.update({ kind: policy.kind, id: policy.id, after: body })
  if (everything) compiled.set(policies, (compiled.get(policies) ?? 0) + 1)
  else if (rows.length > 0) return 'other'
  const own = decidedBy(before, policy).flatMap(({ pods }) => pods.slice(0, 1))
  // Rows say it of pods already, where classes stayed the same.
  const peers = [...(everything ? podsOf(before) : []), ...addressesOf(before)]
  const ports = portsOf(before)
  if (own.length * peers.length * ports.length > mostVerdicts) return 'unproved'
  const isSame = own.every(pod =>
    peers.every(peer =>
      ports.every(([protocol, port]) =>
        (['ingress', 'egress'] as const).every(
          direction => before.verdict(direction, pod, peer, protocol, port) === after.verdict(direction, pod, peer, protocol, port),
        ),
      ),
    ),
  )
  return isSame ? 'same' : 'other'
}

/** The classes of pods that a policy decides about. */
export const decidedBy = ({ classes }: PolicyLayer, policy: NetworkPolicy): readonly PodClass[] =>
  classes.filter(({ policies: { ingress, egress } }) =>
    [...ingress, ...egress].some(({ kind, id }) => kind === policy.kind && id === policy.id),
  )

const podsOf = ({ classes }: PolicyLayer): readonly Peer[] => classes.flatMap(({ pods }) => pods.slice(0, 1).map(pod => ({ pod })))

const addressesOf = ({ addresses }: PolicyLayer): readonly Peer[] =>
  Array.from({ length: addresses.count }, (_, atom) => ({ address: addressText(addresses.first(atom)) }))

function portsOf({ ports }: PolicyLayer): readonly (readonly [Protocol, number | undefined])[] {
  return Array.from({ length: ports.count }, (_, atom) => ports.range(atom)).flatMap(range =>
    range === undefined ? [] : [[range.protocol, hasPorts(range.protocol) ? range.from : undefined] as const],
  )
}
