import type { Settle } from '#base/settle.ts'
import { settleText } from '#base/settle.ts'
import type { Finding } from '#findings/finding.ts'
import type { Outcome } from '#findings/outcome.ts'
import type { Chain, LinkState } from '#model/chain.ts'
import type { Change, Edit } from '#model/change.ts'
import { pathText, type Place } from '#model/place.ts'
import { scopeText, type Evidence } from '#model/resource.ts'
import { severities, type Fix } from '#model/verdict.ts'
import { compare } from '#model/world.ts'
import { jsonText } from './json-text.ts'
import { changedResource, textEdit } from './text-edit.ts'
import { unknownCount } from './summary.ts'

/** Raised when a reader of the old one could misread the new one; what is only added does not raise it. */
export const outcomeSchemaVersion = 1

/** The outcome as JSON, as `docs/schemas/outcome.schema.json` says. The same outcome always gives the same bytes. */
export function jsonReport(outcome: Outcome, options: { readonly version: string }): string {
  return `${jsonText({
    schemaVersion: outcomeSchemaVersion,
    tool: { name: 'mortise', version: options.version },
    ...(outcome.readAt === undefined ? {} : { readAt: outcome.readAt }),
    summary: summaryJson(outcome),
    findings: outcome.findings.map(findingJson),
    unknowns: outcome.unknowns.map(({ settle, ...group }) => ({ ...group, ...settleJson(settle) })),
    joints: outcome.joints,
    chains: outcome.chains.map(chainJson),
    problems: outcome.problems,
    ignored: Object.fromEntries([...outcome.ignored].sort(([a], [b]) => compare(a, b))),
  })}\n`
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

export function evidenceJson({ resource, path, label, spot }: Evidence) {
  const { kind, id, scope, origin } = resource
  return { resource: { kind, id, scope: scopeText(scope) }, path: pathText(path), label, place: placeJson(origin.locate(path, spot)) }
}

/** Lines and columns count from 1 in UTF-16 units; `endColumn` is the first after the value. */
function placeJson(place: Place) {
  if (place.in === 'api') return { in: place.in, call: place.call, path: place.path, excerpt: place.excerpt }
  const { file, line, column, length } = place
  return { in: place.in, file, line, column, endColumn: column + length }
}

function fixJson({ title, safe, changes }: Fix, evidence: readonly Evidence[]) {
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

const settleJson = (settle: Settle | undefined) => (settle === undefined ? {} : { settle: { ...settle, text: settleText(settle) } })

export function chainJson({ joint, subject, state, links }: Chain) {
  return { joint, subject, state, links: links.map(linkJson) }
}

/** Places are left to the findings: a world has a hundred thousand links that hold, and each place is a re-read. */
function linkJson({ id, title, verdict, check }: LinkState) {
  return { id, title, verdict: verdict.is, ...(check === undefined ? {} : { check }), ...wordsOf(verdict) }
}

function wordsOf(verdict: LinkState['verdict']) {
  if (verdict.is === 'pass') return { because: verdict.because.map(item => ({ kind: item.resource.kind, id: item.resource.id, path: pathText(item.path), label: item.label })) }
  if (verdict.is === 'fail') return { message: verdict.message }
  if (verdict.is === 'skip') return { why: verdict.why }
  if (verdict.is === 'unknown') return { reason: verdict.fact.reason, ...settleJson(verdict.fact.settle) }
  return {}
}
