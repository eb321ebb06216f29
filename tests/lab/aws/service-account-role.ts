import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import type { LabCoordinates } from '../coordinates.ts'
import { clientSettings, type PolicyDocument, policyText } from '../iam-principal.ts'

/** Makes IAM know the cluster's issuer, if it does not yet: suites share a lab. Answers the provider's ARN. */
export async function ensureOidcProvider(lab: LabCoordinates): Promise<string> {
  const command = new CreateOpenIDConnectProviderCommand({ Url: lab.issuer, ClientIDList: ['sts.amazonaws.com'] })
  await new IAMClient(clientSettings(lab)).send(command).catch((error: unknown) => {
    if (!(error instanceof EntityAlreadyExistsException)) throw error
  })
  return `arn:aws:iam::${lab.accountId}:oidc-provider/${issuerKey(lab)}`
}

/** A role that this service account of the cluster may assume, as EKS's guide has its trust; answers its ARN. */
export async function serviceAccountRole(
  lab: LabCoordinates,
  role: { readonly name: string; readonly namespace: string; readonly serviceAccount: string; readonly policy: PolicyDocument },
): Promise<string> {
  const iam = new IAMClient(clientSettings(lab))
  const equals = {
    [`${issuerKey(lab)}:sub`]: `system:serviceaccount:${role.namespace}:${role.serviceAccount}`,
    [`${issuerKey(lab)}:aud`]: 'sts.amazonaws.com',
  }
  const trust = {
    Effect: 'Allow',
    Principal: { Federated: await ensureOidcProvider(lab) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: equals },
  }
  const made = await iam.send(new CreateRoleCommand({ RoleName: role.name, AssumeRolePolicyDocument: policyText([trust]) }))
  await iam.send(new PutRolePolicyCommand({ RoleName: role.name, PolicyName: 'given', PolicyDocument: policyText(role.policy) }))
  return made.Role?.Arn as string
}

const issuerKey = (lab: LabCoordinates): string => lab.issuer.replace('https://', '')
