import type { Question } from './question.ts'
import { GRANT_ACCOUNT } from './question.ts'
import { and, NO, UNSURE, YES, type Truth } from './truth.ts'

/** A grant on a KMS key, as kms:ListGrants gives it. https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
export interface KmsGrant {
  readonly GranteePrincipal: string
  /** `Decrypt`, `GenerateDataKey`, … */
  readonly Operations: readonly string[]
  readonly Constraints?: {
    readonly EncryptionContextEquals?: Readonly<Record<string, string>>
    readonly EncryptionContextSubset?: Readonly<Record<string, string>>
  }
}

export interface GrantResult {
  readonly allow: Truth
  /** Index of the first grant that allows for certain. */
  readonly at: number | undefined
}

const NO_GRANT: GrantResult = { allow: NO, at: undefined }

export function evaluateGrants(grants: readonly KmsGrant[] | 'unread' | undefined, question: Question): GrantResult {
  if (grants === undefined) return NO_GRANT
  if (grants === 'unread') return { allow: UNSURE, at: undefined }
  let unsure = false
  for (let i = 0; i < grants.length; i++) {
    const grant = grants[i]
    const covers = grant === undefined ? NO : grantCovers(grant, question)
    if (covers === YES) return { allow: YES, at: i }
    if (covers === UNSURE) unsure = true
  }
  return { allow: unsure ? UNSURE : NO, at: undefined }
}

function grantCovers(grant: KmsGrant, question: Question): Truth {
  if (!grant.Operations.some(operation => `kms:${operation.toLowerCase()}` === question.action)) return NO
  const named = question.names.some(name => name.grant > GRANT_ACCOUNT && name.text === grant.GranteePrincipal)
  if (!named) return NO
  const equals = grant.Constraints?.EncryptionContextEquals
  const subset = grant.Constraints?.EncryptionContextSubset
  return and(subset === undefined ? YES : contextHolds(subset, question), equals === undefined ? YES : contextEquals(equals, question))
}

function contextHolds(wanted: Readonly<Record<string, string>>, question: Question): Truth {
  let answer: Truth = YES
  for (const [key, value] of Object.entries(wanted)) {
    const fact = question.lookup(`kms:encryptioncontext:${key.toLowerCase()}`)
    if (fact !== undefined && 'unknown' in fact) answer = and(answer, UNSURE)
    else if (fact === undefined || fact.length !== 1 || fact[0] !== value) return NO
  }
  return answer
}

/** Equality also needs to know that there are no further pairs, which only `kms:EncryptionContextKeys` tells. */
function contextEquals(wanted: Readonly<Record<string, string>>, question: Question): Truth {
  const holds = contextHolds(wanted, question)
  if (holds === NO) return NO
  const keys = question.lookup('kms:encryptioncontextkeys')
  if (keys === undefined || 'unknown' in keys) return UNSURE
  return and(holds, keys.every(key => Object.hasOwn(wanted, key)) ? YES : NO)
}
