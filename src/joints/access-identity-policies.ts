import type { UnreadFact } from '#base/errors.ts'
import type { PolicyKind } from '#iam/compile.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { documentLayer, joinLayers, noPolicies, tried, unreadLayer, type PlacedLayer } from './access-documents.ts'
import { perWorld } from './per-world.ts'

export type IdentityReader = Reader<'aws/iam/Group' | 'aws/iam/Policy' | 'aws/iam/Role' | 'aws/iam/User'>

/** Everything that the account itself says about one role or user. */
export interface OwnPolicies {
  readonly identity: PlacedLayer
  /** Undefined: it has none. */
  readonly boundary: PlacedLayer | undefined
}

const known = perWorld((_world: object) => new Map<string, OwnPolicies>())

function remembered(world: object, arn: string, make: () => OwnPolicies): OwnPolicies {
  const found = known(world).get(arn) ?? make()
  known(world).set(arn, found)
  return found
}

const missing = (kind: string, id: string, what: string, action: string): UnreadFact => ({
  kind,
  id,
  reason: `${kind.slice('aws/iam/'.length).toLowerCase()} read without ${what}`,
  settle: { by: 'iam', action },
})

const details = 'iam:GetAccountAuthorizationDetails'

/** The identity policies and the boundary of a role. iam:ListRoles gives neither, and no boundary there does not mean that there is none. */
export const rolePolicies = (world: IdentityReader, role: Resource<'aws/iam/Role'>): OwnPolicies =>
  remembered(world, role.id, () => {
    const { RoleName, RolePolicyList, AttachedManagedPolicies, PermissionsBoundary } = role.body
    const owner = `role ${RoleName}`
    return {
      identity: joinLayers(
        inlinePolicies(role, 'RolePolicyList', RolePolicyList, owner),
        attachedPolicies(world, role, AttachedManagedPolicies, owner),
      ),
      boundary: boundaryOf(
        world,
        role,
        PermissionsBoundary?.PermissionsBoundaryArn,
        RolePolicyList !== undefined || AttachedManagedPolicies !== undefined,
      ),
    }
  })

/** Those of a user, with those of its groups. */
export const userPolicies = (world: IdentityReader, user: Resource<'aws/iam/User'>): OwnPolicies =>
  remembered(world, user.id, () => {
    const { UserName, UserPolicyList, AttachedManagedPolicies, PermissionsBoundary, GroupList } = user.body
    const owner = `user ${UserName}`
    const own = [
      inlinePolicies(user, 'UserPolicyList', UserPolicyList, owner),
      attachedPolicies(world, user, AttachedManagedPolicies, owner),
    ]
    const groups =
      GroupList === undefined
        ? [unreadLayer(missing('aws/iam/User', user.id, 'its groups', details))]
        : GroupList.map(name => groupPolicies(world, user, name))
    return {
      identity: joinLayers(...own, ...groups),
      boundary: boundaryOf(world, user, PermissionsBoundary?.PermissionsBoundaryArn, AttachedManagedPolicies !== undefined),
    }
  })

/** What a user has by being in a group. */
export function groupPolicies(world: IdentityReader, user: Resource<'aws/iam/User'>, name: string): PlacedLayer {
  const found = tried(() => world.where('aws/iam/Group', 'name', name, user.scope))
  if (found.is === 'unread') return unreadLayer(found.fact)
  const [group] = found.value
  if (group === undefined)
    return unreadLayer({
      kind: 'aws/iam/Group',
      id: name,
      reason: 'a user is in a group that was not read',
      settle: { by: 'iam', action: details },
    })
  const { GroupPolicyList, AttachedManagedPolicies } = group.body
  return joinLayers(
    inlinePolicies(group, 'GroupPolicyList', GroupPolicyList, `group ${name}`),
    attachedPolicies(world, group, AttachedManagedPolicies, `group ${name}`),
  )
}

type Owner = Resource<'aws/iam/Role'> | Resource<'aws/iam/User'> | Resource<'aws/iam/Group'>

interface Inline {
  readonly PolicyName?: string | undefined
  readonly PolicyDocument?: unknown
}

function inlinePolicies(owner: Owner, list: string, policies: readonly Inline[] | undefined, text: string): PlacedLayer {
  if (policies === undefined) return unreadLayer(missing(owner.kind, owner.id, 'its inline policies', details))
  return joinLayers(
    ...policies.map(({ PolicyName = '', PolicyDocument }, index) =>
      documentLayer(
        owner as Resource,
        [list, index, 'PolicyDocument'],
        PolicyDocument,
        'identity',
        `inline policy ${PolicyName} of ${text}`,
        missing(owner.kind, owner.id, 'the document of an inline policy', details),
      ),
    ),
  )
}

function attachedPolicies(
  world: IdentityReader,
  owner: Owner,
  attached: readonly { readonly PolicyArn?: string | undefined }[] | undefined,
  text: string,
): PlacedLayer {
  if (attached === undefined) return unreadLayer(missing(owner.kind, owner.id, 'its attached policies', details))
  return joinLayers(
    ...attached.map(({ PolicyArn }) => (PolicyArn === undefined ? noPolicies : managedPolicy(world, PolicyArn, 'identity', text))),
  )
}

/** The default version of a managed policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html */
function managedPolicy(world: IdentityReader, arn: string, kind: PolicyKind, owner: string): PlacedLayer {
  const found = tried(() => world.find('aws/iam/Policy', arn))
  if (found.is === 'unread') return unreadLayer(found.fact)
  const policy = found.value
  if (policy === undefined) {
    return unreadLayer({
      kind: 'aws/iam/Policy',
      id: arn,
      reason: 'a policy is attached that was not read',
      settle: { by: 'iam', action: details },
    })
  }
  const versions = policy.body.PolicyVersionList ?? []
  const index = versions.findIndex(
    version => version.IsDefaultVersion === true || (version.VersionId !== undefined && version.VersionId === policy.body.DefaultVersionId),
  )
  const name = `policy ${arn.slice(arn.lastIndexOf('/') + 1)} of ${owner}`
  return documentLayer(
    policy,
    ['PolicyVersionList', index, 'Document'],
    versions[index]?.Document,
    kind,
    name,
    missing('aws/iam/Policy', arn, 'its default version', 'iam:GetPolicyVersion'),
  )
}

function boundaryOf(
  world: IdentityReader,
  owner: Resource<'aws/iam/Role'> | Resource<'aws/iam/User'>,
  arn: string | undefined,
  isDetailed: boolean,
): PlacedLayer | undefined {
  const name = owner.kind === 'aws/iam/Role' ? owner.body.RoleName : owner.body.UserName
  if (arn !== undefined) return managedPolicy(world, arn, 'boundary', `${name}, its permissions boundary`)
  return isDetailed ? undefined : unreadLayer(missing(owner.kind, owner.id, 'its permissions boundary', 'iam:GetRole'))
}
