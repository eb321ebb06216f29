import type { CompiledPolicy } from './compile.ts'
import { statementGrant, statementMatches } from './match.ts'
import { GRANT_ACCOUNT, GRANT_ROLE, type Question } from './question.ts'
import { NO, or, UNSURE, YES, type Truth } from './truth.ts'

/** The policies of one layer, or of one level of an organization. `unread` makes answers unknown wherever the layer could matter. */
export type Layer = readonly CompiledPolicy[] | 'unread'

/** Which statement: indexes into the layer as it was given. */
export interface StatementReference {
  readonly policy: number
  readonly statement: number
  readonly sid?: string
}

/** What a layer says. Its allows are kept by the strength with which they name the principal; layers that name none use `alone`. */
export interface LayerResult {
  readonly deny: Truth
  readonly denyAt: StatementReference | undefined
  readonly account: Truth
  readonly role: Truth
  readonly alone: Truth
  /** The first statement that allows for certain, by strength. */
  readonly accountAt: StatementReference | undefined
  readonly roleAt: StatementReference | undefined
  readonly aloneAt: StatementReference | undefined
}

const UNREAD: LayerResult = result(UNSURE, UNSURE)
export const SILENT: LayerResult = result(NO, NO)
export const ALLOWS: LayerResult = result(NO, YES)

function result(deny: Truth, allow: Truth): LayerResult {
  return { deny, denyAt: undefined, account: allow, role: allow, alone: allow, accountAt: undefined, roleAt: undefined, aloneAt: undefined }
}

export function allowOf(layer: LayerResult): Truth {
  return or(layer.alone, or(layer.role, layer.account))
}

export function allowAt(layer: LayerResult): StatementReference | undefined {
  return layer.aloneAt ?? layer.roleAt ?? layer.accountAt
}

/** Reads a layer to its first certain Deny, or to its end. */
export function evaluateLayer(layer: Layer, question: Question): LayerResult {
  if (layer === 'unread') return UNREAD
  const found: { -readonly [K in keyof LayerResult]: LayerResult[K] } = result(NO, NO)
  for (let policy = 0; policy < layer.length; policy++) {
    const statements = layer[policy]?.statements ?? []
    for (const statement of statements) {
      if (statement.effect === 'Allow' && (statement.invalid || found.aloneAt !== undefined)) continue
      let matched = statementMatches(statement, question)
      if (matched === NO) continue
      if (statement.effect === 'Deny') {
        if (statement.invalid) matched = UNSURE
        found.deny = or(found.deny, matched)
        if (matched !== YES) continue
        found.denyAt = reference(policy, statement.index, statement.sid)
        return found
      }
      const grant = statementGrant(statement, question)
      const at = matched === YES ? reference(policy, statement.index, statement.sid) : undefined
      if (grant === GRANT_ACCOUNT) {
        found.account = or(found.account, matched)
        found.accountAt ??= at
      } else if (grant === GRANT_ROLE) {
        found.role = or(found.role, matched)
        found.roleAt ??= at
      } else {
        found.alone = or(found.alone, matched)
        found.aloneAt ??= at
      }
    }
  }
  return found
}

function reference(policy: number, statement: number, sid: string | undefined): StatementReference {
  return sid === undefined ? { policy, statement } : { policy, statement, sid }
}
