import { GetOpenIDConnectProviderCommand, GetRoleCommand, GetUserCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam'
import { rootCredentials } from '../aws/account.ts'
import { identity } from '../versions.ts'

export interface OidcProvider {
  readonly arn: string
  readonly clientIds: readonly string[]
}

export interface Role {
  readonly arn: string
  readonly maxSessionDuration: number
}

/** What STS knows of an account without asking its caller. */
export interface Account {
  /** The provider of that ARN, or undefined when the account has none. */
  oidcProvider(arn: string): Promise<OidcProvider | undefined>
  role(name: string): Promise<Role | undefined>
}

/** Reads accounts straight from the emulator, as their root. */
export function accountReader(emulatorEndpoint: string): (accountId: string) => Account {
  const accounts = new Map<string, Account>()
  return accountId => {
    const known = accounts.get(accountId)
    if (known) return known
    const settings = { endpoint: emulatorEndpoint, region: identity.region, credentials: rootCredentials(accountId) }
    const account = readerOf(new IAMClient(settings))
    accounts.set(accountId, account)
    return account
  }
}

/** The ARN of the permissions boundary of a role or user, read as the account's root. */
export function rootReader(emulatorEndpoint: string, accountId: string) {
  const iam = new IAMClient({ endpoint: emulatorEndpoint, region: identity.region, credentials: rootCredentials(accountId) })
  return (kind: 'role' | 'user', name: string): Promise<string | undefined> =>
    undefinedWhenAbsent(async () => {
      const found =
        kind === 'role'
          ? (await iam.send(new GetRoleCommand({ RoleName: name }))).Role
          : (await iam.send(new GetUserCommand({ UserName: name }))).User
      return found?.PermissionsBoundary?.PermissionsBoundaryArn
    })
}

function readerOf(iam: IAMClient): Account {
  return {
    oidcProvider: arn =>
      undefinedWhenAbsent(async () => {
        const provider = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }))
        return { arn, clientIds: provider.ClientIDList ?? [] }
      }),
    role: name =>
      undefinedWhenAbsent(async () => {
        const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: name }))
        return { arn: role?.Arn ?? '', maxSessionDuration: role?.MaxSessionDuration ?? 3600 }
      }),
  }
}

async function undefinedWhenAbsent<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined
    throw error
  }
}
