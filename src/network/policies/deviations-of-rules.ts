import type { Deviation } from '../policy-layer.ts'
import { intersects } from '../bitset.ts'
import type { PolicyDocument } from './document.ts'
import { policyReference, referenceOf } from './explain.ts'
import { awsTermsOf, directions, noted, type DeviationSearch } from './deviation-parts.ts'
import type { Term } from './term.ts'

/** Rules of ClusterNetworkPolicies that weigh otherwise than they stand, directions that are closed or opened unasked, and the crash. */
export function deviationsOfRules(search: DeviationSearch): Deviation[] {
  const { compiled } = search
  return [
    ...crash(search),
    ...compiled.policies.flatMap(policy => [...ordering(policy, search), ...unlisted(policy, search)]),
    ...baselineLifted(search),
    ...noted(search, [
      'deny-narrowed-to-ports',
      'deny-range-dropped',
      'from-first-peer-only',
      'rule-without-peers-dropped',
      'domain-rule-skipped',
    ]),
  ]
}

function crash({ compiled }: DeviationSearch): Deviation[] {
  if (compiled.crash === undefined) return []
  const what =
    compiled.crash.policy.tier === 'namespace'
      ? 'a port without a protocol of an ApplicationNetworkPolicy'
      : 'a named port of a ClusterNetworkPolicy'
  const detail = `AWS's controller follows a nil pointer when it resolves ${what}, and reconciles no policy any more`
  return [{ id: 'named-port-crashes-controller', at: referenceOf(compiled.crash), with: [], error: 'unpredictable', pods: [], detail }]
}

/** A rule that stands behind another which speaks of the same peer and port with another action, and wins all the same. */
function ordering(policy: PolicyDocument, search: DeviationSearch): Deviation[] {
  if (policy.tier === 'namespace') return []
  const pods = search.podsOf(policy)
  const weight = { Deny: 0, Accept: 1, Pass: 2 } as const
  return directions.flatMap(direction => {
    const terms = awsTermsOf(search, policy, direction).terms
    const seen = new Set<string>()
    return terms.flatMap((later, i) =>
      terms.slice(0, i).flatMap((earlier): Deviation[] => {
        if (weight[later.rule.action] >= weight[earlier.rule.action] || !overlap(earlier, later)) return []
        const key = `${earlier.rule.path.join('.')} ${later.rule.path.join('.')}`
        if (seen.has(key)) return []
        seen.add(key)
        const error = later.rule.action === 'Deny' ? 'closes' : 'opens'
        const detail = `${later.rule.action} of a later rule wins over ${earlier.rule.action} of this one: rules of one policy have one priority`
        return [{ id: 'rule-order-ignored', at: referenceOf(earlier), with: [referenceOf(later)], direction, error, pods, detail }]
      }),
    )
  })
}

const overlap = (a: Term, b: Term): boolean => intersects(a.peers, b.peers) && portsOverlap(a, b)

function portsOverlap({ ports: some }: Term, { ports: others }: Term): boolean {
  if (some === undefined || others === undefined) return true
  return some.some(a =>
    others.some(b => {
      if (a.protocol !== b.protocol) return false
      if (a.port === undefined || b.port === undefined) return true
      return a.port <= (b.end ?? b.port) && b.port <= (a.end ?? a.port)
    }),
  )
}

/** `policyTypes` leaves a direction out of which the policy has rules: by its published semantics they mean nothing. */
function unlisted(policy: PolicyDocument, search: DeviationSearch): Deviation[] {
  if (policy.tier !== 'namespace') return []
  return directions.flatMap(direction => {
    const [rule] = policy.rules[direction]
    if (policy.isolates[direction] || rule === undefined || !awsTermsOf(search, policy, direction).present) return []
    const detail = `policyTypes does not list ${direction === 'ingress' ? 'Ingress' : 'Egress'}, and its rules are enforced all the same`
    return [
      {
        id: 'unlisted-direction-enforced',
        at: referenceOf({ policy, rule }),
        with: [],
        direction,
        error: 'closes',
        pods: search.podsOf(policy),
        detail,
      },
    ]
  })
}

/** A NetworkPolicy of the other direction opens this one before the baseline is asked. */
function baselineLifted({ compiled, podsOf }: DeviationSearch): Deviation[] {
  return compiled.policies.flatMap(baseline => {
    if (baseline.tier !== 'baseline') return []
    const subjects = new Set(podsOf(baseline))
    return directions.flatMap(direction => {
      const rule = baseline.rules[direction].find(each => each.action === 'Deny')
      if (rule === undefined) return []
      const lifted = compiled.policies.flatMap(policy => {
        if (policy.tier !== 'namespace' || policy.isolates[direction]) return []
        const pods = podsOf(policy).filter(pod => subjects.has(pod) && isOpened(compiled, pod, direction))
        return pods.length === 0 ? [] : [{ policy, pods }]
      })
      return lifted.map(({ policy, pods }): Deviation => {
        const detail = `a policy for the other direction alone opens ${direction}, and rules of the baseline are not asked`
        return {
          id: 'baseline-lifted-by-other-direction',
          at: referenceOf({ policy: baseline, rule }),
          with: [policyReference(policy)],
          direction,
          error: 'opens',
          pods,
          detail,
        }
      })
    })
  })
}

const isOpened = ({ classes, tables }: DeviationSearch['compiled'], pod: string, direction: 'ingress' | 'egress'): boolean =>
  tables[classes.classOf.get(pod)!]!.sides(direction).some(side => side.namespace === 'open')
