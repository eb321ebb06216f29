import { defineCheck } from '#joints/define.ts'
import { policiesOf, policyLayerKinds, requireLists, type ClusterPolicies } from '#joints/policy-layer.ts'
import { removing } from '#model/change.ts'
import type { Path } from '#model/place.ts'
import { fail, pass, skip, type Fix } from '#model/verdict.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { Unread } from '#base/errors.ts'
import { clusterOf, deviationLists, policyName, specOf } from '../deviation-verdict.ts'
import { policyChange } from '../policy-rewrites.ts'
import type { NetworkPolicy } from '../policy-peers.ts'
import { shadowedRulesOf, type RulePlace, type ShadowedPolicyRule } from '../shadowed-policy-rules.ts'
import { compareWith, decidedBy } from '../unchanged-verdicts.ts'

export default defineCheck({
  id: 'network-policy/rule-shadowed',
  title: 'A rule of a policy admits only what other rules for the same pods do',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/NetworkPolicy',
  reads: policyLayerKinds,
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation'],

  test({ subject: policy, world }) {
    const policies = policiesOf(world, clusterOf(policy))
    const { engine } = policies.input
    if ('unread' in engine) throw new Unread(engine.unread)
    if (engine.value === 'none') return skip('nothing enforces policies here')
    requireLists(policies.input, [...deviationLists, 'services'])
    const written = shadowedRulesOf(world, policy)
    if (decidedBy(policies.layer(), policy).length === 0) return skip('it is in force on no pod')
    if (written.length === 0) return pass(specOf(policy, 'each of its rules admits something that no other does, or may'))
    const found = written.filter(each => !isDeviant(policies, policy, each))
    const [first, ...others] = found
    if (first === undefined) return skip('the engine does not do what the rules say, which is a finding of its own')
    const compared = compareWith(policies, policy, without(policy, found), [...new Set(found.map(({ direction }) => direction))])
    if (compared === 'other') return skip('by the engine of the cluster it makes a difference all the same')
    return fail({
      message: `${first.direction} rule ${first.index + 1} of ${policyName(policy)} admits nothing that other rules for its pods do not${others.length === 0 ? '' : ` (and ${others.length} more like it)`}`,
      evidence: [
        policy.at(pathOf(first), 'all of this is admitted without it'),
        ...first.by.slice(0, 3).map(({ policy: by, path }) => by.at(path, 'by this rule')),
        ...others.slice(0, 2).map(each => policy.at(pathOf(each), 'and so is this')),
      ],
      effect:
        'Rules only add up, so whoever takes this one away to close something closes nothing, and whoever reads it takes it for the limit.',
      ...(compared === 'same'
        ? { fix: removal(policy, found) }
        : {
            help: 'Take the rule away. In a cluster of this size it was not worked out what its engine makes of that: ask mortise reach before and after.',
          }),
    })
  },
})

const removal = (policy: NetworkPolicy, found: readonly ShadowedPolicyRule[]): Fix => ({
  title: found.length === 1 ? 'take the rule away' : 'take the rules away',
  safe: true,
  changes: found
    .toSorted((a, b) => b.index - a.index)
    .map(each =>
      policyChange(
        policy,
        removing(policy, pathOf(each)),
        'The engine treats every pod and address as before, as it was asked. If this rule is what was meant, narrow the other one instead.',
      ),
    ),
})

const pathOf = ({ direction, index }: ShadowedPolicyRule): Path => ['spec', direction, index]

function without({ body }: NetworkPolicy, rules: readonly ShadowedPolicyRule[]): object {
  const gone = new Set(rules.map(rule => pathOf(rule).join('.')))
  const left = <T>(direction: 'ingress' | 'egress', list: readonly T[] | undefined) =>
    list === undefined ? {} : { [direction]: list.filter((_, index) => !gone.has(`spec.${direction}.${index}`)) }
  return { ...body, spec: { ...body.spec, ...left('ingress', body.spec?.ingress), ...left('egress', body.spec?.egress) } }
}

const byPolicy = new WeakMap<readonly Deviation[], ReadonlyMap<string, readonly Path[]>>()

/** Where the engine deviates, by kind and id: in the place or in what takes part. */
function deviantPaths(deviations: readonly Deviation[]): ReadonlyMap<string, readonly Path[]> {
  const known = byPolicy.get(deviations)
  if (known !== undefined) return known
  const places = deviations.flatMap(({ at, with: others }) => [at, ...others])
  const grouped = Map.groupBy(places, ({ kind, id }) => `${kind}\n${id}`)
  const made = new Map([...grouped].map(([key, list]) => [key, list.map(({ path }) => path)]))
  byPolicy.set(deviations, made)
  return made
}

/** Whether the engine does something else with the rule, or with one that is to stand in for it, than it says. */
function isDeviant(policies: ClusterPolicies, policy: NetworkPolicy, rule: ShadowedPolicyRule): boolean {
  const deviant = deviantPaths(policies.deviations())
  const places: readonly RulePlace[] = [{ policy, path: pathOf(rule) }, ...rule.by]
  return places.some(({ policy: { kind, id }, path }) =>
    (deviant.get(`${kind}\n${id}`) ?? []).some(other => path.every((step, index) => other[index] === undefined || other[index] === step)),
  )
}
