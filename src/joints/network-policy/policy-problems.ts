import { Unread } from '#base/errors.ts'
import { policiesOf, requireLists, type PolicyInputList, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import type { PolicyEngineName } from '#network/input.ts'
import type { PolicyLayer, PolicyProblem } from '#network/policy-layer.ts'
import { clusterOf, placeOf, policyName, specOf } from './deviation-verdict.ts'

/** What an engine reads; of other kinds `policy-api-not-enforced` speaks. */
const readBy: Readonly<Record<PolicyEngineName, ReadonlyMap<string, PolicyInputList>>> = {
  'aws-vpc-cni': new Map([
    ['k8s/NetworkPolicy', 'networkPolicies'],
    ['k8s/ApplicationNetworkPolicy', 'applicationNetworkPolicies'],
    ['k8s/networking.k8s.aws/ClusterNetworkPolicy', 'awsClusterNetworkPolicies'],
  ]),
  upstream: new Map([
    ['k8s/NetworkPolicy', 'networkPolicies'],
    ['k8s/policy.networking.k8s.io/ClusterNetworkPolicy', 'clusterNetworkPolicies'],
    ['k8s/AdminNetworkPolicy', 'adminNetworkPolicies'],
    ['k8s/BaselineAdminNetworkPolicy', 'baselineAdminNetworkPolicies'],
  ]),
  none: new Map(),
}

const byPolicy = new WeakMap<PolicyLayer, ReadonlyMap<string, readonly PolicyProblem[]>>()

function problemsOf(layer: PolicyLayer, { kind, id }: Resource): readonly PolicyProblem[] {
  const index = byPolicy.get(layer) ?? Map.groupBy(layer.problems, problem => `${problem.kind}\n${problem.id}`)
  byPolicy.set(layer, index)
  return index.get(`${kind}\n${id}`) ?? []
}

/**
 * Parts of a policy that no engine can read.
 * @throws Unread when it was not read who enforces policies
 */
export function problemVerdict(world: PolicyLayerReader, policy: Resource): Verdict {
  const policies = policiesOf(world, clusterOf(policy))
  const { engine } = policies.input
  if ('unread' in engine) throw new Unread(engine.unread)
  const list = readBy[engine.value].get(policy.kind)
  if (list === undefined) return skip('the engine of this cluster does not read policies of this kind')
  requireLists(policies.input, [list])
  const problems = problemsOf(policies.layer(), policy)
  const [first, ...others] = problems
  if (first === undefined) return pass(specOf(policy, 'every part of it can be read'))
  const places = problems.slice(0, 3).flatMap(problem => placeOf(policies, problem, problem.message) ?? [])
  return fail({
    message: `${policyName(policy)} has a part that cannot be read: ${first.message}${others.length === 0 ? '' : ` (and ${others.length} more like it)`}`,
    evidence: [places[0] ?? specOf(policy, first.message), ...places.slice(1)],
    effect:
      'The API server refuses the policy, or takes it and the part says nothing: what it allows is dropped, and what it denies is open.',
    help: 'Correct the part.',
  })
}
