import { readFileSync } from 'node:fs'
import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import { allChecks, joints } from '#joints/all.ts'
import type { AnyCheck, Joint } from '#joints/define.ts'

export interface CheckPage {
  readonly check: AnyCheck
  readonly joint: Joint
  /** The link that it stands on; none for a check that stands on its own. */
  readonly link?: string
  /** docs.md: why it matters, when it is fine, how to fix it by hand. */
  readonly docs: string
}

/** Every check, in the order of joints and links. */
export const listChecks = (): readonly AnyCheck[] => allChecks

/**
 * All that is known of one check.
 * @throws UserError `UNKNOWN_CHECK`.
 */
export function checkPage(id: string): CheckPage {
  const check = allChecks.find(candidate => candidate.id === id)
  const joint = joints.find(candidate => id.startsWith(`${candidate.id}/`))
  if (check === undefined || joint === undefined) {
    const near = nearest(
      id,
      allChecks.map(candidate => candidate.id),
    )
    throw new UserError('UNKNOWN_CHECK', `there is no check ${id}`, {
      help: near === undefined ? 'mortise checks lists them' : `did you mean ${near}?`,
    })
  }
  const link = joint.links.find(candidate => candidate.checks.includes(check))
  const docs = readFileSync(new URL(`../joints/${id}/docs.md`, import.meta.url), 'utf8')
  return { check, joint, docs, ...(link === undefined ? {} : { link: link.title }) }
}
