import type { ClusterPolicies } from '#joints/policy-layer.ts'
import type { Change } from '#model/change.ts'
import { removing } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { awsClusterPolicy, distinctPlaces, findClusterPolicy, policyChange, ruleAt, splitRules } from './policy-rewrites.ts'

const risk = 'The ports of the rule that was replaced are enforced from then on.'
const title = 'give the rule that is replaced a policy of its own'

/** Rules that are filed like another's go to a policy of their own: entries of two policies are not compared. */
export function apart(policies: ClusterPolicies, found: readonly Deviation[]): Fix | undefined {
  const [first] = found
  const places = distinctPlaces(found.flatMap(({ at }) => ruleAt(at) ?? []))
  // Three that collide would collide again in the new policy.
  if (first === undefined || places.length !== 1) return undefined
  if (first.at.kind === awsClusterPolicy) {
    const policy = findClusterPolicy(policies, first.at.id)
    const changes = policy && splitRules(policies, policy, { places, suffix: 'apart', risk })
    return changes === undefined ? undefined : { title, safe: false, changes }
  }
  const policy = policies.find(first.at.kind, first.at.id)
  const changes = policy && split(policies, policy, ruleAt(first.at)!)
  return changes === undefined ? undefined : { title, safe: false, changes }
}

function split(
  { find }: ClusterPolicies,
  policy: Resource,
  { direction, index }: NonNullable<ReturnType<typeof ruleAt>>,
): Change[] | undefined {
  const { metadata, spec, apiVersion, kind } = policy.body as NamespacedPolicy
  const id = `${policy.id}-apart`
  if (find(policy.kind, id) !== undefined) return undefined
  const path = ['spec', direction, index]
  const body = {
    apiVersion: apiVersion ?? (policy.kind === 'k8s/NetworkPolicy' ? 'networking.k8s.io/v1' : 'networking.k8s.aws/v1alpha1'),
    kind: kind ?? policy.kind.slice('k8s/'.length),
    metadata: { name: `${metadata.name}-apart`, namespace: metadata.namespace },
    spec: {
      podSelector: spec?.podSelector ?? {},
      policyTypes: [direction === 'ingress' ? 'Ingress' : 'Egress'],
      [direction]: [valueAt(policy.body, path)],
    },
  }
  const create: Change = {
    target: { kind: policy.kind, id, scope: policy.scope },
    edit: { do: 'create', body },
    permissions: [`create ${policy.kind === 'k8s/NetworkPolicy' ? 'networkpolicies' : 'applicationnetworkpolicies'}`],
    risk,
  }
  return [create, policyChange(policy, removing(policy, path), risk)]
}

interface NamespacedPolicy {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: { readonly podSelector?: object }
}
