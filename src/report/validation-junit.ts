import type { ValidatedProbe, Validation } from '#findings/validation.ts'
import type { Judged } from '#model/probe.ts'
import { junitXml, type TestCase } from './junit-xml.ts'
import { predictionText } from './validation.ts'

/** A suite for each joint and a test case for each expectation: broken and different are failures, what nobody saw or foretold is skipped. */
export function validationJunit({ probes, untried }: Validation): string {
  const cases = [
    ...probes.flatMap(probe => probe.results.map(result => caseOf(probe, result))),
    ...untried.map(({ joint, subject, why }) => ({ suite: joint, group: joint, name: subject, skipped: `not tried: ${why}` })),
  ]
  return junitXml(
    cases,
    probes.map(({ joint }) => joint),
  )
}

function caseOf({ joint, subject }: ValidatedProbe, result: Judged): TestCase {
  const test = { suite: joint, group: `${joint}/${result.id}`, name: `${subject}: ${result.says}` }
  const { state, predicted, observed } = result
  if (observed.is === 'not-observed') return { ...test, skipped: `not observed: ${observed.why}` }
  if (state === 'broken' || state === 'differs') {
    const text = `seen ${observed.is}: ${observed.text}\npredicted ${predictionText(predicted)}`
    return { ...test, failure: { message: observed.text, type: state, text } }
  }
  return state === 'not-predicted' ? { ...test, skipped: `seen, and not predicted: ${predictionText(predicted)}` } : test
}
