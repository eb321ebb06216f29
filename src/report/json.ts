import type { Settle } from '#base/settle.ts'
import { settleText } from '#base/settle.ts'
import type { Finding } from '#findings/finding.ts'
import type { Outcome } from '#findings/outcome.ts'
import type { Chain, LinkState } from '#model/chain.ts'
import type { Change, Edit } from '#model/change.ts'
import { pathText, type Place } from '#model/place.ts'
import { placeOf, scopeText, type Evidence } from '#model/resource.ts'
import { severities, type Fix } from '#model/verdict.ts'
import { compare } from '#model/world.ts'
import { jsonParts } from './json-text.ts'
import { changedResource, textEdit } from './text-edit.ts'
import { unknownCount } from './summary.ts'

/** Raised when a reader of the old one could misread the new one; what is only added does not raise it. */
export const outcomeSchemaVersion = 1

/** The outcome as JSON, as `docs/schemas/outcome.schema.json` says, part by part. The same outcome always gives the same bytes. */
export function* jsonReport(outcome: Outcome, options: { readonly version: string }): Generator<string> {
  yield* jsonParts({
    schemaVersion: outcomeSchemaVersion,
    tool: { name: 'mortise', version: options.version },
    readAt: outcome.readAt,
    summary: summaryJson(outcome),
    findings: outcome.findings.values().map(findingJson),
    unknowns: outcome.unknowns.map(({ settle, ...group }) => ({ ...group, ...settleJson(settle) })),
    joints: outcome.joints,
    chains: outcome.chains.values().map(chain => chainJson(chain)),
    problems: outcome.problems,
    ignored: Object.fromEntries([...outcome.ignored].sort(([a], [b]) => compare(a, b))),
  })
  yield '\n'
}

function summaryJson(outcome: Outcome) {
  const bySeverity = severities.map(severity => [severity, outcome.findings.filter(finding => finding.severity === severity).length])
  const chains = { holds: 0, broken: 0, unknown: 0 }
  for (const chain of outcome.chains) chains[chain.state] += 1
  return {
    findings: outcome.findings.length,
    bySeverity: Object.fromEntries(bySeverity),
    unknown: unknownCount(outcome),
    problems: outcome.problems.length,
    chains,
    resources: outcome.resources,
  }
}

export function findingJson(finding: Finding) {
  const { fix, help } = finding
  return {
    fingerprint: finding.fingerprint,
    check: finding.check,
    joint: finding.joint,
    severity: finding.severity,
    subject: finding.subject,
    message: finding.message,
    evidence: finding.evidence.map(evidenceJson),
    effect: finding.effect,
    ...(fix === undefined ? {} : { fix: fixJson(fix, finding.evidence) }),
    ...(help === undefined ? {} : { help }),
    workloads: finding.workloads,
  }
}

export const evidenceJson = (evidence: Evidence) => ({ ...unplacedJson(evidence), place: placeJson(placeOf(evidence)) })

function unplacedJson({ resource: { kind, id, scope }, path, label }: Evidence) {
  return { resource: { kind, id, scope: scopeText(scope) }, path: pathText(path), label }
}

/** Lines and columns count from 1 in UTF-16 units; `endColumn` is the first after the value. */
function placeJson(place: Place) {
  if (place.in === 'api') return { in: place.in, call: place.call, path: place.path, excerpt: place.excerpt }
  const { file, line, column, length } = place
  return { in: place.in, file, line, column, endColumn: column + length }
}

export function fixJson({ title, safe, changes }: Fix, evidence: readonly Evidence[]) {
  return { title, safe, changes: changes.map(change => changeJson(change, evidence)) }
}

function changeJson(change: Change, evidence: readonly Evidence[]) {
  const { kind, id, scope } = change.target
  const inText = textEdit(change, changedResource(change, evidence))
  return {
    target: { kind, id, scope: scopeText(scope) },
    edit: editJson(change.edit),
    ...(inText === undefined ? {} : { textEdit: { place: placeJson(inText.place), text: inText.text } }),
    permissions: change.permissions,
    risk: change.risk,
  }
}

/** A value that is not there is left out: JSON has no `undefined`, and `null` is a value. */
const editJson = (edit: Edit) => ('path' in edit ? { ...edit, pathText: pathText(edit.path) } : edit)

export const settleJson = (settle: Settle | undefined) => (settle === undefined ? {} : { settle: { ...settle, text: settleText(settle) } })

/** @param places locate what holds too. A world has a hundred thousand links that hold, and each place is a re-read: only `explain` asks for it. */
export function chainJson({ joint, subject, state, links }: Chain, places = false) {
  return { joint, subject, state, links: links.map(link => linkJson(link, places)) }
}

function linkJson({ id, title, verdict, check }: LinkState, places: boolean) {
  return { id, title, verdict: verdict.is, ...(check === undefined ? {} : { check }), ...wordsOf(verdict, places) }
}

function wordsOf(verdict: LinkState['verdict'], places: boolean) {
  switch (verdict.is) {
    case 'pass':
      return { because: verdict.because.map(places ? evidenceJson : unplacedJson) }
    case 'fail':
      return { message: verdict.message, ...(places ? { evidence: verdict.evidence.map(evidenceJson) } : {}) }
    case 'skip':
      return { why: verdict.why }
    case 'unknown':
      return { kind: verdict.fact.kind, reason: verdict.fact.reason, ...settleJson(verdict.fact.settle) }
    default:
      return {}
  }
}
