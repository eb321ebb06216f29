import { requirementsOf, type Labels, type LabelSelector } from '#joints/label-selector.ts'
import { policiesOf, requireLists, type ClusterPolicies, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { containsCidr, parseCidr } from '#network/addresses.ts'
import type { Direction } from '#network/policy-layer.ts'
import { clusterOf, deviationLists, enforcedByAws } from './deviation-verdict.ts'
import { findClusterPolicy, peersOf, type AwsClusterPolicy } from './policy-rewrites.ts'

type Spec = NonNullable<AwsClusterPolicy['body']['spec']>
type Rule = NonNullable<Spec['ingress']>[number] | NonNullable<Spec['egress']>[number]
type Port = NonNullable<Rule['ports']>[number]

/**
 * Policies of one tier and priority that say different things of the same pods, peers and ports. The later of two by name is the subject's partner.
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function priorityVerdict(world: PolicyLayerReader, policy: AwsClusterPolicy): Verdict {
  const policies = policiesOf(world, clusterOf(policy))
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, deviationLists)
  const { spec } = policy.body
  if (spec === undefined) return skip('it has no specification')
  const others = policies.input.awsClusterNetworkPolicies.all.filter(
    other => other.spec?.tier === spec.tier && other.spec.priority === spec.priority && other.metadata.name > policy.id,
  )
  for (const { metadata } of others) {
    const other = findClusterPolicy(policies, metadata.name)
    const clash = other === undefined ? undefined : clashOf(policies, policy, other)
    if (other === undefined || clash === undefined) continue
    return fail({
      message: `ClusterNetworkPolicy ${policy.id} and ${other.id} have one priority and say different things of the same pods`,
      evidence: [
        policy.at(['spec', 'priority'], `the priority of both is ${spec.priority}`),
        policy.at([...clash.own, 'action'], 'this rule says one thing'),
        other.at([...clash.other, 'action'], 'and this one another, of a pod, a peer and a port that both speak of'),
      ],
      effect:
        'Which of them wins is not defined by the API; the engine of the VPC CNI takes Deny before Accept before Pass, and another may take the other.',
      help: 'Give them different priorities: the lower number wins.',
      key: other.id,
    })
  }
  return pass(policy.at(['spec', 'priority'], 'no policy of this tier and priority says another thing of the same'))
}

interface Clash {
  readonly own: readonly (string | number)[]
  readonly other: readonly (string | number)[]
}

function clashOf(policies: ClusterPolicies, policy: AwsClusterPolicy, other: AwsClusterPolicy): Clash | undefined {
  const subjects = intersecting(podsOf(policies, policy.body.spec?.subject), podsOf(policies, other.body.spec?.subject))
  if (!subjects) return undefined
  for (const direction of ['ingress', 'egress'] as const) {
    const theirs = rulesOf(other, direction)
    for (const [i, rule] of rulesOf(policy, direction).entries()) {
      const j = theirs.findIndex(
        each => each.action !== rule.action && portsMeet(rule.ports, each.ports) && peersMeet(policies, rule, each),
      )
      if (j >= 0) return { own: ['spec', direction, i], other: ['spec', direction, j] }
    }
  }
  return undefined
}

const rulesOf = (policy: AwsClusterPolicy, direction: Direction): readonly Rule[] => policy.body.spec?.[direction] ?? []

interface Peer {
  readonly namespaces?: LabelSelector
  readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector }
  readonly networks?: readonly string[]
}

function peersMeet(policies: ClusterPolicies, a: Rule, b: Rule): boolean {
  const [some, others] = [peersOf(a) as readonly Peer[], peersOf(b) as readonly Peer[]]
  return some.some(left => others.some(right => peerMeets(policies, left, right)))
}

function peerMeets(policies: ClusterPolicies, a: Peer, b: Peer): boolean {
  const [left, right] = [blocksOf(a), blocksOf(b)]
  if (left.some(block => right.some(other => containsCidr(block, other) || containsCidr(other, block)))) return true
  return intersecting(podsOf(policies, a), podsOf(policies, b))
}

const blocksOf = ({ networks = [] }: Peer) => networks.flatMap(text => parseCidr(text) ?? [])

const intersecting = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some(each => b.has(each))

const selections = new WeakMap<object, ReadonlySet<string>>()

function podsOf({ input }: ClusterPolicies, selection: Peer | undefined): ReadonlySet<string> {
  if (selection === undefined || (selection.namespaces === undefined && selection.pods === undefined)) return new Set()
  const known = selections.get(selection)
  if (known !== undefined) return known
  const inNamespace = requirementsOf(selection.namespaces ?? selection.pods?.namespaceSelector)
  const isPod = requirementsOf(selection.pods?.podSelector)
  const namespaces = new Set(
    input.namespaces.all.flatMap(({ metadata: { name, labels } }) => {
      const all: Labels = { 'kubernetes.io/metadata.name': name, ...labels }
      return inNamespace.every(each => each.holds(all)) ? [name] : []
    }),
  )
  const pods = input.pods.all.filter(
    ({ metadata, spec }) =>
      spec?.hostNetwork !== true && namespaces.has(metadata.namespace) && isPod.every(each => each.holds(metadata.labels ?? {})),
  )
  const set = new Set(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
  selections.set(selection, set)
  return set
}

/** No ports are all of them. */
function portsMeet(a: readonly Port[] | undefined, b: readonly Port[] | undefined): boolean {
  if (a === undefined || a.length === 0 || b === undefined || b.length === 0) return true
  return a.some(left => b.some(right => portMeets(rangeOf(left), rangeOf(right))))
}

type Range = readonly [protocol: string, from: number, to: number] | undefined

function rangeOf({ portNumber, portRange }: Port): Range {
  if (portNumber !== undefined) return [portNumber.protocol, portNumber.port, portNumber.port]
  return portRange === undefined ? undefined : [portRange.protocol ?? 'TCP', portRange.start, portRange.end]
}

const portMeets = (a: Range, b: Range): boolean => a !== undefined && b !== undefined && a[0] === b[0] && a[1] <= b[2] && b[1] <= a[2]
