import { describe, expect, it } from 'vitest'
import { annotationFinding, emptyOutcome, hostile, sample } from '../../tests/report/sample-outcome.ts'
import { junitReport } from './junit.ts'

describe('junitReport', () => {
  it('has a case for each chain and for what stands on none', () => {
    expect(junitReport({ ...sample, findings: [sample.findings[0]!, annotationFinding] })).toMatchSnapshot()
  })
  it('is empty for an empty outcome', () => {
    expect(junitReport(emptyOutcome)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="mortise" tests="0" failures="0" errors="0" skipped="0">
      </testsuites>
      "
    `)
  })
  it('escapes names', () => {
    const text = junitReport(hostile('<a b="c">&\'\x00\ufffe]]>'))
    expect(text).toContain('name="&lt;a b=&quot;c&quot;&gt;&amp;&apos;␀\ufffd]]&gt;"')
    expect(text).not.toMatch(/<a b/)
  })
})
