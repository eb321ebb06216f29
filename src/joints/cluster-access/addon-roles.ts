import { issuerOf } from '#joints/clusters.ts'
import { parseRoleArn, providerArn } from '#joints/irsa/service-account.ts'
import { trustOf } from '#joints/trust.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import {
  gainOf,
  may,
  mayPass,
  placesOf,
  roleWithGain,
  rolesBeside,
  within,
  type EscalationReader,
  type Role,
  type Search,
  type Yes,
} from './escalation.ts'
import { mayAssociate, passedToEks } from './association-writes.ts'
import { letsPodIdentityIn, lettingIn, type Bearer } from './role-bearers.ts'
import { callerOf, mentions } from './role-may.ts'
import { powersOf } from './role-powers.ts'

export type AddonReader = EscalationReader & Reader<'aws/eks/Addon'>

const update = 'eks:UpdateAddon'

/** An add-on of EKS whose own pods have the role. */
interface OwnAddon {
  readonly bearer: Bearer
  readonly addonArn: string
  /** Where the add-on names the role, when it does so itself. */
  readonly at?: Evidence
  readonly cluster: Resource<'aws/eks/Cluster'>
}

/**
 * The stronger roles that the role's pods, those of an add-on, get once they have given them to their add-on: EKS binds serviceAccountRoleArn to the add-on's
 * service account. https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
 */
export function findAddonRoles(world: AddonReader, search: Search, role: Role): void {
  const { identity } = callerOf(world, role)
  if (!mentions(identity, update) || !mentions(identity, 'iam:PassRole')) return
  for (const addon of ownAddons(world, search, role)) {
    const updated = may(world, search, role, { action: update, resource: addon.addonArn })
    if (updated !== undefined) findRoles(world, search, role, addon, updated)
  }
}

function findRoles(world: AddonReader, search: Search, role: Role, addon: OwnAddon, updated: Yes): void {
  for (const other of rolesBeside(world, search, role, 'iam:PassRole')) {
    const byToken = addon.bearer.by === 'irsa' && within(search, () => letsTokenIn(world, other, addon)) === true
    if (!byToken && within(search, () => letsAssociationIn(other, addon)) !== true) continue
    const passed = mayPass(world, search, role, other, passedToEks)
    if (passed === undefined) continue
    const gained = gainOf(world, search, role, powersOf(world, other))
    if (gained.length === 0) continue
    if (byToken)
      search.found.push({
        to: roleWithGain(other, gained),
        evidence: [...placesOf(updated, passed), ...(addon.at === undefined ? [] : [addon.at])],
      })
    // Who may make associations needs no add-on for it, which another check says.
    else if (mayAssociate(world, search, role, addon.bearer, addon.cluster) === undefined) search.doubt ??= byAssociation(role)
  }
}

/** CloudFormation's resource type for add-ons asks for it, and no page says whether the call does. */
const byAssociation = ({ kind, id }: Role): NonNullable<Search['doubt']> => ({
  kind,
  id,
  reason: `whether ${update} with podIdentityAssociations asks for eks:CreatePodIdentityAssociation is not documented`,
  settle: { by: 'user', step: 'limit iam:PassRole by Resource, or try the call' },
})

function ownAddons(world: AddonReader, search: Search, role: Role): readonly OwnAddon[] {
  const bearers = lettingIn(world, role)
  return bearers.flatMap(bearer => {
    const cluster = world
      .seen('aws/eks/Cluster')
      .find(({ id, body }) => body.name === bearer.cluster && accountOf(id) === accountOf(role.id))
    if (cluster === undefined) return []
    if (bearer.by === 'pod-identity') {
      const addonArn = ownerOf(bearer)
      return addonArn === undefined ? [] : [{ bearer, addonArn, cluster }]
    }
    if (bearers.some(other => other !== bearer && other.cluster === bearer.cluster)) return []
    const addon = within(search, () => namingIt(world, role, cluster))
    return addon === undefined
      ? []
      : [{ bearer, addonArn: addon.id, cluster, at: addon.at(['serviceAccountRoleArn'], 'the add-on has this role') }]
  })
}

/** The add-on that made the association. */
function ownerOf({ at: { resource } }: Bearer): string | undefined {
  const { ownerArn } = resource.body as { readonly ownerArn?: string }
  return ownerArn?.includes(':addon/') === true ? ownerArn : undefined
}

/**
 * The add-on whose service account was given the role. Others with the role would be somebody else's.
 * @throws Unread when add-ons or service accounts were not read in full
 */
function namingIt(world: AddonReader, role: Role, cluster: Resource<'aws/eks/Cluster'>): Resource<'aws/eks/Addon'> | undefined {
  const [, , , region = '', account = ''] = cluster.id.split(':')
  const { name: clusterName } = cluster.body
  const addon = world
    .list('aws/eks/Addon', { account, region, clusterName })
    .find(({ body }) => body.clusterName === clusterName && body.serviceAccountRoleArn === role.id)
  if (addon !== undefined) world.list('k8s/ServiceAccount', { cluster: clusterName })
  return addon
}

function letsTokenIn(world: AddonReader, other: Role, { bearer, cluster }: OwnAddon): boolean {
  const parts = parseRoleArn(other.id)
  if (parts === undefined) return false
  const { key } = issuerOf(world, { cluster: cluster.body.name })
  return trustOf(world, other, {
    provider: providerArn(parts, key),
    issuer: key,
    subject: `system:serviceaccount:${bearer.namespace}:${bearer.name}`,
    audience: 'sts.amazonaws.com',
  }).allowed
}

const letsAssociationIn = (other: Role, { bearer, cluster }: OwnAddon): boolean =>
  letsPodIdentityIn(other, {
    clusterArn: cluster.id,
    clusterName: cluster.body.name,
    namespace: bearer.namespace,
    serviceAccount: bearer.name,
    isTagged: true,
  })

const accountOf = (arn: string): string => arn.split(':')[4] ?? ''
