import { settleText } from '#base/settle.ts'
import type { Finding } from '#findings/finding.ts'
import type { Outcome, UnknownGroup } from '#findings/outcome.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { severities, type Severity } from '#model/verdict.ts'
import { jsonText } from './json-text.ts'
import { artifactLocation, evidenceLocation, messageText, sarifFixes } from './sarif-locations.ts'
import { count } from './summary.ts'

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' } as const satisfies Record<
  Severity,
  string
>

/** GitHub's scale for ordering security alerts: over 9.0 is critical, from 7.0 high, from 4.0 medium. It is a name for the severity, not a score. */
const securitySeverity = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '1.0' } as const satisfies Record<
  Severity,
  string
>

/**
 * The outcome as SARIF 2.1.0. A finding is a result; a verdict that could not be given is a notification of the run and not a result,
 * since viewers show every result as something to mend; so is an input problem.
 */
export function sarifReport(outcome: Outcome, options: { readonly version: string }): string {
  const rules = rulesOf(outcome.findings)
  const index = new Map(rules.map((rule, position) => [rule.id, position]))
  const notifications = [...outcome.unknowns.map(unknownNotification), ...outcome.problems.map(problemNotification)]
  const run = {
    tool: { driver: { name: 'Mortise', version: options.version, semanticVersion: options.version, rules } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        // What was asked for was done, as far as the input could be read: the notifications say how far that is.
        executionSuccessful: true,
        ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
      },
    ],
    results: outcome.findings.map(finding => resultOf(finding, index.get(finding.check.id) ?? -1)),
  }
  return `${jsonText({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] })}\n`
}

/** One rule for each check that fired, at the severity of its worst finding. */
function rulesOf(findings: readonly Finding[]) {
  const byCheck = Map.groupBy(findings, finding => finding.check.id)
  return [...byCheck]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, fired]) => {
      const [{ check, joint }] = fired as [Finding, ...Finding[]]
      const worst = severities.find(severity => fired.some(finding => finding.severity === severity)) ?? 'info'
      const [helpUri] = check.sources
      return {
        id,
        name: ruleName(id),
        shortDescription: { text: `${check.title}.` },
        help: { text: helpText(id, check.title, check.sources) },
        ...(helpUri === undefined ? {} : { helpUri }),
        defaultConfiguration: { level: levels[worst] },
        properties: { tags: ['security', joint], precision: 'high', 'security-severity': securitySeverity[worst] },
      }
    })
}

/** `irsa/role-missing` → `IrsaRoleMissing`: the readable name that the standard asks for. */
const ruleName = (id: string): string =>
  id
    .split(/[^A-Za-z0-9]+/)
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

const helpText = (id: string, title: string, sources: readonly string[]): string =>
  [`${title}.`, `When it matters, when it is fine and how to fix it: mortise checks ${id}`, ...sources].join('\n')

function resultOf(finding: Finding, ruleIndex: number) {
  const [primary, ...supporting] = finding.evidence
  const fixes = sarifFixes(finding)
  return {
    ruleId: finding.check.id,
    ruleIndex,
    kind: 'fail',
    level: levels[finding.severity],
    message: { text: messageText(`${finding.message}. ${finding.effect}`) },
    locations: [evidenceLocation(primary)],
    ...(supporting.length === 0
      ? {}
      : { relatedLocations: supporting.map((item, index) => ({ id: index + 1, ...evidenceLocation(item) })) }),
    // The first is the name under which GitHub follows an alert from one upload to the next.
    partialFingerprints: { primaryLocationLineHash: finding.fingerprint, 'mortise/v1': finding.fingerprint },
    ...(fixes.length === 0 ? {} : { fixes }),
    properties: {
      severity: finding.severity,
      subject: finding.subject.text,
      workloads: finding.workloads,
      ...(finding.help === undefined ? {} : { help: finding.help }),
    },
  }
}

function unknownNotification({ kind, reason, settle, verdicts }: UnknownGroup) {
  const what = `${kind}: ${reason}, so ${count(verdicts.length, 'verdict is', 'verdicts are')} unknown.`
  return {
    descriptor: { id: 'unknown' },
    level: 'warning',
    message: { text: messageText(settle === undefined ? what : `${what} To settle: ${settleText(settle)}.`) },
    properties: { kind, verdicts },
  }
}

function problemNotification(problem: InputProblem) {
  const text = problem.help === undefined ? `${problem.message}.` : `${problem.message}. ${problem.help}.`
  const region = { startLine: Math.max(1, problem.line), startColumn: Math.max(1, problem.column) }
  return {
    descriptor: { id: problem.code },
    level: 'error',
    message: { text: messageText(text) },
    locations: [{ physicalLocation: { artifactLocation: artifactLocation(problem.file), region } }],
  }
}
