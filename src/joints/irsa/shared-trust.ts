import { decide } from '#iam/decide.ts'
import { parseArn } from '#iam/arn.ts'
import type { Principal } from '#iam/request.ts'
import { principalNamed } from '#joints/access-principal.ts'
import { trustPath, trustPolicyOf } from '#joints/trust.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { isPods, trustedPrincipals, type TrustedPrincipal } from './trusted-principals.ts'

type Role = Resource<'aws/iam/Role'>

/** Somebody beside pods who may assume the role. */
export interface OtherPrincipal {
  /** `user ann`, `service ec2.amazonaws.com`. */
  readonly text: string
  readonly at: Evidence
}

/**
 * Who else the trust policy lets in. Whole accounts other than the role's own, and everyone, are the matter of `irsa/role-trusts-foreign-account`; a role that may
 * assume itself gains nothing by it.
 * @throws Unread when the trust policy was not read.
 */
export function otherPrincipals(role: Role): readonly OtherPrincipal[] {
  const account = parseArn(role.id)?.account
  const others = trustedPrincipals(trustPolicyOf(role)).filter(
    principal => !isPods(principal) && principal.name !== role.id && !isForeignAccount(principal, account) && mayAssume(role, principal),
  )
  return others.map(principal => ({
    text: principalText(principal, account),
    at: role.at([...trustPath, ...principal.path], 'this lets somebody else in'),
  }))
}

/** The account that a principal stands for as a whole: by its digits or its root. `*` is every account. */
export function wholeAccount({ type, name }: Pick<TrustedPrincipal, 'type' | 'name'>): string | undefined {
  if (type !== 'AWS') return undefined
  if (name === '*') return '*'
  return /^(?:arn:[^:]*:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]
}

function isForeignAccount(principal: TrustedPrincipal, own: string | undefined): boolean {
  const account = wholeAccount(principal)
  return account !== undefined && account !== own
}

const actions = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML'] as const

/** Unless the engine says that no way of assuming the role is open to it, whatever keys the call carries. */
function mayAssume(role: Role, principal: TrustedPrincipal): boolean {
  const asked = requestPrincipal(principal, parseArn(role.id)?.partition)
  if (asked === undefined) return false
  const policy = trustPolicyOf(role)
  return actions.some(action => {
    const request = { principal: asked, action, resource: role.id, context: {}, unlistedKeys: 'unknown' } as const
    const { answer } = decide(request, { resource: [policy], identity: 'unread' })
    return answer === 'allow' || answer === 'unknown'
  })
}

/** A whole account stands for its users, of whom one that nobody has is asked about: a root itself may assume no role. */
function requestPrincipal({ type, name }: TrustedPrincipal, partition = 'aws'): Principal | undefined {
  if (type === 'Service') return { kind: 'service', name }
  if (type === 'Federated')
    return name.includes(':saml-provider/') ? { kind: 'saml', provider: name } : { kind: 'webIdentity', provider: name }
  const account = wholeAccount({ type, name })
  if (account !== undefined) return { kind: 'user', arn: `arn:${partition}:iam::${account}:user/mortise-probe-5b1f0c` }
  return type === 'AWS' ? principalNamed(name) : undefined
}

function principalText({ type, name }: TrustedPrincipal, own: string | undefined): string {
  if (type === 'Service') return name
  if (type === 'Federated') return name.replace(/^arn:[^:]*:iam::\d{12}:(?:oidc|saml)-provider\//, '')
  if (wholeAccount({ type, name }) === own) return 'every role and user of its account that may assume roles'
  const { account = '', resource = name } = parseArn(name) ?? {}
  const [kind = '', ...path] = resource.split('/')
  const text = path.length === 0 ? name : `${kind === 'assumed-role' ? 'session' : kind} ${path.join('/')}`
  return account === own || account === '' ? text : `${text} of account ${account}`
}
