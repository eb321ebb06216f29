import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { emptyOutcome, hostile, sample } from '../../tests/report/sample-outcome.ts'
import { jsonReport } from './json.ts'

const schema: unknown = JSON.parse(readFileSync(new URL('../../docs/schemas/outcome.schema.json', import.meta.url), 'utf8'))

/** Readers must accept what is added later; here nothing may be printed that is not documented. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]))
  return 'properties' in inner && !('additionalProperties' in inner) ? { ...inner, additionalProperties: false } : inner
}

describe('jsonReport', () => {
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(closed(schema) as object)
  it.each([
    ['the sample', sample],
    ['an empty outcome', emptyOutcome],
    ['hostile names', hostile('\x1b[0m\ud800"\u202e')],
  ])('is as the schema says: %s', (_, outcome) => {
    const data: unknown = JSON.parse([...jsonReport(outcome, { version: '1.2.3' })].join(''))
    validate(data)
    expect(validate.errors ?? []).toEqual([])
  })
  it('shows a finding in full', () => {
    const data = JSON.parse([...jsonReport(sample, { version: '1.2.3' })].join('')) as { findings: unknown[]; summary: unknown }
    expect(data.findings[0]).toMatchSnapshot()
    expect(data.summary).toMatchInlineSnapshot(`
      {
        "bySeverity": {
          "critical": 0,
          "high": 1,
          "info": 0,
          "low": 1,
          "medium": 1,
        },
        "chains": {
          "broken": 1,
          "holds": 1,
          "unknown": 1,
        },
        "findings": 3,
        "problems": 1,
        "resources": 42,
        "unknown": 5,
      }
    `)
  })
})
