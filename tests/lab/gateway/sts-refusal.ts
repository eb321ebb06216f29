import { randomUUID } from 'node:crypto'
import type { Answer } from './request.ts'

/**
 * STS's refusals of AssumeRoleWithWebIdentity. Texts marked "seen" are quoted from real answers in public reports;
 * the others are the documented description of the code, since no quotation was found.
 */
export const refusals = {
  /** Seen. */
  badRoleArn: () => ({ code: 'ValidationError', status: 400, message: 'Request ARN is invalid' }),
  missing: (parameter: string) => ({
    code: 'ValidationError',
    status: 400,
    message: `1 validation error detected: Value null at '${parameter}' failed to satisfy constraint: Member must not be null`,
  }),
  notAToken: () => ({
    code: 'InvalidIdentityToken',
    status: 400,
    message: 'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  }),
  missingClaim: (claim: string) => ({
    code: 'InvalidIdentityToken',
    status: 400,
    message: `Missing a required claim: ${claim}`,
  }),
  /** Seen. */
  noProvider: (issuer: string) => ({
    code: 'InvalidIdentityToken',
    status: 400,
    message: `No OpenIDConnect provider found in your account for ${issuer}`,
  }),
  /** Seen, with the two spaces: the issuer's keys cannot be read, or none has the token's key id. */
  noVerificationKey: () => ({
    code: 'InvalidIdentityToken',
    status: 400,
    message:
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  }),
  badSignature: () => ({
    code: 'InvalidIdentityToken',
    status: 400,
    message: 'The web identity token that was passed could not be validated by AWS',
  }),
  /** Seen. */
  expired: (now: number, expiry: number) => ({
    code: 'ExpiredTokenException',
    status: 400,
    message: `Token expired: current date/time ${now} must be before the expiration date/time ${expiry}`,
  }),
  /** Seen. */
  wrongAudience: () => ({ code: 'InvalidIdentityToken', status: 400, message: 'Incorrect token audience' }),
  /** Seen. STS does not reveal whether the role exists. */
  notAuthorized: () => ({
    code: 'AccessDenied',
    status: 403,
    message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  }),
  /** Seen. */
  tooLong: () => ({
    code: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  }),
  /** The lab's own: better no session than one that is wider than what was asked for. */
  noSessionPolicies: () => ({
    code: 'LabNotImplemented',
    status: 501,
    message: 'the lab cannot limit a web identity session by Policy or PolicyArns: ministack ignores them',
  }),
} as const

export interface Refusal {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** A refusal in the query protocol's envelope. */
export function refuse({ code, status, message }: Refusal): Answer {
  const body = [
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">',
    `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`,
    `<RequestId>${randomUUID()}</RequestId>`,
    '</ErrorResponse>',
  ].join('')
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) }
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
