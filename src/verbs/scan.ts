import { clusterKinds } from '#joints/access-cluster-subjects.ts'
import { kindsToRead } from '#joints/all.ts'
import { runJoint, type JointRun } from '#joints/run.ts'
import { outcomeOf, type Outcome } from '#findings/outcome.ts'
import type { Kind } from '#model/kinds.ts'
import type { World } from '#model/world.ts'
import { kindsForAccess } from './can.ts'
import { chooseChecks, type Selection } from './choose.ts'
import { readWorld, type WorldInput } from './read-world.ts'

export interface ScanResult {
  readonly outcome: Outcome
  readonly world: World
  readonly runs: readonly JointRun[]
}

/**
 * Reads the world and asks every chosen check.
 * @param keeping the world is to be saved: read also what `can`, `who-can` and `access` ask for, unless only some checks are chosen
 * @throws UserError for input that cannot be read at all and for names that do not exist.
 */
export async function scan(input: WorldInput, selection: Selection = {}, keeping = false): Promise<ScanResult> {
  const chosen = chooseChecks(selection)
  const isWhole = (selection.checks ?? []).length + (selection.joints ?? []).length === 0
  const kept: readonly Kind[] = keeping && isWhole ? [...kindsForAccess, ...clusterKinds] : []
  const { world, problems, ignored } = await readWorld({ ...input, namedBy: keeping && isWhole ? 'every policy' : 'roles of pods' }, [
    ...new Set([...kindsToRead(chosen.joints, chosen.check), ...kept]),
  ])
  const runs = chosen.joints.map(joint => runJoint(joint, world, chosen.check, selection.namespaces))
  const facts = {
    unread: world.unread,
    resources: world.size,
    problems,
    ignored,
    ...(world.readAt === undefined ? {} : { readAt: world.readAt }),
  }
  return { outcome: outcomeOf(runs, facts), world, runs }
}
