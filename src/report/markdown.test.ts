import { describe, expect, it } from 'vitest'
import { hostile, sample, trust } from '../../tests/report/sample-outcome.ts'
import { markdownReport } from './markdown.ts'
import { codeSpan, escapeMarkdown, fenced } from './markdown-text.ts'

describe('markdownReport', () => {
  it('is a short table with the details folded', () => {
    expect(markdownReport(sample)).toMatchSnapshot()
  })
  it('stays within a comment, and says what was cut', () => {
    const many = { ...sample, findings: Array.from({ length: 300 }, (_, index) => ({ ...trust, message: `${index} ${'x'.repeat(400)}` })) }
    const text = markdownReport(many)
    expect(text.length).toBeLessThan(65_000)
    expect(text).toMatch(/\d+ of 302 folded sections did not fit here; `mortise scan` prints all 300 findings\./)
    expect(text).toContain('…and 250 more findings.')
  })
  it('keeps within a comment whatever the names are', () => {
    expect(markdownReport(hostile('`|<&@#'.repeat(100_000))).length).toBeLessThan(65_536)
  })
})

describe('escaping', () => {
  it('leaves no markup, HTML, mention or reference', () => {
    expect(escapeMarkdown('<img src=x> [a](b) @team #12 **b** `c` | d')).not.toMatch(/[<>[\]*`|@]|(?<!&)#\d/)
  })
  it('keeps code inside its fence', () => {
    expect(codeSpan('a `` b')).toBe('```a `` b```')
    expect(codeSpan('a|b')).toBe('`a\\|b`')
    expect(fenced('```\n</details>').split('\n')[0]).toBe('````text')
  })
})
