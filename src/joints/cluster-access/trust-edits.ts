import { gain, may, placesOf, roleWithGain, rolesBeside, type Escalation, type Role, type Search } from './escalation.ts'
import type { RoleMayReader } from './role-may.ts'

/** The stronger roles whose trust policies the role may write. */
export function trustEdits(world: RoleMayReader, search: Search, role: Role): readonly Escalation[] {
  return rolesBeside(world, search, role, 'iam:UpdateAssumeRolePolicy').flatMap(other => {
    const edit = may(world, search, role, { action: 'iam:UpdateAssumeRolePolicy', resource: other.id })
    const gained = edit === undefined ? [] : gain(world, role, other)
    return edit === undefined || gained.length === 0 ? [] : [{ to: roleWithGain(other, gained), evidence: placesOf(edit) }]
  })
}
