import type { WebIdentityToken } from '#joints/trust.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { RoleArn } from './service-account.ts'
import { issuerInArn, strayProvider } from './stray-issuer.ts'
import type { IssuedToken } from './token.ts'

type Provider = Resource<'aws/iam/OpenIDConnectProvider'>

/** A provider that was perhaps meant: of the same issuer elsewhere or spelt otherwise, or of a cluster that nobody knows any more. */
export function nearProvider(world: Reader<'aws/iam/OpenIDConnectProvider' | 'aws/eks/Cluster'>, token: IssuedToken): Evidence | undefined {
  const providers = world.seen('aws/iam/OpenIDConnectProvider')
  const own = new Set(world.seen('aws/eks/Cluster').map(cluster => cluster.body.identity?.oidc?.issuer?.replace(/^https:\/\//, '')))
  for (const provider of providers) {
    const stray = strayProvider(provider.id, token.provider, token.issuer)
    if (stray !== undefined && stray.how !== 'cluster') return provider.at(['Arn'], `near: ${stray.label}`)
  }
  const stale = providers.filter(provider => isAbandoned(provider, token, own))
  return stale.length === 1 ? stale[0]?.at(['Arn'], 'of a cluster that was not read: a recreated cluster has another issuer') : undefined
}

const isAbandoned = (provider: Provider, token: IssuedToken, own: ReadonlySet<string | undefined>): boolean =>
  strayProvider(provider.id, token.provider, token.issuer)?.how === 'cluster' &&
  sameAccount(provider.id, token.provider) &&
  !own.has(issuerInArn(provider.id))

const sameAccount = (a: string, b: string): boolean => a.split(':')[4] === b.split(':')[4]

/** The provider as iam:GetOpenIDConnectProvider would then give it: its `Url` carries no `https://`. */
export const providerChange = (token: WebIdentityToken, role: Pick<RoleArn, 'account'>): Change => ({
  target: { kind: 'aws/iam/OpenIDConnectProvider', id: token.provider, scope: { account: role.account } },
  edit: { do: 'create', body: { Arn: token.provider, Url: token.issuer, ClientIDList: [token.audience] } },
  permissions: ['iam:CreateOpenIDConnectProvider'],
  risk: `Roles of account ${role.account} that trust this issuer already can then be assumed from the cluster, those without a subject condition by every service account.`,
})

export const audienceChange = (provider: Provider, audiences: readonly string[], audience: string): Change => ({
  target: targetOf(provider),
  edit: setting(provider, ['ClientIDList', audiences.length], audience),
  permissions: ['iam:AddClientIDToOpenIDConnectProvider'],
  risk: `Tokens for ${audience} are then accepted for every role that trusts this provider without a condition on the audience.`,
})
