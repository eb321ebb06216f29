import { allChecks, joints, kindsToRead } from '#joints/all.ts'
import type { AnyCheck, Joint } from '#joints/define.ts'
import { runJoint, type JointRun } from '#joints/run.ts'
import { outcomeOf, type Outcome } from '#findings/outcome.ts'
import { UserError } from '#base/errors.ts'
import type { World } from '#model/world.ts'
import { nearest } from '#base/nearest.ts'
import { readWorld, type WorldInput } from './read-world.ts'

/** Which joints and checks to ask; all of them when empty. */
export interface Selection {
  readonly joints?: readonly string[]
  readonly checks?: readonly string[]
  /** Only subjects in these namespaces. */
  readonly namespaces?: readonly string[]
}

export interface ScanResult {
  readonly outcome: Outcome
  readonly world: World
  readonly runs: readonly JointRun[]
}

/**
 * Reads the world and asks every chosen check.
 * @throws UserError for input that cannot be read at all and for names that do not exist.
 */
export async function scan(input: WorldInput, selection: Selection = {}): Promise<ScanResult> {
  const chosen = choose(selection)
  const { world, problems, ignored } = await readWorld(input, kindsToRead(chosen.joints, chosen.check))
  const runs = chosen.joints.map(joint => runJoint(joint, world, chosen.check, selection.namespaces))
  const facts = { resources: world.size, problems, ignored, ...(world.readAt === undefined ? {} : { readAt: world.readAt }) }
  return { outcome: outcomeOf(runs, facts), world, runs }
}

interface Chosen {
  readonly joints: readonly Joint[]
  readonly check: (check: AnyCheck) => boolean
}

function choose(selection: Selection): Chosen {
  const checks = new Set(named('check', selection.checks ?? [], allChecks.map(check => check.id)))
  const wanted = new Set(named('joint', selection.joints ?? [], joints.map(joint => joint.id)))
  const check = (candidate: AnyCheck) => checks.size === 0 || checks.has(candidate.id)
  const inJoint = (joint: Joint) => wanted.size === 0 || wanted.has(joint.id)
  const hasCheck = (joint: Joint) => checks.size === 0 || [...checks].some(id => id.startsWith(`${joint.id}/`))
  return { joints: joints.filter(joint => inJoint(joint) && hasCheck(joint)), check }
}

function named(what: string, names: readonly string[], known: readonly string[]): readonly string[] {
  for (const name of names) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new UserError(`UNKNOWN_${what.toUpperCase()}`, `there is no ${what} ${name}`, {
      help: near === undefined ? `mortise checks lists them` : `did you mean ${near}?`,
    })
  }
  return names
}
