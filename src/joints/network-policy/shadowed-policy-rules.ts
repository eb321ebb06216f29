import type { policyKinds } from '#joints/policy-input.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Path } from '#model/place.ts'
import type { Reader } from '#model/world.ts'
import type { Direction } from '#network/policy-layer.ts'
import type { PolicyDocument, WrittenRule } from '#network/policies/document.ts'
import { readNetworkPolicy } from '#network/policies/read-network-policy.ts'
import { clusterOf } from './deviation-verdict.ts'
import type { NetworkPolicy } from './policy-peers.ts'
import { isInside, isWeaker } from './rule-containment.ts'

type ShadowReader = Reader<(typeof policyKinds)[number]>

/** A rule, all of which other rules for the same pods admit, and those rules. */
export interface ShadowedPolicyRule {
  readonly direction: Direction
  readonly index: number
  readonly by: readonly RulePlace[]
}

export interface RulePlace {
  readonly policy: NetworkPolicy
  readonly path: Path
}

interface Written {
  readonly policy: NetworkPolicy
  readonly document: PolicyDocument
}

/** One rule among those of its namespace. */
interface Candidate extends Written {
  readonly rule: WrittenRule
}

const shadowed = perWorld((world: ShadowReader): ReadonlyMap<NetworkPolicy, readonly ShadowedPolicyRule[]> => {
  const byNamespace = Map.groupBy(world.seen('k8s/NetworkPolicy'), policy => `${clusterOf(policy)}\n${policy.body.metadata.namespace}`)
  return new Map([...byNamespace.values()].flatMap(policies => [...shadowedAmong(policies)]))
})

/** The rules of a policy that others make needless, by what is written: those that are left admit the same when all of them are gone. */
export const shadowedRulesOf = (world: ShadowReader, policy: NetworkPolicy): readonly ShadowedPolicyRule[] =>
  shadowed(world).get(policy) ?? []

/** One rule after the other is struck out when those that are left cover it, the last of a policy first. */
function shadowedAmong(policies: readonly NetworkPolicy[]): ReadonlyMap<NetworkPolicy, readonly ShadowedPolicyRule[]> {
  const written = policies.flatMap(readWhole).sort((a, b) => (a.policy.id < b.policy.id ? -1 : 1))
  const candidatesFor = selectedBy(written)
  const found = new Map<NetworkPolicy, ShadowedPolicyRule[]>()
  const gone = new Set<WrittenRule>()
  for (const own of written) {
    for (const direction of ['ingress', 'egress'] as const) {
      const rules = own.document.rules[direction]
      if (!own.document.isolates[direction]) continue
      const others = candidatesFor(own).filter(({ document }) => document.isolates[direction])
      for (const rule of rules.toReversed()) {
        if (opensWhenGone(own.policy, direction, rules.filter(each => !gone.has(each)).length)) continue
        const left = others.flatMap(each =>
          each.document.rules[direction].flatMap((other): Candidate[] =>
            other === rule || gone.has(other) ? [] : [{ ...each, rule: other }],
          ),
        )
        const by = coversOf(rule, direction, left)
        if (by === undefined) continue
        gone.add(rule)
        const entry = { direction, index: rules.indexOf(rule), by: by.map(({ policy, rule: { path } }) => ({ policy, path })) }
        found.set(own.policy, [...(found.get(own.policy) ?? []), entry])
      }
    }
  }
  return found
}

/** A policy of which every part can be read. */
function readWhole(policy: NetworkPolicy): readonly Written[] {
  let complaints = 0
  const document = readNetworkPolicy('k8s/NetworkPolicy', policy.body, () => complaints++)
  return complaints === 0 && document.subject !== undefined ? [{ policy, document }] : []
}

/** Without policyTypes the direction is closed only as long as there is a rule for it. */
const opensWhenGone = ({ body }: NetworkPolicy, direction: Direction, left: number): boolean =>
  direction === 'egress' && (body.spec?.policyTypes ?? []).length === 0 && left <= 1

/** Which policies surely select every pod that another selects: found by one requirement of theirs, since the other must have it too. */
function selectedBy(written: readonly Written[]): (own: Written) => readonly Written[] {
  const requirementsOf = ({ document }: Written) => document.subject?.pods.requirements.map(each => JSON.stringify(each)) ?? []
  const byFirst = Map.groupBy(written, each => requirementsOf(each)[0] ?? '')
  return own =>
    ['', ...new Set(requirementsOf(own))]
      .flatMap(first => byFirst.get(first) ?? [])
      .filter(
        each =>
          own.document.subject !== undefined &&
          each.document.subject !== undefined &&
          isWeaker(each.document.subject.pods, own.document.subject.pods),
      )
}

/** The rules that together admit all that a rule does; undefined when something is left. */
function coversOf(rule: WrittenRule, direction: Direction, others: readonly Candidate[]): readonly Candidate[] | undefined {
  const covers = new Set<Candidate>()
  for (const peer of rule.peers ?? [undefined]) {
    for (const port of rule.ports ?? [undefined]) {
      const cover = others.find(({ rule: other }) => isInside({ peer, port }, other, direction))
      if (cover === undefined) return undefined
      covers.add(cover)
    }
  }
  return covers.size === 0 ? undefined : [...covers]
}
