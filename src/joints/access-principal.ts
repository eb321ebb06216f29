import { lastName, parseArn } from '#iam/arn.ts'
import type { Context, Principal } from '#iam/request.ts'

/** The session of a role whose name nobody gave: no policy can name it. */
export const unnamedSession = 'unknown'

const serviceName = /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/

/**
 * The principal that a text names as policies and logs spell it: an ARN of a role, a session, a user, a root, a federated user or an identity provider, an
 * account's twelve digits, a service, or `*` for a caller without credentials. Undefined for anything else.
 */
export function principalNamed(text: string): Principal | undefined {
  if (text === '*' || text === 'anonymous') return { kind: 'anonymous' }
  if (/^\d{12}$/.test(text)) return { kind: 'root', account: text, partition: 'aws' }
  if (serviceName.test(text)) return { kind: 'service', name: text }
  const arn = parseArn(text)
  if (arn === undefined || !/^\d{12}$/.test(arn.account)) return undefined
  return arn.service === 'iam' ? ofIam(text, arn) : arn.service === 'sts' ? ofSts(text, arn) : undefined
}

type Parts = NonNullable<ReturnType<typeof parseArn>>

function ofIam(text: string, { partition, account, resource }: Parts): Principal | undefined {
  if (resource === 'root') return { kind: 'root', account, partition }
  const kind = resource.slice(0, resource.indexOf('/'))
  if (lastName(resource) === '') return undefined
  if (kind === 'role') return { kind: 'roleSession', roleArn: text, sessionName: unnamedSession }
  if (kind === 'user') return { kind: 'user', arn: text }
  if (kind === 'oidc-provider') return { kind: 'webIdentity', provider: text }
  return kind === 'saml-provider' ? { kind: 'saml', provider: text } : undefined
}

/** `assumed-role/<role>/<session>`: the role's path is not in it. */
function ofSts(text: string, { partition, account, resource }: Parts): Principal | undefined {
  const [kind, name = '', sessionName = ''] = resource.split('/')
  if (name === '') return undefined
  if (kind === 'federated-user') return { kind: 'federatedUser', arn: text }
  if (kind !== 'assumed-role' || sessionName === '') return undefined
  return { kind: 'roleSession', roleArn: `arn:${partition}:iam::${account}:role/${name}`, sessionName, pathUnknown: true }
}

/**
 * What AWS puts into every request of a principal and the principal's own name tells.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function principalContext(principal: Principal): Context {
  switch (principal.kind) {
    case 'roleSession': {
      const doubt = { unknown: 'a session does not tell the path of its role' }
      const arn = principal.pathUnknown === true ? doubt : principal.roleArn
      return { ...ofAccount(principal.roleArn), 'aws:PrincipalArn': arn, 'aws:PrincipalType': 'AssumedRole' }
    }
    case 'user':
      return {
        ...ofAccount(principal.arn),
        'aws:PrincipalArn': principal.arn,
        'aws:PrincipalType': 'User',
        'aws:username': lastName(principal.arn),
      }
    case 'federatedUser':
      return { ...ofAccount(principal.arn), 'aws:PrincipalArn': principal.arn, 'aws:PrincipalType': 'FederatedUser' }
    case 'root': {
      const arn = `arn:${principal.partition}:iam::${principal.account}:root`
      return { ...ofAccount(arn), 'aws:PrincipalArn': arn, 'aws:PrincipalType': 'Account' }
    }
    case 'service':
      return { 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': principal.name }
    case 'anonymous':
      return { 'aws:PrincipalType': 'Anonymous', 'aws:PrincipalIsAWSService': 'false' }
    default:
      return { 'aws:PrincipalIsAWSService': 'false' }
  }
}

function ofAccount(arn: string): Context {
  const account = parseArn(arn)?.account
  return { 'aws:PrincipalIsAWSService': 'false', ...(account === undefined ? {} : { 'aws:PrincipalAccount': account }) }
}
