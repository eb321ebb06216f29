import { Unread } from '#base/errors.ts'
import { issuerOf } from '#joints/clusters.ts'
import { trustOf } from '#joints/trust.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { identityOf, literalOf, type Defined } from './identity.ts'
import { parseRoleArn, providerArn } from './service-account.ts'
import { seatsOf, type Seat } from './webhook.ts'

/** A token that a pod template projects itself and presents for a role that it names itself. */
export interface WrittenToken {
  readonly seat: Seat
  readonly role: Defined
  readonly roleArn: string
  /** Undefined: that of the API server. */
  readonly audience: string | undefined
  /** Of the `serviceAccountToken` that is projected. */
  readonly path: Path
}

/** The tokens of a template's containers, of those that use no other identity first. */
export function writtenTokens({ template }: Workload): readonly WrittenToken[] {
  return seatsOf(template.spec).flatMap(seat => {
    const identity = identityOf(template.spec, seat.container)
    const roleArn = identity.by === 'web-identity' ? literalOf(identity.role) : undefined
    if (identity.by !== 'web-identity' || identity.token.is !== 'token' || roleArn === undefined) return []
    const { volume, audience } = identity.token
    const index = (template.spec.volumes ?? []).findIndex(({ name }) => name === volume)
    const sources = template.spec.volumes?.[index]?.projected?.sources ?? []
    const source = sources.findIndex(
      ({ serviceAccountToken }) => serviceAccountToken !== undefined && serviceAccountToken.audience === audience,
    )
    const path = [...template.root, 'spec', 'volumes', index, 'projected', 'sources', source, 'serviceAccountToken']
    return [{ seat, role: identity.role, roleArn, audience, path }]
  })
}

export type AudienceReader = Reader<'aws/eks/Cluster' | 'aws/iam/OpenIDConnectProvider' | 'aws/iam/Role'>

/** Who refuses the audience, and one that provider and trust policy both take. */
export type AudienceAnswer =
  | { readonly is: 'other'; readonly why: string }
  | { readonly is: 'taken'; readonly provider: Resource<'aws/iam/OpenIDConnectProvider'> }
  | {
      readonly is: 'refused'
      readonly by: Resource<'aws/iam/OpenIDConnectProvider'> | Resource<'aws/iam/Role'>
      readonly instead: string | undefined
    }

/**
 * Whether STS takes a token's audience: the provider must list it, and then the trust policy must let it in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 * @throws Unread when cluster, provider, role or policy were not read
 */
export function audienceAnswer(world: AudienceReader, workload: Workload, { roleArn, audience }: WrittenToken): AudienceAnswer {
  const parts = parseRoleArn(roleArn)
  if (parts === undefined) return { is: 'other', why: 'the role ARN is malformed' }
  const { key: issuer } = issuerOf(world, { cluster: workload.cluster })
  const provider = world.find('aws/iam/OpenIDConnectProvider', providerArn(parts, issuer))
  if (provider === undefined) return { is: 'other', why: 'the provider does not exist' }
  const role = world.find('aws/iam/Role', roleArn)
  if (role === undefined) return { is: 'other', why: 'the role does not exist' }
  const listed = clientIdsOf(provider)
  const subject = `system:serviceaccount:${workload.namespace}:${workload.serviceAccountName}`
  const letsIn = (aud: string) => trustOf(world, role, { provider: provider.id, issuer, subject, audience: aud }).allowed
  if (audience === undefined && listed.some(id => id !== sts)) throw new Unread(apiServers(provider))
  const isListed = audience !== undefined && listed.includes(audience)
  if (isListed && letsIn(audience)) return { is: 'taken', provider }
  const instead = listed.find(letsIn)
  if (isListed && instead === undefined) return { is: 'other', why: 'the trust policy lets the token in with no audience' }
  return { is: 'refused', by: isListed ? role : provider, instead }
}

const sts = 'sts.amazonaws.com'

function clientIdsOf(provider: Resource<'aws/iam/OpenIDConnectProvider'>): readonly string[] {
  if (provider.body.ClientIDList !== undefined) return provider.body.ClientIDList
  throw new Unread({
    kind: provider.kind,
    id: provider.id,
    reason: 'the provider was read without its client ids',
    settle: { by: 'iam', action: 'iam:GetOpenIDConnectProvider' },
  })
}

/** The audiences of an API server are a flag of it that nobody reads. */
const apiServers = ({ kind, id }: Resource) => ({
  kind,
  id,
  reason: 'whether it lists the audience that the API server gives tokens without one is not known',
  settle: { by: 'user', step: 'name an audience in the projected volume' } as const,
})
