import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { inTurn } from '#joints/in-turn.ts'
import type { Proposal } from '#joints/proposal.ts'
import { Unread, UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { Blueprint, BlueprintAccess } from '#model/blueprint.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { creation, entryOf, groupProposals, policyProposals } from './entry-proposals.ts'

const kinds = ['aws/eks/AccessEntry', 'aws/eks/Cluster', 'aws/iam/Role', 'aws/iam/User'] as const
type BlueprintReader = Reader<(typeof kinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>

export default {
  joint: 'cluster-access',
  parts: blueprint => [
    ...(blueprint.access.length === 0 && blueprint.authenticationMode === undefined
      ? []
      : [
          definePart({
            about: 'the authentication mode',
            reads: ['aws/eks/Cluster'],
            propose: (_world, cluster) => modeProposals(cluster, blueprint),
          }),
        ]),
    ...blueprint.access.map(access =>
      definePart({
        about: access.principalArn,
        reads: kinds,
        propose: (world, cluster) => {
          assertPrincipal(world, cluster, access)
          return inTurn<(typeof kinds)[number]>(
            world,
            now => (entryOf(now, cluster, access) === undefined ? [creation(cluster, access)] : []),
            now => groupProposals(entryOf(now, cluster, access), access),
            now => policyProposals(entryOf(now, cluster, access), access),
          )
        },
      }),
    ),
  ],
} satisfies JointBlueprint

/**
 * EKS goes from aws-auth alone to both, and never back, so the blueprint must say it; to access entries alone Mortise does not go, since whatever aws-auth
 * still lets in, nodes included, would be shut out. https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
 */
function modeProposals(cluster: Cluster, { access, authenticationMode }: Blueprint): readonly Proposal[] {
  const mode = cluster.body.accessConfig?.authenticationMode
  if (mode === undefined) {
    const settle = { by: 'iam', action: 'eks:DescribeCluster' } as const
    throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster was read without its authentication mode', settle })
  }
  if (mode !== 'CONFIG_MAP') return []
  if (authenticationMode === undefined) {
    throw new UserError('ONE_WAY', `cluster ${cluster.body.name} takes no access entries: aws-auth alone says who may reach it`, {
      where: access[0]?.where ?? '',
      help: 'declare authenticationMode: API_AND_CONFIG_MAP, and know that EKS has no way back from it; what aws-auth says still counts',
    })
  }
  const change = {
    target: targetOf(cluster),
    edit: setting(cluster, ['accessConfig', 'authenticationMode'], authenticationMode),
    permissions: ['eks:UpdateClusterConfig'],
    risk: 'There is no way back: undo leaves it. Access entries then count, and go before aws-auth; whoever may write them may let in anybody.',
    isOneWay: true,
  } as const
  const wait = { for: 'ready', seconds: 600 } as const
  return [{ change, title: 'let access entries count beside aws-auth', makes: 'cluster-access: authentication mode', wait }]
}

/** A role or user of this account must exist: EKS refuses others, and a misspelt one lets nobody in. Other accounts are not looked at. */
function assertPrincipal(world: BlueprintReader, { id }: Cluster, { principalArn, where }: BlueprintAccess): void {
  const [, , , , account = ''] = id.split(':')
  const [, type, name = ''] = /^arn:[^:]+:iam::\d{12}:(role|user)\/(.+)$/.exec(principalArn) ?? []
  if (type === undefined) {
    throw new UserError('BAD_BLUEPRINT', `${principalArn} is neither a role nor a user of IAM`, {
      where,
      help: 'write arn:aws:iam::ACCOUNT:role/NAME: a session is let in by its role',
    })
  }
  if (principalArn.split(':')[4] !== account) return
  const kind = type === 'role' ? 'aws/iam/Role' : 'aws/iam/User'
  if (world.find(kind, principalArn) !== undefined) return
  const near = nearest(
    name,
    world.seen(kind).map(each => each.id.slice(each.id.indexOf('/') + 1)),
  )
  throw new UserError('BAD_BLUEPRINT', `there is no ${type} ${name} in account ${account}`, {
    where,
    ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
  })
}
