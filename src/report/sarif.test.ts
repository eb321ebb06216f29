import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { emptyOutcome, hostile, sample, trust } from '../../tests/report/sample-outcome.ts'
import { sarifReport } from './sarif.ts'

/** The schema that is published with the standard's release, from Microsoft's own package (MIT). */
const schemaFile = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')

interface Log {
  readonly runs: readonly [
    {
      readonly results: readonly Record<string, unknown>[]
      readonly tool: { readonly driver: { readonly rules: readonly unknown[] } }
      readonly invocations: unknown
    },
  ]
}
const logOf = (outcome: typeof sample): Log => JSON.parse(sarifReport(outcome, { version: '1.2.3' })) as Log

describe('sarifReport', () => {
  // Its draft-04 dialect differs from draft-07 in the name of `$id` only, as far as it is used here.
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  it.each([
    ['the sample', sample],
    ['an empty outcome', emptyOutcome],
    ['hostile names', hostile('\x1b[0m a/../b?#%\ud800"\u202e')],
  ])('is valid: %s', (_name, outcome) => {
    validate(logOf(outcome))
    expect(validate.errors ?? []).toEqual([])
  })
  it('shows a result in full', () => {
    expect(logOf(sample).runs[0].results[0]).toMatchSnapshot()
    expect(logOf(sample).runs[0].tool.driver.rules[1]).toMatchSnapshot()
    expect(logOf(sample).runs[0].invocations).toMatchSnapshot()
  })
  it('puts what an API gave into a logical location, and offers no file edit for it', () => {
    const [, result] = logOf(sample).runs[0].results
    expect(result?.['locations']).toMatchObject([
      { logicalLocations: [{ fullyQualifiedName: expect.stringContaining('iam:GetRole s3-reader .AssumeRolePolicyDocument') as unknown }] },
    ])
    expect(result?.['fixes']).toBeUndefined()
  })
  it('keeps its fingerprints when lines move', () => {
    const moved = { ...trust, evidence: trust.evidence.toReversed() as unknown as typeof trust.evidence }
    const fingerprints = (outcome: typeof sample) => logOf(outcome).runs[0].results.map(result => result['partialFingerprints'])
    expect(fingerprints({ ...sample, findings: [moved] })).toEqual(fingerprints({ ...sample, findings: [trust] }))
  })
})
