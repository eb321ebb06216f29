import { editDistance } from '#base/nearest.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { parseRoleArn } from './service-account.ts'

type Role = Resource<'aws/iam/Role'>

/** The one role of the world that a text which is no role ARN points at. Undefined when none or several do. */
export function meantRole(world: Reader<'aws/iam/Role'>, value: string): Role | undefined {
  const text = value.trim()
  const meant = world.seen('aws/iam/Role').filter(role => isMeant(role, text))
  return meant.length === 1 ? meant[0] : undefined
}

function isMeant(role: Role, text: string): boolean {
  const parts = parseRoleArn(role.id)
  if (parts === undefined) return false
  if (role.body.InstanceProfileList?.some(profile => profile.Arn === text) === true) return true
  const session = /^arn:([^:]*):sts::(\d{12}):assumed-role\/([^/]+)/.exec(text)
  // A session's ARN leaves the role's path out.
  if (session !== null) return session[1] === parts.partition && session[2] === parts.account && session[3] === parts.name
  if (/^[\w+=,.@/-]+$/.test(text) && !text.startsWith('arn:'))
    return [parts.name, `${parts.path}${parts.name}`.slice(1)].includes(text.replace(/^(?:\/?role)?\//, ''))
  const named = /^arn:([^:]*):iam::([^:]*):role(\/.+)$/.exec(text)
  return named !== null && named[3] === `${parts.path}${parts.name}` && editDistance(named[2] ?? '', parts.account) <= 2
}
