import type { Finding } from '#findings/finding.ts'
import type { Outcome } from '#findings/outcome.ts'
import { settleText } from '#base/settle.ts'
import type { Chain } from '#model/chain.ts'
import { compare } from '#model/world.ts'
import { clean } from './characters.ts'
import { diagnostic } from './diagnostic.ts'

interface TestCase {
  readonly suite: string
  /** The joint of a chain, or a check that stands on its own. */
  readonly group: string
  readonly name: string
  readonly failure?: { readonly message: string; readonly type: string; readonly text: string }
  readonly skipped?: string
}

/**
 * The outcome as JUnit XML: a suite for each joint, a test case for each chain, and one for each finding or unknown verdict that stands on no chain.
 * Broken is a failure, unknown is skipped: neither looks like a pass. No times, so that equal outcomes give equal bytes.
 */
export function junitReport(outcome: Outcome): string {
  const byEvidence = new Map<unknown, Finding>(outcome.findings.map(finding => [finding.evidence, finding]))
  const cases = [...outcome.chains.map(chain => chainCase(chain, byEvidence)), ...loneFindings(outcome), ...loneUnknowns(outcome)]
  const bySuite = Map.groupBy(cases, item => item.suite)
  const names = [...new Set([...outcome.joints.map(joint => joint.joint), ...[...bySuite.keys()].sort(compare)])]
  const suites = names.flatMap(name => suiteLines(name, bySuite.get(name) ?? []))
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="mortise"${counts(cases)}>`, ...suites, '</testsuites>', ''].join(
    '\n',
  )
}

/** @param findings by their evidence, which a finding has from the verdict that it was made of */
function chainCase(chain: Chain, findings: ReadonlyMap<unknown, Finding>): TestCase {
  const test = { suite: chain.joint, group: chain.joint, name: chain.subject }
  const broken = chain.links.find(link => link.verdict.is === 'fail')
  if (broken?.verdict.is === 'fail') {
    const { message, evidence } = broken.verdict
    const finding = findings.get(evidence)
    return { ...test, failure: { message, type: broken.check ?? chain.joint, text: finding === undefined ? message : textOf(finding) } }
  }
  const unsure = chain.links.find(link => link.verdict.is === 'unknown')
  if (unsure?.verdict.is === 'unknown') {
    const { kind, reason, settle } = unsure.verdict.fact
    return { ...test, skipped: `unknown: ${kind}: ${reason}${settle === undefined ? '' : `; to settle: ${settleText(settle)}`}` }
  }
  const isJudged = chain.links.some(link => link.verdict.is === 'pass')
  return isJudged ? test : { ...test, skipped: 'no check speaks about this chain' }
}

function loneFindings({ chains, findings }: Outcome): readonly TestCase[] {
  const drawn = new Set<unknown>(
    chains.flatMap(chain => chain.links.flatMap(link => (link.verdict.is === 'fail' ? [link.verdict.evidence] : []))),
  )
  return findings
    .filter(finding => !drawn.has(finding.evidence))
    .map(finding => ({
      suite: finding.joint,
      group: finding.check.id,
      name: finding.subject.text,
      failure: { message: finding.message, type: finding.check.id, text: textOf(finding) },
    }))
}

/** Unknown verdicts of checks that no chain shows as unknown. */
function loneUnknowns({ chains, unknowns }: Outcome): readonly TestCase[] {
  const drawn = new Set(chains.flatMap(chain => chain.links.flatMap(link => (link.verdict.is === 'unknown' ? [link.check] : []))))
  return unknowns.flatMap(({ kind, reason, verdicts }) =>
    verdicts
      .filter(({ check }) => !drawn.has(check))
      .map(({ check, subject }) => ({
        suite: check.split('/')[0] ?? check,
        group: check,
        name: subject,
        skipped: `unknown: ${kind}: ${reason}`,
      })),
  )
}

const textOf = (finding: Finding): string => diagnostic(finding, { color: false, width: 100 })

function suiteLines(name: string, cases: readonly TestCase[]): readonly string[] {
  return [`  <testsuite name="${attribute(name)}"${counts(cases)}>`, ...cases.flatMap(caseLines), '  </testsuite>']
}

function counts(cases: readonly TestCase[]): string {
  const failures = cases.filter(item => item.failure !== undefined).length
  const skipped = cases.filter(item => item.skipped !== undefined).length
  return ` tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`
}

function caseLines({ group, name, failure, skipped }: TestCase): readonly string[] {
  const head = `    <testcase classname="${attribute(group)}" name="${attribute(name)}"`
  if (failure !== undefined) {
    const open = `      <failure message="${attribute(failure.message)}" type="${attribute(failure.type)}">`
    return [`${head}>`, `${open}${escaped(failure.text)}</failure>`, '    </testcase>']
  }
  if (skipped !== undefined) return [`${head}>`, `      <skipped message="${attribute(skipped)}"/>`, '    </testcase>']
  return [`${head}/>`]
}

const attribute = (text: string): string => escaped(clean(text))

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** XML 1.0 has no way at all to write some characters. */
const forbidden = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const escaped = (text: string): string => text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, char => entities[char] ?? char)
