import type { Finding } from '#findings/finding.ts'
import type { Outcome } from '#findings/outcome.ts'
import { settleText } from '#base/settle.ts'
import type { Chain } from '#model/chain.ts'
import { diagnostic } from './diagnostic.ts'
import { junitXml, type TestCase } from './junit-xml.ts'

/**
 * The outcome as JUnit XML: a suite for each joint, a test case for each chain, and one for each finding or unknown verdict that stands on no chain.
 * Broken is a failure, unknown is skipped: neither looks like a pass. No times, so that equal outcomes give equal bytes.
 */
export function junitReport(outcome: Outcome): string {
  const byEvidence = new Map<unknown, Finding>(outcome.findings.map(finding => [finding.evidence, finding]))
  const cases = [...outcome.chains.map(chain => chainCase(chain, byEvidence)), ...loneFindings(outcome), ...loneUnknowns(outcome)]
  return junitXml(
    cases,
    outcome.joints.map(({ joint }) => joint),
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
