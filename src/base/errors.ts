import type { Settle } from './settle.ts'

/** The user asked for something we cannot do: a stable code, one line, a place and a next step. Never printed with a stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly code: string
  readonly help: string | undefined
  readonly where: string | undefined
  constructor(code: string, message: string, options: { help?: string; where?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.help = options.help
    this.where = options.where
  }
}

/** A remote API said no. AccessDenied is final; throttling and 5xx are retryable. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly service: string
  readonly operation: string
  readonly status: number | undefined
  readonly code: string
  readonly retryable: boolean
  constructor(
    message: string,
    facts: { service: string; operation: string; status?: number; code: string; retryable: boolean; cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause })
    this.service = facts.service
    this.operation = facts.operation
    this.status = facts.status
    this.code = facts.code
    this.retryable = facts.retryable
  }
}

/** What a reader of `unknown` needs: what was not read, why, and what would settle it. */
export interface UnreadFact {
  /** The kind that was asked for, such as `aws/iam/Role`. */
  readonly kind: string
  /** The id that was asked for, when one object was meant. */
  readonly id?: string
  /** Why it could not be read, in lower case, no full stop. Equal causes must have equal reasons: they are grouped by it. */
  readonly reason: string
  /** What would settle it. */
  readonly settle?: Settle
}

/** Thrown when a check asks for something that no source could read. The runner turns it into `unknown`, never into a pass. */
export class Unread extends Error {
  override readonly name = 'Unread'
  readonly fact: UnreadFact
  constructor(fact: UnreadFact) {
    super(`${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`} was not read: ${fact.reason}`)
    this.fact = fact
  }
}
