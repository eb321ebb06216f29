import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellsOf, widthOf } from './characters.ts'
import { quotedLine } from './quoted-line.ts'

const shown = (text: string): string =>
  cellsOf(text)
    .map(cell => cell.text)
    .join('')

/** The part of a text between two columns. */
function between(text: string, from: number, width: number): string {
  let column = 0
  let part = ''
  for (const char of text) {
    if (column >= from && column < from + width) part += char
    column += widthOf(char)
  }
  return part
}

describe('quotedLine', () => {
  it('leaves a line that fits as it is', () => {
    expect(quotedLine('a: bcd', 3, 3, 40)).toEqual({ text: 'a: bcd', indent: 3, marked: 3, from: 0 })
  })
  it('counts a tab as four columns, wide characters as two and combining ones as none', () => {
    expect(quotedLine('\tk: v', 4, 1, 40)).toMatchObject({ text: '    k: v', indent: 7, marked: 1 })
    expect(quotedLine('名前: 値', 4, 1, 40)).toMatchObject({ indent: 6, marked: 2 })
    expect(quotedLine('e\u0301: v', 4, 1, 40)).toMatchObject({ indent: 3, marked: 1 })
    expect(quotedLine('a😀: v', 5, 1, 40)).toMatchObject({ indent: 5, marked: 1 })
  })
  it('shows what cannot be seen, and stays aligned after it', () => {
    expect(quotedLine('a\u200bb: v', 5, 1, 40)).toMatchObject({ text: 'a<U+200B>b: v', indent: 12 })
    expect(quotedLine('\x1b[31mx', 5, 1, 40)).toMatchObject({ text: '␛[31mx', indent: 5 })
  })
  it('cuts around the marked part', () => {
    expect(quotedLine(`${'a'.repeat(50)}: value${'b'.repeat(50)}`, 52, 5, 20)).toMatchInlineSnapshot(`
      {
        "from": 47,
        "indent": 6,
        "marked": 5,
        "text": "…aaa: valuebbbbbbbb…",
      }
    `)
  })
  it('cuts a marked part that is too long in its middle, and keeps its key', () => {
    expect(quotedLine(`  key: ${'abc'.repeat(50)}xyz`, 7, 153, 40)).toMatchInlineSnapshot(`
      {
        "from": 2,
        "indent": 6,
        "marked": 33,
        "text": "…key: abcabcabcabcabca…cabcabcabcabcxyz",
      }
    `)
  })
  it('costs no more for a line of a megabyte', () => {
    const line = `${'k'.repeat(500_000)}: ${'v'.repeat(500_000)}`
    const before = performance.now()
    for (let run = 0; run < 100; run += 1) quotedLine(line, 500_002, 500_000, 77)
    expect(performance.now() - before).toBeLessThan(5000)
    expect(widthOf(quotedLine(line, 500_002, 500_000, 77).text)).toBeLessThanOrEqual(77)
  })
  it('underlines the marked part in any line at any width', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ maxLength: 3000 }),
    )
    fc.assert(
      fc.property(line, fc.nat(3000), fc.nat(3000), fc.integer({ min: 50, max: 120 }), (text, start, length, width) => {
        const quoted = quotedLine(text, start, length, width)
        expect(widthOf(quoted.text)).toBeLessThanOrEqual(width)
        expect(quoted.marked).toBeGreaterThan(0)
        expect(quoted.indent + quoted.marked).toBeLessThanOrEqual(width + 1)
        const marked = shown(text.replace(/\r$/, '').slice(start, start + Math.max(1, length)))
        if (!quoted.text.includes('…') && /^[ -~]*$/.test(text)) expect(between(quoted.text, quoted.indent, quoted.marked)).toBe(marked)
      }),
      { numRuns: 1000 },
    )
  })
})
