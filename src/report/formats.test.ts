import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyOutcome, hostile, sample } from '../../tests/report/sample-outcome.ts'
import { chainDrawing } from './chain-drawing.ts'
import { widthOf } from './characters.ts'
import { formats, report as parts, type Format } from './formats.ts'

const options = { color: false, width: 80, version: '1.2.3' }
const names = Object.keys(formats) as Format[]
const report = (...asked: Parameters<typeof parts>): string => [...parts(...asked)].join('')

/** What must never come out: control characters, and those that reorder or hide text. */
const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/

/** Text as an attacker or an accident would write it. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '\x1b[31mred\x1b[0m',
    '\x1b]8;;http://x\x07y',
    'a\u202eb',
    '\ud800',
    ']]>',
    '<script>',
    '```\n# x',
    '| a |',
    '@team #1',
    '\r\n',
    'x'.repeat(5000),
  ),
)

describe.each(names)('%s', format => {
  it('gives the same bytes for the same outcome', () => {
    expect(report(format, sample, options)).toBe(report(format, structuredCloneOf(sample), options))
  })
  it('ends with a line feed, for an empty outcome too', () => {
    expect(report(format, sample, options)).toMatch(/[^\n]\n$/)
    expect(report(format, emptyOutcome, options)).toMatch(/[^\n]\n$/)
  })
  it('lets no control character of the input through', () => {
    fc.assert(
      fc.property(nasty, text => {
        expect(report(format, hostile(text), options)).not.toMatch(dangerous)
        expect(report(format, hostile(text), options).isWellFormed()).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

it('wraps prose at any width', () => {
  const words = fc.array(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }), { maxLength: 40 }).map(list => list.join(' '))
  fc.assert(
    fc.property(words, fc.integer({ min: 60, max: 140 }), (text, width) => {
      const plain = { color: false, width }
      const finding = { ...hostile(text).findings[0]!, fix: { title: text, safe: true, changes: [] } }
      const lines = report('terminal', { ...sample, findings: [finding], problems: [], unknowns: [] }, { ...options, width }).split('\n')
      const wide = lines.filter(line => widthOf(line) > width && !/^ *(-->|:::)/.test(line))
      expect(wide).toEqual([])
      for (const chain of hostile(text).chains) expect(chainDrawing(chain, plain)).toBeTypeOf('string')
    }),
    { numRuns: 300 },
  )
})

it('says in the guide what every format is', () => {
  const guide = readFileSync(new URL('../../docs/guide/output.md', import.meta.url), 'utf8')
  for (const name of names) expect(guide).toContain(`--format ${name}`)
})

/** An equal outcome made of other objects, its resources kept: they are compared by what they say. */
const structuredCloneOf = (outcome: typeof sample): typeof sample => ({
  ...outcome,
  findings: outcome.findings.map(finding => ({ ...finding })),
  ignored: new Map([...outcome.ignored].reverse()),
})
