import { credentialsError } from './credentials-error.ts'

/** What became of one call, retries included. */
export type Outcome<T> =
  | { readonly is: 'ok'; readonly value: T }
  /** Access denied is final. */
  | { readonly is: 'denied'; readonly reason: string; readonly action: string }
  /** The service looked, and it does not exist. */
  | { readonly is: 'missing' }
  /** Throttled, broken or out of reach until retrying was no use. `step`: what settles it, when trying again does not. */
  | { readonly is: 'failed'; readonly reason: string; readonly step?: string }

export interface Call<T> {
  /** `iam`, as IAM actions spell it. */
  readonly service: string
  /** `GetRole`, as IAM actions spell it. */
  readonly operation: string
  readonly send: () => Promise<T>
  /** Whose credentials these are, for the next step when they are not accepted. */
  readonly profile?: string | undefined
}

const denials = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationErrorException',
  'Forbidden',
  'ForbiddenException',
  'UnauthorizedOperation',
])
const absences = new Set([
  'AWSOrganizationsNotInUseException',
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
  'NoSuchBucketPolicy',
  'NoSuchEntity',
  'NoSuchEntityException',
  'NoSuchPublicAccessBlockConfiguration',
  'NoSuchResourceException',
  'NotFoundException',
  'OwnershipControlsNotFoundError',
  'QueueDoesNotExist',
  'RepositoryNotFoundException',
  'RepositoryPolicyNotFoundException',
  'ResourceNotFoundException',
])

/**
 * Makes the call and says what became of it.
 * @throws UserError when the credentials are not accepted, or no longer; the signal's reason when it is aborted.
 */
export async function ask<T>({ service, operation, send, profile }: Call<T>, signal: AbortSignal): Promise<Outcome<T>> {
  signal.throwIfAborted()
  try {
    return { is: 'ok', value: await send() }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Error)) throw error
    if (denials.has(error.name))
      return { is: 'denied', reason: denialReason(`${service}:${operation}`, error.message), action: `${service}:${operation}` }
    if (absences.has(error.name)) return { is: 'missing' }
    const refused = credentialsError(error, profile)
    if (refused !== undefined) throw refused
    const reason = failureReason(service, operation, error)
    if (reason === undefined) throw error
    return { is: 'failed', reason }
  }
}

/** With which sort of policy denied it, when AWS says. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function denialReason(action: string, message: string): string {
  const because = /(?:because|with) ((?:no|an explicit) .+?)\s*$/.exec(message)?.[1]?.replace(/\.$/, '')
  return because === undefined ? `access denied to ${action}` : `access denied to ${action}: ${because}`
}

interface ServiceError {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly cause?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: { readonly throttling?: boolean }
}

const throttlings = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceeded|BandwidthLimit|PriorRequestNotComplete/

/** Undefined when this is no answer of a service and no broken connection, but a bug. */
function failureReason(service: string, operation: string, error: ServiceError): string | undefined {
  const status = error.$metadata?.httpStatusCode
  if (status === 429 || throttlings.test(error.name) || error.$retryable?.throttling === true) return `throttled by ${service}`
  if (status !== undefined && status >= 500) return `${service} answered ${status}`
  const network = networkReason(error)
  if (network !== undefined) return `${service} cannot be reached: ${network}`
  return status === undefined ? undefined : `${service}:${operation} answered ${error.name}`
}

/** `connect ECONNREFUSED 127.0.0.1:1`, `getaddrinfo ENOTFOUND eks.eu-wst-1.amazonaws.com`; undefined when the error is none of the network. */
function networkReason(error: ServiceError): string | undefined {
  if (error.name === 'TimeoutError') return 'no answer in time'
  let found: unknown = error
  for (let depth = 0; depth < 10 && found instanceof Error; depth += 1) {
    if (found instanceof AggregateError && found.errors[0] instanceof Error) found = found.errors[0]
    const { code, message, cause } = found as ServiceError
    if (typeof code === 'string' && /^E[A-Z_]+$|^CERT_|SELF_SIGNED|UNABLE_TO_|^ERR_TLS/.test(code)) {
      return message.includes(code) ? message : `${message} (${code})`
    }
    found = cause
  }
  return undefined
}
