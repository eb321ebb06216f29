import { editDistance } from '#base/nearest.ts'
import { Unread } from '#base/errors.ts'
import { trustOf } from '#joints/trust.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { annotation, annotationPath, parseRoleArn, type RoleArn } from './service-account.ts'
import { tokenFor } from './token.ts'

type Role = Resource<'aws/iam/Role'>
type ServiceAccount = Resource<'k8s/ServiceAccount'>

export interface NearRole {
  readonly role: Role
  /** How it differs from the role that was asked for. */
  readonly label: string
}

/** Roles of the same account that were perhaps meant, nearest first: without or with a path, in another case, or a slip of the keyboard away. */
export function nearRoles(world: Reader<'aws/iam/Role'>, wanted: RoleArn): readonly NearRole[] {
  return world
    .seen('aws/iam/Role')
    .flatMap(role => {
      const parts = parseRoleArn(role.id)
      if (parts === undefined || parts.account !== wanted.account || parts.partition !== wanted.partition) return []
      const difference = differenceBetween(parts, wanted)
      return difference === undefined ? [] : [{ role, ...difference }]
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ role, label }) => ({ role, label }))
}

function differenceBetween(role: RoleArn, wanted: RoleArn): { readonly rank: number; readonly label: string } | undefined {
  if (role.name === wanted.name)
    return { rank: 0, label: role.path === '/' ? 'the role of this name has no path' : `the role of this name has path ${role.path}` }
  if (role.name.toLowerCase() === wanted.name.toLowerCase()) return { rank: 1, label: 'the role of this name is written in another case' }
  const limit = Math.min(3, Math.floor(wanted.name.length / 4))
  if (Math.abs(role.name.length - wanted.name.length) > limit) return undefined
  const distance = editDistance(role.name, wanted.name)
  return distance <= limit ? { rank: 1 + distance, label: 'a role of nearly this name' } : undefined
}

/** Annotates the service account with the one near role that trusts it already; undefined when none or several do. */
export function annotateFix(
  world: Reader<'aws/iam/Role' | 'aws/eks/Cluster'>,
  serviceAccount: ServiceAccount,
  near: readonly NearRole[],
): Fix | undefined {
  const trusting = near.filter(({ role }) => trusts(world, serviceAccount, role))
  const [only] = trusting
  if (only === undefined || trusting.length > 1) return undefined
  return {
    title: `annotate the service account with ${only.role.id}, which trusts it`,
    safe: false,
    changes: [
      {
        target: targetOf(serviceAccount),
        edit: setting(serviceAccount, annotationPath(annotation.roleArn), only.role.id),
        permissions: ['patch serviceaccounts'],
        risk: `New pods of the service account act as ${only.role.body.RoleName}. Running pods keep what they have until they are replaced.`,
      },
    ],
  }
}

/** A trust that cannot be judged is none: the fix must be proved. */
function trusts(world: Reader<'aws/iam/Role' | 'aws/eks/Cluster'>, serviceAccount: ServiceAccount, role: Role): boolean {
  const parts = parseRoleArn(role.id)
  if (parts === undefined) return false
  try {
    return trustOf(world, role, tokenFor(world, serviceAccount, parts)).allowed
  } catch (error) {
    if (error instanceof Unread) return false
    throw error
  }
}
