import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { rootCredentials } from '../aws/account.ts'
import { policyText } from '../iam-principal.ts'
import type { Lab } from '../lab.ts'

/** One account as these tests set it up: by its root, whatever may be read later. */
export interface Account {
  readonly id: string
  readonly issuerKey: string
  readonly providerArn: string
  roleArn(name: string): string
  makeRole(name: string, statements: readonly object[]): Promise<void>
  /** Of a role without policies. */
  removeRole(name: string): Promise<void>
  /** Makes the provider of the lab's cluster, unless another suite did; undone by what it answers. */
  makeProvider(): Promise<() => Promise<void>>
}

export function accountOf(lab: Lab, id: string = lab.accountId): Account {
  const iam = new IAMClient(lab.aws(rootCredentials(id)))
  const issuerKey = lab.issuer.replace('https://', '')
  const providerArn = `arn:aws:iam::${id}:oidc-provider/${issuerKey}`
  return {
    id,
    issuerKey,
    providerArn,
    roleArn: name => `arn:aws:iam::${id}:role/${name}`,
    async makeRole(name, statements) {
      await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policyText(statements) }))
    },
    async removeRole(name) {
      await iam.send(new DeleteRoleCommand({ RoleName: name }))
    },
    async makeProvider() {
      try {
        await iam.send(new CreateOpenIDConnectProviderCommand({ Url: lab.issuer, ClientIDList: [audience] }))
      } catch (error) {
        // Another suite's, which takes the same audience and perhaps more.
        if (!(error instanceof EntityAlreadyExistsException)) throw error
        return () => Promise.resolve()
      }
      return async () => {
        await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }))
      }
    },
  }
}

const audience = 'sts.amazonaws.com'

/**
 * A role for scans of another account: `--assume-role` with its ARN, from the lab's account. It may ask for the account's organization, of which ministack makes
 * every account the management account; a member's may not, and the management account is asked instead.
 */
export async function makeReader(
  lab: Lab,
  account: Account,
  name: string,
  of: 'an organization of its own' | 'a member' = 'an organization of its own',
): Promise<string> {
  await account.makeRole(name, [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${lab.accountId}:root` }, Action: 'sts:AssumeRole' }])
  const organization = of === 'a member' ? [] : ['organizations:Describe*', 'organizations:List*']
  const reads = [{ Effect: 'Allow', Action: ['iam:Get*', 'iam:List*', 'eks:*', ...organization], Resource: '*' }]
  const policy = { RoleName: name, PolicyName: 'read', PolicyDocument: policyText(reads) }
  await new IAMClient(lab.aws(rootCredentials(account.id))).send(new PutRolePolicyCommand(policy))
  return account.roleArn(name)
}

/** The trust that AWS's own guide writes: this service account of this cluster, and the audience. */
export function trustOf(account: Account, namespace: string, serviceAccount: string): object {
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`
  return trustWith(account, { StringEquals: { [`${account.issuerKey}:sub`]: subject, [`${account.issuerKey}:aud`]: audience } })
}

export const trustWith = (account: Account, condition: object, more: object = {}): object => ({
  Effect: 'Allow',
  Principal: { Federated: account.providerArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: condition,
  ...more,
})
