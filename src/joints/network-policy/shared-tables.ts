import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Workload } from '#joints/workloads.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { deviationLists, enforcedByAws, podEvidence } from './deviation-verdict.ts'
import { deviationsOfWorkload } from './workload-deviations.ts'

/**
 * Whether pods of a workload share tables with pods that have other policies.
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function sharedTablesVerdict(
  world: PolicyLayerReader,
  workload: Workload,
  name: 'shared-identifier' | 'shared-identifier-across-nodes',
): Verdict {
  const policies = policiesOf(world, workload.cluster)
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, deviationLists)
  const found = deviationsOfWorkload(policies, name, workload)
  const [first] = found
  if (first === undefined) return passing(workload, name)
  const siblings = [...new Set(found.flatMap(each => each.with.map(({ id }) => id)))]
  const across = name === 'shared-identifier-across-nodes'
  return fail({
    message: `${workload.name} ${across ? 'may be given' : 'shares'} the policies of ${listOf(siblings)}: the names agree up to the last dash`,
    evidence: [
      podEvidence(policies, first.at.id, `the agent knows this pod as ${first.at.id.replace(/^.*\/|-[^-]*$/g, '')}`),
      ...siblings
        .slice(0, 2)
        .map(id => podEvidence(policies, id, across ? 'and this one, on another node' : 'and this one, on the same node')),
    ],
    effect: across
      ? 'Whether the policies of the others are enforced on its pods depends on the order in which things were written, and changes with the next edit.'
      : 'Each of these pods is enforced with the policies of all: some are closed that ought to be open, and some open that ought to be closed.',
    help: 'Rename one of the workloads so that the names differ before the last dash, or select both with the same policies; then replace the pods.',
  })
}

function passing({ resource, seenPods }: Workload, name: string): Verdict {
  if (seenPods.length === 0) return skip('it has no pods yet')
  const where = name === 'shared-identifier' ? 'of its node' : 'of another node'
  return pass(resource.at(['metadata', 'name'], `no pod ${where} with other policies has its name up to the last dash`))
}

const listOf = (names: readonly string[]): string =>
  names.length <= 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
