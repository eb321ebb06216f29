import type { Proposal } from '#joints/proposal.ts'
import { Unread, UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { BlueprintAccess } from '#model/blueprint.ts'
import { removing, setting, targetOf, type Edit } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import { isOwned, ownerTag } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { accessPolicies } from '#rbac/access-policies.ts'

type Cluster = Resource<'aws/eks/Cluster'>
type Entry = Resource<'aws/eks/AccessEntry'>

/** @throws Unread when the entries of the cluster were not all read */
export const entryOf = (
  world: Reader<'aws/eks/AccessEntry'>,
  { body: { name }, scope }: Cluster,
  { principalArn }: BlueprintAccess,
): Entry | undefined => {
  const within = 'cluster' in scope ? scope : { ...scope, clusterName: name }
  return world.where('aws/eks/AccessEntry', 'cluster', name, within).find(({ body }) => body.principalArn === principalArn)
}

export function creation({ id, scope, body: { name } }: Cluster, { principalArn, groups, where }: BlueprintAccess): Proposal {
  assertGroups(groups, where)
  const [, , , , account = '', principal = ''] = principalArn.split(':')
  // EKS puts an id of its own behind the names.
  const accessEntryArn = `${id.replace(':cluster/', ':access-entry/')}/${principal.replace('/', `/${account}/`)}`
  const body = {
    accessEntryArn,
    clusterName: name,
    principalArn,
    kubernetesGroups: groups,
    type: 'STANDARD',
    associatedAccessPolicies: [],
    tags: { [ownerTag.Key]: ownerTag.Value },
  }
  const change = {
    target: { kind: 'aws/eks/AccessEntry', id: accessEntryArn, scope: { ...scope, clusterName: name } },
    edit: { do: 'create', body },
    permissions: ['eks:CreateAccessEntry', 'eks:TagResource'],
    risk: `Whoever has ${nameOf(principalArn)} may sign in to the cluster${groups.length === 0 ? '' : `, as a member of ${groups.join(', ')}`}.`,
  } as const
  return { change, title: `let ${nameOf(principalArn)} sign in to cluster ${name}`, makes: 'cluster-access: access entry' }
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

/** https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
function assertGroups(groups: readonly string[], where: string): void {
  const reserved = groups.find(group => group.startsWith('system:'))
  if (reserved === undefined) return
  throw new UserError('BAD_BLUEPRINT', `EKS takes no group ${reserved} in an access entry`, {
    where,
    help: reserved === 'system:masters' ? 'declare the policy AmazonEKSClusterAdminPolicy instead' : 'bind a group of your own to the role',
  })
}

/** Of an entry that is ours the groups are those that are declared; of another's they are added to. */
export function groupProposals(entry: Entry | undefined, { groups, where }: BlueprintAccess): readonly Proposal[] {
  if (entry === undefined) return []
  assertGroups(groups, where)
  const { kubernetesGroups: before = [], principalArn, type = 'STANDARD' } = entry.body
  if (type !== 'STANDARD') {
    throw new UserError(
      'CANNOT_HOLD',
      `the access entry of ${nameOf(principalArn)} is of type ${type}, which takes no groups and policies`,
      {
        where,
        help: 'it lets in nodes: give people another role',
      },
    )
  }
  const after = isOwned(entry.body) ? groups : [...before, ...groups.filter(group => !before.includes(group))]
  if (sameValue(before, after)) return []
  const change = {
    target: targetOf(entry),
    edit: setting(entry, ['kubernetesGroups'], after),
    permissions: ['eks:UpdateAccessEntry'],
    risk: `Whoever has ${nameOf(principalArn)} is a member of ${after.length === 0 ? 'no group' : after.join(', ')}.${theirs(entry)}`,
  }
  return [{ change, title: `set the groups of ${nameOf(principalArn)}`, makes: 'cluster-access: groups' }]
}

const theirs = ({ body }: Entry): string => (isOwned(body) ? '' : ' The access entry is not of Mortise; what it has stays.')

interface Wanted {
  readonly policyArn: string
  readonly accessScope: { readonly type: 'cluster' | 'namespace'; readonly namespaces: readonly string[] }
}

function wantedPolicies(entry: Entry, { policies, where }: BlueprintAccess): readonly Wanted[] {
  const [, partition = 'aws'] = entry.id.split(':')
  return policies.map(({ name, namespaces }) => {
    const near = name in accessPolicies ? undefined : nearest(name, Object.keys(accessPolicies))
    if (near !== undefined)
      throw new UserError('BAD_BLUEPRINT', `EKS has no access policy ${name}`, { where, help: `did you mean ${near}?` })
    const type = namespaces.length === 0 ? 'cluster' : 'namespace'
    return { policyArn: `arn:${partition}:eks::aws:cluster-access-policy/${name}`, accessScope: { type, namespaces } }
  })
}

/** Of an entry that is ours the policies are those that are declared; of another's none goes, and none reaches less far. */
export function policyProposals(entry: Entry | undefined, access: BlueprintAccess): readonly Proposal[] {
  if (entry === undefined) return []
  const { associatedAccessPolicies: list } = entry.body
  if (list === undefined) {
    const settle = { by: 'iam', action: 'eks:ListAssociatedAccessPolicies' } as const
    throw new Unread({ kind: entry.kind, id: entry.id, reason: 'the access entry was read without its policies', settle })
  }
  const wanted = wantedPolicies(entry, access)
  const added = wanted.filter(({ policyArn }) => !list.some(each => each.policyArn === policyArn))
  const dropped = isOwned(entry.body) ? list.filter(each => !wanted.some(({ policyArn }) => policyArn === each.policyArn)) : []
  return [
    ...wanted.flatMap(each => rescoping(entry, each)),
    ...added.map((each, index) =>
      proposal(entry, each, setting(entry, ['associatedAccessPolicies', list.length + index], each), 'eks:AssociateAccessPolicy'),
    ),
    ...dropped.toReversed().map(each => {
      const edit = removing(entry, ['associatedAccessPolicies', list.indexOf(each)])
      const change = {
        target: targetOf(entry),
        edit,
        permissions: ['eks:DisassociateAccessPolicy'],
        risk: `Whoever has ${nameOf(entry.body.principalArn)} loses ${nameOf(each.policyArn ?? '')}.`,
      }
      return {
        change,
        title: `take ${nameOf(each.policyArn ?? '')} from ${nameOf(entry.body.principalArn)}`,
        makes: 'cluster-access: policies',
      }
    }),
  ]
}

function rescoping(entry: Entry, wanted: Wanted): readonly Proposal[] {
  const index = (entry.body.associatedAccessPolicies ?? []).findIndex(each => each.policyArn === wanted.policyArn)
  const before = entry.body.associatedAccessPolicies?.[index]?.accessScope
  if (index === -1 || before === undefined) return []
  const had = { type: before.type, namespaces: before.namespaces ?? [] }
  const after = isOwned(entry.body) ? wanted.accessScope : widened(had, wanted.accessScope)
  if (sameValue(had, after)) return []
  const edit = setting(entry, ['associatedAccessPolicies', index, 'accessScope'], after)
  return [proposal(entry, { ...wanted, accessScope: after }, edit, 'eks:AssociateAccessPolicy')]
}

/** The whole cluster has every namespace in it. */
function widened(
  had: { readonly type: string | undefined; readonly namespaces: readonly string[] },
  wanted: Wanted['accessScope'],
): Wanted['accessScope'] {
  if (had.type === 'cluster' || wanted.type === 'cluster') return { type: 'cluster', namespaces: [] }
  return { type: 'namespace', namespaces: [...had.namespaces, ...wanted.namespaces.filter(name => !had.namespaces.includes(name))] }
}

function proposal(entry: Entry, { policyArn, accessScope }: Wanted, edit: Edit, permission: string): Proposal {
  const who = nameOf(entry.body.principalArn)
  const where = accessScope.type === 'cluster' ? 'in the whole cluster' : `in ${accessScope.namespaces.join(', ')}`
  const risk = `Whoever has ${who} may do what ${nameOf(policyArn)} allows ${where}.${theirs(entry)}`
  const change = { target: targetOf(entry), edit, permissions: [permission], risk }
  return { change, title: `give ${who} ${nameOf(policyArn)} ${where}`, makes: 'cluster-access: policies' }
}
