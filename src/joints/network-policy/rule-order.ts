import type { ClusterPolicies } from '#joints/policy-layer.ts'
import type { Change } from '#model/change.ts'
import type { Fix } from '#model/verdict.ts'
import type { Deviation, Direction } from '#network/policy-layer.ts'
import { findClusterPolicy, ruleAt, splitRules, type AwsClusterPolicy, type RulePlace } from './policy-rewrites.ts'

/**
 * The policy in parts, each of which needs no order, with priorities that give them theirs. Undefined when the priorities before its own are taken:
 * then the parts would come between rules of others.
 */
export function prioritiesForOrder(policies: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const policy = findClusterPolicy(policies, found[0]!.at.id)
  const spec = policy?.body.spec
  if (policy === undefined || spec === undefined) return undefined
  const parts = partsOf(policy, found)
  const first = spec.priority - parts.length + 1
  if (first < 0 || isTaken(policies, policy, first)) return undefined
  const risk = 'What the first rules accept is then open, and what they hand on is decided by later tiers, as the policy reads.'
  const changes: Change[] = []
  // The last stays where it is. Each removal moves what stands behind it, so the last of the others goes first.
  for (const [i, places] of parts.slice(0, -1).entries().toArray().toReversed()) {
    const split = splitRules(policies, policy, { places, suffix: `part-${i + 1}`, priority: first + i, risk })
    if (split === undefined) return undefined
    changes.push(...split)
  }
  return { title: 'give the rules that stand first a policy with a lower priority number', safe: false, changes }
}

/** Rules of one direction in runs within which none loses to a later one; runs of both directions go together. */
function partsOf(policy: AwsClusterPolicy, found: readonly Deviation[]): RulePlace[][] {
  const runs = (['ingress', 'egress'] as const).map(direction => runsOf(policy, direction, found))
  const count = Math.max(...runs.map(list => list.length), 1)
  return Array.from({ length: count }, (_, i) => runs.flatMap(list => list[i - count + list.length] ?? []))
}

function runsOf(policy: AwsClusterPolicy, direction: Direction, found: readonly Deviation[]): RulePlace[][] {
  const losses = found.flatMap(each => {
    const [loser, winner] = [ruleAt(each.at), each.with[0] === undefined ? undefined : ruleAt(each.with[0])]
    return loser?.direction === direction && winner !== undefined ? [[loser.index, winner.index] as const] : []
  })
  const runs: RulePlace[][] = []
  for (const index of (policy.body.spec?.[direction] ?? []).keys()) {
    const run = runs.at(-1)
    const breaks = run === undefined || losses.some(([loser, winner]) => winner === index && run.some(place => place.index === loser))
    if (breaks) runs.push([{ direction, index }])
    else run.push({ direction, index })
  }
  return runs
}

function isTaken({ input }: ClusterPolicies, policy: AwsClusterPolicy, first: number): boolean {
  const { tier, priority } = policy.body.spec
  return input.awsClusterNetworkPolicies.all.some(
    ({ metadata, spec }) =>
      metadata.name !== policy.id && spec?.tier === tier && spec !== undefined && spec.priority >= first && spec.priority <= priority,
  )
}
