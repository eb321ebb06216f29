import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { DeleteSecretCommand, RestoreSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { policyText } from '../iam-principal.ts'
import type { Lab } from '../lab.ts'

/** One link of what was made, broken by hand, and how it is mended. */
export interface WholeVariant {
  readonly name: string
  readonly target: string
  readonly namespace: string
  /** Answers what mends it. */
  readonly breaks: (lab: Lab) => Promise<() => Promise<unknown>>
  /** `joint/link check`. */
  readonly named: string
}

const ofCart = { target: 'deploy/cart', namespace: 'shop' } as const
const cartRole = 'lab-shop-cart'

/** An object is taken away, and comes back as it was. */
const without =
  (kind: string, name: string, namespace: string) =>
  async (lab: Lab): Promise<() => Promise<unknown>> => {
    const object = await readObject(lab, kind, name, namespace)
    await lab.kubectl('delete', kind, name, '-n', namespace)
    return () => lab.kubectlApply(JSON.stringify(object))
  }

/** An object is changed by a merge patch, and comes back by another. */
const patched =
  (kind: string, name: string, patches: readonly [breaks: object, mends: object]) =>
  async (lab: Lab): Promise<() => Promise<unknown>> => {
    const patch = (value: object) => lab.kubectl('patch', kind, name, '-n', 'shop', '--type=merge', '-p', JSON.stringify(value))
    const [breaks, mends] = patches
    await patch(breaks)
    return () => patch(mends)
  }

async function readObject(lab: Lab, kind: string, name: string, namespace: string): Promise<object> {
  const object = JSON.parse(await lab.kubectl('get', kind, name, '-n', namespace, '-o', 'json')) as { metadata: Record<string, unknown> }
  const { resourceVersion: _, uid: __, creationTimestamp: ___, managedFields: ____, ...metadata } = object.metadata
  return { ...object, metadata }
}

async function withoutPolicy(lab: Lab, RoleName: string): Promise<() => Promise<unknown>> {
  const iam = new IAMClient(lab.aws())
  const policy = { RoleName, PolicyName: 'mortise' }
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(policy))
  await iam.send(new DeleteRolePolicyCommand(policy))
  return () => iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: decodeURIComponent(PolicyDocument) }))
}

async function distrusted(lab: Lab): Promise<() => Promise<unknown>> {
  const iam = new IAMClient(lab.aws())
  const issuer = lab.issuer.replace('https://', '')
  const trust = (subject: string) =>
    iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: cartRole,
        PolicyDocument: policyText([
          {
            Effect: 'Allow',
            Principal: { Federated: `arn:aws:iam::${lab.accountId}:oidc-provider/${issuer}` },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: {
              StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: `system:serviceaccount:shop:${subject}` },
            },
          },
        ]),
      }),
    )
  await trust('card')
  return () => trust('cart')
}

export const wholeVariants: readonly WholeVariant[] = [
  { ...ofCart, name: 'the role trusts another', named: 'irsa/trust irsa/trust-does-not-match', breaks: distrusted },
  {
    ...ofCart,
    name: 'the policy of the role is gone',
    named: 'secrets-store/permission secrets-store/read-denied',
    breaks: lab => withoutPolicy(lab, cartRole),
  },
  {
    ...ofCart,
    name: 'the class is gone',
    named: 'secrets-store/class secrets-store/class-missing',
    breaks: without('secretproviderclass', 'cart-smtp', 'shop'),
  },
  {
    ...ofCart,
    name: 'the policy lets nothing out',
    named: 'irsa/network irsa/sts-connection-denied',
    breaks: async lab => {
      const before = (await readObject(lab, 'networkpolicy', 'mortise-cart', 'shop')) as { readonly spec: { readonly egress: object } }
      return patched('networkpolicy', 'mortise-cart', [{ spec: { egress: [] } }, { spec: { egress: before.spec.egress } }])(lab)
    },
  },
  {
    ...ofCart,
    name: 'the pods have a group that is not there',
    named: 'security-groups-for-pods/groups security-groups-for-pods/group-missing',
    breaks: async lab => {
      const before = (await readObject(lab, 'securitygrouppolicy', 'mortise-cart', 'shop')) as {
        readonly spec: { readonly securityGroups: object }
      }
      const groups = (securityGroups: object) => ({ spec: { securityGroups } })
      const nobodys = groups({ groupIds: ['sg-0123456789abcdef0'] })
      return patched('securitygrouppolicy', 'mortise-cart', [nobodys, groups(before.spec.securityGroups)])(lab)
    },
  },
  {
    ...ofCart,
    name: 'the provider of the cluster is gone',
    named: 'irsa/provider irsa/provider-missing',
    breaks: async lab => {
      const iam = new IAMClient(lab.aws())
      const OpenIDConnectProviderArn = `arn:aws:iam::${lab.accountId}:oidc-provider/${lab.issuer.replace('https://', '')}`
      const { ClientIDList, Tags } = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
      return () => iam.send(new CreateOpenIDConnectProviderCommand({ Url: lab.issuer, ClientIDList, Tags }))
    },
  },
  {
    ...ofCart,
    name: 'the service account asks for no role any more',
    named: 'irsa/injection irsa/pod-identity-stale',
    breaks: lab => {
      const asking = (role: string | null) => ({ metadata: { annotations: { 'eks.amazonaws.com/role-arn': role } } })
      return patched('serviceaccount', 'cart', [asking(null), asking(`arn:aws:iam::${lab.accountId}:role/${cartRole}`)])(lab)
    },
  },
  {
    ...ofCart,
    name: 'the provider of secrets is gone',
    named: 'secrets-store/provider secrets-store/provider-missing',
    breaks: without('daemonset', 'csi-secrets-store-provider-aws', 'kube-system'),
  },
  {
    ...ofCart,
    name: 'the secret is deleted',
    named: 'secrets-store/secret secrets-store/secret-scheduled-for-deletion',
    breaks: async lab => {
      const secrets = new SecretsManagerClient(lab.aws())
      await secrets.send(new DeleteSecretCommand({ SecretId: 'orders/smtp', RecoveryWindowInDays: 7 }))
      return () => secrets.send(new RestoreSecretCommand({ SecretId: 'orders/smtp' }))
    },
  },
]
