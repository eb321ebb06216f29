import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import { allChecks, joints } from '#joints/all.ts'
import type { AnyCheck, Joint } from '#joints/define.ts'

/** Which joints and checks to ask; all of them when empty. */
export interface Selection {
  readonly joints?: readonly string[]
  readonly checks?: readonly string[]
  /** Only subjects in these namespaces. */
  readonly namespaces?: readonly string[]
}

export interface Chosen {
  readonly joints: readonly Joint[]
  readonly check: (check: AnyCheck) => boolean
}

/**
 * @throws UserError `UNKNOWN_CHECK` and `UNKNOWN_JOINT`.
 */
export function chooseChecks(selection: Selection): Chosen {
  const checks = new Set(
    named(
      'check',
      selection.checks ?? [],
      allChecks.map(check => check.id),
    ),
  )
  const wanted = new Set(
    named(
      'joint',
      selection.joints ?? [],
      joints.map(joint => joint.id),
    ),
  )
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
      help: near === undefined ? 'mortise checks lists them' : `did you mean ${near}?`,
    })
  }
  return names
}
