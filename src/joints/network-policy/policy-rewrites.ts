import { isDeepStrictEqual } from 'node:util'
import { requirementsOf } from '#joints/label-selector.ts'
import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { removing, setting, targetOf, type Change, type Edit } from '#model/change.ts'
import { kubernetesKinds, type Kinds, type KubernetesKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Deviation, Direction } from '#network/policy-layer.ts'
import type { RuleReference } from '#network/question.ts'

/** Rewrites of ClusterNetworkPolicies of networking.k8s.aws that AWS's engine enforces as they read. */
export const awsClusterPolicy = 'k8s/networking.k8s.aws/ClusterNetworkPolicy'
export type AwsClusterPolicy = Resource<typeof awsClusterPolicy>
type Spec = NonNullable<Kinds[typeof awsClusterPolicy]['spec']>
type Rule = NonNullable<Spec['ingress']>[number] | NonNullable<Spec['egress']>[number]

/** A rule by its place: `spec`, direction, position. */
export interface RulePlace {
  readonly direction: Direction
  readonly index: number
}

export function ruleAt({ path }: RuleReference): RulePlace | undefined {
  const [, direction, index] = path
  return (direction === 'ingress' || direction === 'egress') && typeof index === 'number' ? { direction, index } : undefined
}

export const ruleOf = (policy: AwsClusterPolicy, { direction, index }: RulePlace): Rule | undefined =>
  policy.body.spec?.[direction]?.[index]

/** The peers of a rule, whichever way it looks. */
export const peersOf = (rule: Rule | undefined): readonly unknown[] => {
  if (rule === undefined) return []
  return 'from' in rule ? rule.from : ((rule as { readonly to?: readonly unknown[] }).to ?? [])
}

export const samePeers = (a: Rule | undefined, b: Rule | undefined): boolean => isDeepStrictEqual(peersOf(a), peersOf(b))

export function findClusterPolicy(policies: ClusterPolicies, id: string): AwsClusterPolicy | undefined {
  return policies.find(awsClusterPolicy, id) as unknown as AwsClusterPolicy | undefined
}

export function policyChange(resource: Resource, edit: Edit, risk: string): Change {
  const { plural } = kubernetesKinds[resource.kind as KubernetesKind]
  const verb = edit.do === 'create' || edit.do === 'delete' ? edit.do : 'patch'
  return { target: targetOf(resource), edit, permissions: [`${verb} ${plural}`], risk }
}

/** The last first, so that what is removed moves nothing that is removed after it. */
export function distinctPlaces(places: readonly RulePlace[]): RulePlace[] {
  const seen = new Map(places.map(place => [`${place.direction} ${place.index}`, place]))
  return [...seen.values()].sort((a, b) => b.index - a.index)
}

export function removeRules(policy: AwsClusterPolicy, places: readonly RulePlace[], risk: string): Change[] {
  const resource = policy as unknown as Resource
  return distinctPlaces(places).map(({ direction, index }) => policyChange(resource, removing(resource, ['spec', direction, index]), risk))
}

export interface Split {
  readonly places: readonly RulePlace[]
  /** The name of the new policy is the old one's with this at its end. */
  readonly suffix: string
  readonly priority?: number
  readonly risk: string
}

/** Rules move to a policy of their own, since the engine joins and compares entries within one policy only. Undefined when the name is taken. */
export function splitRules(
  policies: ClusterPolicies,
  policy: AwsClusterPolicy,
  { places, suffix, priority, risk }: Split,
): Change[] | undefined {
  const { spec } = policy.body
  const name = `${policy.body.metadata.name}-${suffix}`
  if (spec === undefined || findClusterPolicy(policies, name) !== undefined) return undefined
  const moved = distinctPlaces(places).toReversed()
  const rules = (direction: Direction) => {
    const list = moved.flatMap(place => (place.direction === direction ? (ruleOf(policy, place) ?? []) : []))
    return list.length === 0 ? {} : { [direction]: list }
  }
  const body = {
    apiVersion: 'networking.k8s.aws/v1alpha1',
    kind: 'ClusterNetworkPolicy',
    metadata: { name },
    spec: { tier: spec.tier, priority: priority ?? spec.priority, subject: spec.subject, ...rules('ingress'), ...rules('egress') },
  }
  const create: Change = {
    target: { kind: awsClusterPolicy, id: name, scope: policy.scope },
    edit: { do: 'create', body },
    permissions: ['create clusternetworkpolicies'],
    risk,
  }
  return [create, ...removeRules(policy, moved, risk)]
}

/** Rules that say all ports beside rules that say some: those of the same peers are redundant, others part. */
export function unjoin(policies: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const policy = findClusterPolicy(policies, found[0]!.at.id)
  const pairs = found.flatMap(each => {
    const [whole, narrow] = [ruleAt(each.at), each.with[0] === undefined ? undefined : ruleAt(each.with[0])]
    return whole === undefined || narrow === undefined ? [] : [{ whole, narrow }]
  })
  if (policy === undefined || pairs.length === 0) return undefined
  const redundant = pairs.every(({ whole, narrow }) => samePeers(ruleOf(policy, whole), ruleOf(policy, narrow)))
  if (redundant) {
    const risk = 'The rule for all ports then works, and with it what it was written to deny or accept.'
    const changes = removeRules(
      policy,
      pairs.map(({ narrow }) => narrow),
      risk,
    )
    return { title: 'leave out the rule for single ports, which the one for all ports contains', safe: false, changes }
  }
  const risk = 'The rule for all ports then works, and with it what it was written to deny or accept.'
  const changes = splitRules(policies, policy, { places: pairs.map(({ whole }) => whole), suffix: 'all-ports', risk })
  return changes === undefined ? undefined : { title: 'give the rule for all ports a policy of its own', safe: false, changes }
}

/** A range that begins like an earlier rule's port goes before it, when nothing else is in the two; else it gets a policy of its own. */
export function widestFirst(policies: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const policy = findClusterPolicy(policies, found[0]!.at.id)
  if (policy === undefined) return undefined
  const places = found.flatMap(each => ruleAt(each.at) ?? [])
  const risk = 'The range is then enforced, and with it what it was written to deny or accept.'
  const swapped = found.length === 1 ? swap(policy, found[0]!) : undefined
  if (swapped !== undefined) {
    const resource = policy as unknown as Resource
    const change = policyChange(resource, setting(resource, ['spec', places[0]!.direction], swapped), risk)
    return { title: 'put the rule with the range before the one with the port', safe: false, changes: [change] }
  }
  const changes = splitRules(policies, policy, { places, suffix: 'ranges', risk })
  return changes === undefined ? undefined : { title: 'give the rule with the range a policy of its own', safe: false, changes }
}

function swap(policy: AwsClusterPolicy, { at, with: others }: Deviation): readonly Rule[] | undefined {
  const [later, earlier] = [ruleAt(at), others[0] === undefined ? undefined : ruleAt(others[0])]
  if (later === undefined || earlier === undefined || later.index <= earlier.index) return undefined
  const rules = [...(policy.body.spec?.[later.direction] ?? [])] as Rule[]
  const [wide, narrow] = [rules[later.index], rules[earlier.index]]
  if (wide?.ports?.length !== 1 || narrow?.ports?.length !== 1) return undefined
  rules.splice(later.index, 1)
  rules.splice(earlier.index, 0, wide)
  return rules
}

/** A peer whose namespaces are there goes first: the controller asks the first alone whether there are any. */
export function livingPeerFirst(policies: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const policy = findClusterPolicy(policies, found[0]!.at.id)
  if (policy === undefined) return undefined
  const resource = policy as unknown as Resource
  const changes = found.flatMap(each => {
    const place = ruleAt(each.at)
    const from = peersOf(place && ruleOf(policy, place))
    const living = from.findIndex(peer => hasNamespace(policies, peer))
    if (place === undefined || living < 1) return []
    const after = [from[living], ...from.slice(0, living), ...from.slice(living + 1)]
    const risk = 'The rule is then enforced for all its peers.'
    return [policyChange(resource, setting(resource, ['spec', place.direction, place.index, 'from'], after), risk)]
  })
  return changes.length === 0 ? undefined : { title: 'put a peer whose namespaces exist first', safe: false, changes }
}

type Selector = Parameters<typeof requirementsOf>[0]

function hasNamespace({ input }: ClusterPolicies, peer: unknown): boolean {
  const { namespaces, pods } = peer as { namespaces?: Selector; pods?: { namespaceSelector?: Selector } }
  const selector = namespaces ?? pods?.namespaceSelector
  if (selector === undefined && pods === undefined) return false
  return input.namespaces.all.some(({ metadata }) => {
    const labels = { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels }
    return requirementsOf(selector).every(requirement => requirement.holds(labels))
  })
}

type Port = NonNullable<Rule['ports']>[number]

const lastPort = ({ portNumber, portRange }: Port): number => portRange?.end ?? portNumber?.port ?? 0

/** Of two rules whose ports begin alike, whether the one that is dropped goes further. Otherwise nothing is lost. */
export function losesPorts(policies: ClusterPolicies, { at, with: others }: Deviation): boolean {
  const policy = findClusterPolicy(policies, at.id)
  const [dropped, kept] = [ruleAt(at), others[0] === undefined ? undefined : ruleAt(others[0])]
  if (policy === undefined || dropped === undefined || kept === undefined) return true
  const stays = ruleOf(policy, kept)?.ports ?? []
  return (ruleOf(policy, dropped)?.ports ?? []).some((port, i) => lastPort(port) > (stays[i] === undefined ? 0 : lastPort(stays[i])))
}

/** In the tier of administrators no policy of a namespace comes before it. */
export function intoAdminTier(policies: ClusterPolicies, id: string): Fix | undefined {
  const policy = findClusterPolicy(policies, id) as unknown as Resource | undefined
  if (policy === undefined) return undefined
  const risk = 'NetworkPolicies can no longer open what it denies, nor close what it accepts: see that no team relies on that.'
  const changes = [policyChange(policy, setting(policy, ['spec', 'tier'], 'Admin'), risk)]
  return { title: 'move the policy to the Admin tier', safe: false, changes }
}
