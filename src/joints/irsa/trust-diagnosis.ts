import { compilePolicy, type CompiledPolicy } from '#iam/compile.ts'
import type { CompiledStatement } from '#iam/compile-statement.ts'
import { isRecord, valueAt } from '#iam/document.ts'
import { applyEdits } from '#iam/edit.ts'
import { explainPolicy, type StatementTrace } from '#iam/explain.ts'
import { healTrust, type Heal } from '#iam/heal.ts'
import { decideTrust, trustRequest } from '#iam/web-identity.ts'
import { trustQuestion, type WebIdentityToken } from '#joints/trust.ts'
import { faultsOf, issuerNamed, type Fault, type FaultKind } from './statement-faults.ts'

/** Which check speaks: exactly one for every trust that is denied. */
export type Cause = 'action' | 'issuer' | 'swapped' | 'wildcard' | 'other'

export interface Diagnosis {
  readonly cause: Cause
  /** What decides, the fault that names the cause first. */
  readonly faults: readonly [Fault, ...Fault[]]
  /** `denied`: an explicit Deny stands against the token. `none`: no statement is meant for this cluster's tokens. Else the nearest statement is wrong. */
  readonly of: 'denied' | 'none' | 'statement'
  /** The document after the smallest edit that the engine proved; undefined when only a person can say what to do. */
  readonly mended?: unknown
  readonly heal?: Heal
}

/**
 * Why a trust policy denies a token; undefined when it does not, or when that is unknown.
 * The nearest Allow statement is the one that needs the least to match: one structural slip (action, issuer, swapped keys, a literal wildcard) is
 * nearer than another subject, and a statement for other callers is never near.
 */
export function diagnose(policy: CompiledPolicy, roleArn: string, token: WebIdentityToken): Diagnosis | undefined {
  const question = trustQuestion(roleArn, token)
  const { answer, decidedBy } = decideTrust(question, policy)
  if (answer === 'allow' || answer === 'unknown') return undefined
  const traces = explainPolicy(trustRequest(question), policy)
  if (answer === 'explicitDeny') return denied(policy, roleArn, token, traces[decidedBy?.statement ?? 0])
  const nearest = nearestOf(traces.filter(trace => trace.effect === 'Allow').map(trace => near(trace, policy, token)))
  if (nearest === undefined) return { cause: 'other', of: 'none', faults: [nothingFault], ...add(policy, roleArn, token) }
  return broken(policy, roleArn, token, nearest)
}

interface Near {
  readonly statement: number
  readonly faults: readonly Fault[]
  readonly cost: number
}

const cost: Readonly<Record<FaultKind, number>> = {
  action: 1,
  issuer: 1,
  swapped: 1,
  wildcard: 1,
  operator: 1.5,
  audience: 1.5,
  subject: 3,
  excluded: 5,
  'not-action': 5,
  condition: 5,
  invalid: 6,
  foreign: Infinity,
}

function near(trace: StatementTrace, policy: CompiledPolicy, token: WebIdentityToken): Near {
  const faults = faultsOf(trace, token, policy.statements[trace.statement]?.invalid === true)
  const kinds = new Set(faults.map(fault => fault.kind))
  const sum = [...kinds].reduce((total, kind) => total + cost[kind], 0)
  return { statement: trace.statement, faults, cost: sum - sharedSubject(faults, token) }
}

/** A statement for the same name or namespace is nearer than one for neither. */
function sharedSubject(faults: readonly Fault[], token: WebIdentityToken): number {
  const [, , namespace, name] = token.subject.split(':')
  const written = faults.filter(fault => fault.kind === 'subject').flatMap(fault => fault.written)
  return written.some(value => value.split(':')[2] === namespace || value.split(':')[3] === name) ? 1 : 0
}

function nearestOf(candidates: readonly Near[]): Near | undefined {
  let best: Near | undefined
  for (const candidate of candidates) {
    if (candidate.cost === Infinity || candidate.faults.length === 0) continue
    if (best === undefined || candidate.cost < best.cost) best = candidate
  }
  return best
}

/** In the order in which they name the cause when a statement has several. */
const structural: readonly (Exclude<Cause, 'other'> & FaultKind)[] = ['issuer', 'action', 'swapped', 'wildcard']

function broken(policy: CompiledPolicy, roleArn: string, token: WebIdentityToken, nearest: Near): Diagnosis {
  const { faults, statement } = nearest
  const deeper = faults.find(fault => !structural.some(kind => kind === fault.kind))
  const cause = deeper === undefined ? structural.find(kind => faults.some(fault => fault.kind === kind)) : undefined
  const lead = deeper ?? faults.find(fault => fault.kind === cause)
  if (lead === undefined) throw new Error('a statement that denies has a fault')
  const ordered: [Fault, ...Fault[]] = [lead, ...faults.filter(fault => fault !== lead)]
  const other = isOtherClusters(faults, policy.statements[statement], token)
  // A statement that works for another cluster and another service account is not meant for this one at all.
  if (other && deeper !== undefined) return { cause: 'other', of: 'none', faults: ordered, ...add(policy, roleArn, token) }
  const repair = other ? add(policy, roleArn, token) : mend(policy, roleArn, token, statement, faults)
  return { cause: cause ?? 'other', of: 'statement', faults: ordered, ...repair }
}

/** Principal and keys all name one other cluster, and no key this one: the statement does its work there. */
function isOtherClusters(faults: readonly Fault[], statement: CompiledStatement | undefined, token: WebIdentityToken): boolean {
  const ours = `${token.issuer.toLowerCase()}:`
  if (statement?.conditions.some(clause => clause !== 'invalid' && clause.lowerKey.startsWith(ours)) === true) return false
  const issuers = faults.filter(fault => fault.kind === 'issuer')
  const names = new Set(issuers.map(fault => issuerNamed(fault)?.toLowerCase()))
  return names.size === 1 && issuers.every(fault => fault.stray?.how === 'cluster') && issuers.some(fault => fault.key === undefined)
}

const nothingFault: Fault = {
  kind: 'foreign',
  path: ['Statement'],
  spot: 'key',
  label: 'no statement here is for tokens of this cluster',
  written: [],
}

type Repair = Pick<Diagnosis, 'mended' | 'heal'>

function denied(policy: CompiledPolicy, roleArn: string, token: WebIdentityToken, trace: StatementTrace | undefined): Diagnosis {
  const index = trace?.statement ?? 0
  const path = [...(policy.statements[index]?.path ?? ['Statement']), 'Effect']
  const fault: Fault = { kind: 'excluded', path, spot: 'value', label: 'this Deny matches the token', written: ['Deny'] }
  const exempted = healTrust(trustQuestion(roleArn, token), policy).find(heal => heal.kind === 'exemptFromDeny')
  return { cause: 'other', of: 'denied', faults: [fault], ...proved(policy, roleArn, token, exempted) }
}

/** Deliberate restrictions are not mended by letting the token in beside them. */
const deliberate: ReadonlySet<FaultKind> = new Set(['excluded', 'condition', 'not-action', 'invalid'])

/** A literal wildcard may be made a real one where that keeps the role inside one namespace; one that reaches further is replaced by the subject. */
const staysInNamespace = ({ kind, written }: Fault): boolean =>
  kind === 'wildcard' && written.every(value => /^system:serviceaccount:[^:*?]+:[^:]+$/.test(value))

/** The engine's best edit of this one statement. Other statements only add to what is allowed, so it is asked about the statement alone. */
function mend(policy: CompiledPolicy, roleArn: string, token: WebIdentityToken, statement: number, faults: readonly Fault[]): Repair {
  const compiled = policy.statements[statement]
  if (compiled === undefined || !isRecord(policy.document)) return {}
  const alone = compilePolicy({ ...policy.document, Statement: valueAt(policy.document, compiled.path) }, 'trust')
  const heals = healTrust(trustQuestion(roleArn, token), alone).filter(heal => heal.kind !== 'exemptFromDeny')
  const inPlace = heals.filter(heal => heal.statement !== undefined)
  const best = (faults.every(staysInNamespace) ? inPlace.find(heal => heal.kind === 'changeOperator') : undefined) ?? inPlace[0]
  if (best === undefined) return faults.some(fault => deliberate.has(fault.kind)) ? {} : add(policy, roleArn, token)
  const edits = best.edits.map(edit => ({ ...edit, path: [...compiled.path, ...edit.path.slice(1)] }))
  return proved(policy, roleArn, token, { ...best, edits, statement })
}

function add(policy: CompiledPolicy, roleArn: string, token: WebIdentityToken): Repair {
  const empty = compilePolicy({ Version: '2012-10-17', Statement: [] }, 'trust')
  const [heal] = healTrust(trustQuestion(roleArn, token), empty)
  const [edit] = heal?.edits ?? []
  if (heal === undefined || edit === undefined) return {}
  const before = valueAt(policy.document, ['Statement'])
  const placed = Array.isArray(before)
    ? { path: ['Statement', before.length], after: edit.after }
    : {
        path: ['Statement'],
        ...(before === undefined ? {} : { before }),
        after: before === undefined ? [edit.after] : [before, edit.after],
      }
  return proved(policy, roleArn, token, { ...heal, edits: [placed] })
}

function proved(policy: CompiledPolicy, roleArn: string, token: WebIdentityToken, heal: Heal | undefined): Repair {
  if (heal === undefined) return {}
  const mended = withoutEmptied(policy.document, applyEdits(policy.document, heal.edits))
  const { answer, conditional, notRead } = decideTrust(trustQuestion(roleArn, token), compilePolicy(mended, 'trust'))
  const opened = answer === 'allow' || (answer === 'unknown' && conditional.length > 0 && notRead.length === 0)
  return opened ? { mended, heal: { ...heal, size: JSON.stringify(mended).length } } : {}
}

/** Operators that an edit left without keys go: they say nothing. */
function withoutEmptied(before: unknown, after: unknown): unknown {
  if (Array.isArray(after)) return after.map((value: unknown, index) => withoutEmptied(valueAt(before, [index]), value))
  if (!isRecord(after)) return after
  const kept = Object.entries(after).filter(([key, value]) => !(isEmpty(value) && !isEmpty(valueAt(before, [key]))))
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutEmptied(valueAt(before, [key]), value)]))
}

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0
