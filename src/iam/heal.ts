import { compilePolicy, type CompiledPolicy } from './compile.ts'
import type { Decision } from './decide.ts'
import { isRecord, valueAt, type Statement } from './document.ts'
import { applyEdits, type Edit } from './edit.ts'
import { explainPolicy, type Difference, type StatementTrace } from './explain.ts'
import { mendDifference, renameKey, type Mend, type MendKind } from './mend.ts'
import type { Request } from './request.ts'
import { decideTrust, trustRequest, type TrustQuestion } from './web-identity.ts'

/** A proved way to make one policy allow a request: applied to the document, the policy decides for it. */
export interface Heal {
  /** What most of it is; `addStatement` leaves every statement as it is. */
  readonly kind: MendKind | 'addStatement'
  readonly edits: readonly Edit[]
  /** The statement that is edited; undefined for a new one. */
  readonly statement?: number
  /** What else becomes possible, or stops, by it: one line each, lower case. */
  readonly widens: readonly string[]
  /** Length of the healed document as AWS counts it, without white space between tokens: trust policies may have 2,048. */
  readonly size: number
}

interface Candidate {
  readonly kind: Heal['kind']
  readonly mends: readonly Mend[]
  readonly statement?: number
  readonly cost: number
}

const NEW_STATEMENT_COST = 4

/**
 * The edits of a trust policy that let a token in, best first: fewest edits, and those that take nothing away before those that do.
 * Every one was applied and decided before it is returned. Empty when the token is let in already, or when an explicit Deny stands in the
 * way that no value can be exempted from.
 */
export function healTrust(question: TrustQuestion, trust: CompiledPolicy): readonly Heal[] {
  return healPolicy(trustRequest(question), trust, {
    decide: policy => decideTrust(question, policy),
    newStatement: trustStatement(question),
    rename: difference => claimKey(question, difference),
    complete: (statement, mends) => constrainSubject(question, trust, statement, mends),
  })
}

export interface HealOptions {
  /** Decides the request with the healed policy in place. */
  readonly decide: (policy: CompiledPolicy) => Decision
  /** The statement to add where no existing one can be mended. */
  readonly newStatement: Statement
  /** For a condition key that the request lacks: the key that was meant, and its value. */
  readonly rename?: (difference: Difference) => { readonly key: string; readonly value: string } | undefined
  /** May add mends that keep an edited statement as narrow as it should be. */
  readonly complete?: (trace: StatementTrace, mends: readonly Mend[]) => readonly Mend[]
}

/** The same for any policy and request. */
export function healPolicy(request: Request, policy: CompiledPolicy, options: HealOptions): readonly Heal[] {
  if (options.decide(policy).answer === 'allow') return []
  const traces = explainPolicy(request, policy)
  const denies = traces.filter(trace => trace.effect === 'Deny' && trace.outcome === 'matches')
  const exemptions = exemptAll(request, policy, denies)
  if (exemptions === undefined) return []
  const candidates = traces.flatMap(trace => (trace.effect === 'Allow' ? mendStatement(policy, trace, options) : []))
  candidates.push({ kind: 'addStatement', mends: [addStatement(policy, options.newStatement)], cost: NEW_STATEMENT_COST })
  if (exemptions.length > 0) candidates.push({ kind: 'exemptFromDeny', mends: [], cost: 0 })
  return candidates
    .toSorted((a, b) => a.cost - b.cost)
    .flatMap(candidate => prove({ ...candidate, mends: [...exemptions, ...candidate.mends] }, policy, options))
    .slice(0, 5)
}

/** Applies a candidate and keeps it only when the policy then allows, or may allow on conditions that were open before. */
function prove(candidate: Candidate, policy: CompiledPolicy, options: HealOptions): readonly Heal[] {
  const edits = candidate.mends.flatMap(mend => mend.edits)
  const document = applyEdits(policy.document, edits)
  const decision = options.decide(compilePolicy(document, policy.kind))
  const healed =
    decision.answer === 'allow' || (decision.answer === 'unknown' && decision.conditional.length > 0 && decision.notRead.length === 0)
  if (!healed) return []
  const widens = [...new Set(candidate.mends.flatMap(mend => mend.widens))]
  const size = JSON.stringify(document)?.length ?? 0
  return [{ kind: candidate.kind, edits, ...(candidate.statement === undefined ? {} : { statement: candidate.statement }), widens, size }]
}

/** All ways to mend each difference of a statement, combined: the first of each, then each single alternative. */
function mendStatement(policy: CompiledPolicy, trace: StatementTrace, options: HealOptions): readonly Candidate[] {
  const ways = trace.differences.filter(difference => !difference.unknown).map(difference => mendsFor(policy.document, difference, options))
  if (ways.length === 0 || ways.some(each => each.length === 0)) return []
  const first = ways.flatMap(each => each.slice(0, 1))
  const combinations = [first]
  ways.forEach((alternatives, i) => alternatives.slice(1).forEach(alternative => combinations.push(first.with(i, alternative))))
  return combinations.map(mends => {
    const completed = [...mends, ...(options.complete?.(trace, mends) ?? [])]
    const cost = completed.reduce((sum, mend) => sum + mend.cost, 0)
    return { kind: completed[0]?.kind ?? 'addValue', mends: completed, statement: trace.statement, cost }
  })
}

function mendsFor(document: unknown, difference: Difference, options: HealOptions): readonly Mend[] {
  const mends = mendDifference(document, difference)
  if (mends.length > 0 || difference.element !== 'Condition' || difference.actual !== undefined) return mends
  const meant = options.rename?.(difference)
  return meant === undefined ? [] : [renameKey(document, difference, meant.key, meant.value)]
}

/** A key that ends as a claim does, of whatever issuer, was meant to be that claim of this issuer. */
function claimKey(question: TrustQuestion, difference: Difference): { readonly key: string; readonly value: string } | undefined {
  const { aud, sub } = question.claims
  const key = difference.key?.toLowerCase() ?? ''
  if (key.endsWith(':sub')) return { key: `${question.issuer}:sub`, value: sub }
  const audience = typeof aud === 'string' ? aud : aud[0]
  return key.endsWith(':aud') && audience !== undefined ? { key: `${question.issuer}:aud`, value: audience } : undefined
}

/** Exempts the request from every Deny that hits it, undefined when one cannot be. */
function exemptAll(request: Request, policy: CompiledPolicy, denies: readonly StatementTrace[]): readonly Mend[] | undefined {
  const mends: Mend[] = []
  for (const deny of denies) {
    const mend = exempt(request, policy, deny.statement)
    if (mend === undefined) return undefined
    mends.push(mend)
  }
  return mends
}

/** Adds the request's value to a negated condition's list, which is how such a Deny names its exceptions. */
function exempt(request: Request, policy: CompiledPolicy, index: number): Mend | undefined {
  const statement = policy.statements[index]
  const context = new Map(Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), value]))
  for (const clause of statement?.conditions ?? []) {
    if (clause === 'invalid' || !clause.negated || clause.quantifier !== 'one') continue
    const actual = context.get(clause.lowerKey)
    if (typeof actual !== 'string') continue
    const before = valueAt(policy.document, clause.path)
    const edits: readonly Edit[] = Array.isArray(before)
      ? [{ path: [...clause.path, before.length], after: actual }]
      : [{ path: clause.path, before, after: [before, actual] }]
    return { kind: 'exemptFromDeny', edits, widens: [`the Deny no longer stops ${actual}`], cost: 2 }
  }
  return undefined
}

function addStatement(policy: CompiledPolicy, statement: Statement): Mend {
  const { document } = policy
  const widens = ['a new statement allows exactly this']
  if (!isRecord(document)) {
    const after = { Version: '2012-10-17', Statement: [statement] }
    return { kind: 'addValue', edits: [{ path: [], before: document, after }], widens, cost: NEW_STATEMENT_COST }
  }
  const before = document['Statement']
  const edit: Edit = Array.isArray(before)
    ? { path: ['Statement', before.length], after: statement }
    : before === undefined
      ? { path: ['Statement'], after: [statement] }
      : { path: ['Statement'], before, after: [before, statement] }
  return { kind: 'addValue', edits: [edit], widens, cost: NEW_STATEMENT_COST }
}

/** The least that lets one service account in: its provider, its subject and its audience. */
export function trustStatement(question: TrustQuestion): Statement {
  const { aud, sub } = question.claims
  const audience = typeof aud === 'string' ? aud : aud.length === 1 ? (aud[0] ?? '') : aud
  return {
    Effect: 'Allow',
    Principal: { Federated: question.providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${question.issuer}:sub`]: sub, [`${question.issuer}:aud`]: audience } },
  }
}

/** A mended statement must still ask for a subject: one that lost its only subject condition would trust the whole cluster. */
function constrainSubject(question: TrustQuestion, trust: CompiledPolicy, trace: StatementTrace, mends: readonly Mend[]): readonly Mend[] {
  const key = `${question.issuer}:sub`
  const statement = trust.statements[trace.statement]
  if (statement === undefined) return []
  const kept = statement.conditions.some(clause => clause !== 'invalid' && clause.lowerKey === key.toLowerCase() && !clause.negated)
  const made = mends.some(mend => mend.edits.some(edit => edit.path[edit.path.length - 1] === key && edit.after !== undefined))
  if (kept || made) return []
  const path = [...statement.path, 'Condition', 'StringEquals', key]
  return [{ kind: 'addValue', edits: [{ path, after: question.claims.sub }], widens: [], cost: 1 }]
}
