import type { GatewayContext } from './handlers.ts'
import { type JsonWebToken, withClaims } from './json-web-token.ts'
import { accountReader, type OidcProvider, type Role } from './account-reader.ts'
import type { Answer, GatewayRequest, Handler } from './request.ts'
import { escapeXml, refuse, refusals, type Refusal } from './sts-refusal.ts'
import { verifyWebIdentity } from './verify-web-identity.ts'

const roleArn = /^arn:(aws[a-z0-9-]*):iam::(\d{12}):role\/[\w+=,.@/-]+$/

/**
 * Does what STS does before it looks at a role's trust (token, provider, audience), lets ministack decide the trust,
 * and then checks the duration. ministack decodes the token without verifying it and compares `aud` as text, so it is
 * handed the verified token with one audience in place of Kubernetes' list.
 */
export function assumeRoleWithWebIdentity(context: GatewayContext): Handler {
  const readAccount = accountReader(context.emulatorEndpoint)
  return {
    operation: 'sts:AssumeRoleWithWebIdentity',
    matches: ({ parameters }) => parameters.get('Action') === 'AssumeRoleWithWebIdentity',
    async answer(request, upstream) {
      const question = parseQuestion(request)
      if ('code' in question) return refuse(question)
      const account = readAccount(question.accountId)
      const identity = await verifyWebIdentity(question.token, question, account, context)
      if ('code' in identity) return refuse(identity)
      const role = await account.role(question.roleName)
      // ministack finds roles by name alone; for AWS another path is another role.
      if (role?.arn !== question.roleArn) return refuse(refusals.notAuthorized())
      const answer = await upstream(request, flattened(request, identity.token, identity.audience))
      if (answer.status === 200 && isTooLong(request, role)) return refuse(refusals.tooLong())
      return answer.status === 200 ? completed(answer, identity) : answer
    },
  }
}

export interface Question {
  readonly roleArn: string
  readonly partition: string
  readonly accountId: string
  readonly roleName: string
  readonly token: string
}

function parseQuestion({ parameters }: GatewayRequest): Question | Refusal {
  const arn = parameters.get('RoleArn')
  const token = parameters.get('WebIdentityToken')
  if (!arn) return refusals.missing('roleArn')
  if (!parameters.get('RoleSessionName')) return refusals.missing('roleSessionName')
  if (!token) return refusals.missing('webIdentityToken')
  if (parameters.has('Policy') || parameters.has('PolicyArns.member.1.arn')) return refusals.noSessionPolicies()
  const match = roleArn.exec(arn)
  if (!match) return refusals.badRoleArn()
  const [, partition = '', accountId = ''] = match
  return { roleArn: arn, partition, accountId, roleName: arn.split('/').at(-1) as string, token }
}

export interface VerifiedIdentity {
  readonly token: JsonWebToken
  readonly provider: OidcProvider
  /** The one audience of the token that the provider lists. */
  readonly audience: string
}

function flattened(request: GatewayRequest, token: JsonWebToken, audience: string): Buffer {
  const parameters = new URLSearchParams(request.parameters)
  parameters.set('WebIdentityToken', withClaims(token, { aud: audience }))
  return Buffer.from(parameters.toString())
}

function isTooLong({ parameters }: GatewayRequest, role: Role): boolean {
  return Number(parameters.get('DurationSeconds') ?? 3600) > role.maxSessionDuration
}

/** ministack answers with constants where STS names the token's subject, audience and provider. */
function completed(answer: Answer, { token, provider, audience }: VerifiedIdentity): Answer {
  const replace = (xml: string, element: string, text: string) =>
    xml.replace(new RegExp(`<${element}>[^<]*</${element}>`), `<${element}>${escapeXml(text)}</${element}>`)
  let xml = answer.body.toString('utf8')
  xml = replace(xml, 'SubjectFromWebIdentityToken', String(token.claims['sub']))
  xml = replace(xml, 'Audience', audience)
  xml = replace(xml, 'Provider', provider.arn)
  return { ...answer, body: Buffer.from(xml) }
}
