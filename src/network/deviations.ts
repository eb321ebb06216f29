import type { PolicyInput } from './input.ts'
import { compileEnforced } from './compile-policies.ts'
import { podsOf } from './policies/affected.ts'
import type { DeviationSearch } from './policies/deviation-parts.ts'
import { closedPods, inertPolicies, unenforcedPods } from './policies/deviations-of-place.ts'
import { deviationsOfNames } from './policies/deviations-of-names.ts'
import { deviationsOfPorts } from './policies/deviations-of-ports.ts'
import { deviationsOfPeers } from './policies/deviations-of-peers.ts'
import { deviationsOfRules } from './policies/deviations-of-rules.ts'
import type { Deviation } from './policy-layer.ts'

const searches: readonly ((search: DeviationSearch) => readonly Deviation[])[] = [
  deviationsOfRules,
  deviationsOfPorts,
  deviationsOfPeers,
  deviationsOfNames,
  unenforcedPods,
  closedPods,
  inertPolicies,
]

/**
 * Every place where AWS's engine does not enforce what the policies say by their published semantics, whether or not a pair of pods is concerned
 * now. Of another engine there are none that are known here.
 */
export function deviations(input: PolicyInput): readonly Deviation[] {
  if (!('value' in input.engine) || input.engine.value !== 'aws-vpc-cni') return []
  const compiled = compileEnforced(input)
  const search = { compiled, input, podsOf: podsOf(compiled) }
  return searches.flatMap(find => find(search))
}
