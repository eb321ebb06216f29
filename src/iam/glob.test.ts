import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileGlob, compileRuns, globMatches } from './glob.ts'

/** The definition, by dynamic programming: which prefixes of the text the pattern so far can eat. */
function slow(pattern: string, text: string): boolean {
  let ends = new Set([0])
  for (const letter of pattern.split('')) {
    const next = new Set<number>()
    for (const end of ends) {
      if (letter === '*') for (let i = end; i <= text.length; i++) next.add(i)
      else if (end < text.length && (letter === '?' || letter === text[end])) next.add(end + 1)
    }
    ends = next
  }
  return ends.has(text.length)
}

const letters = (max: number, ...from: string[]) => fc.array(fc.constantFrom(...from), { maxLength: max }).map(list => list.join(''))

test('matches as the definition says', () => {
  fc.assert(
    fc.property(
      letters(12, 'a', 'b', '*', '?'),
      letters(14, 'a', 'b'),
      (pattern, text) => globMatches(compileGlob(pattern), text) === slow(pattern, text),
    ),
    { numRuns: 20_000 },
  )
})

test('long pieces, with and without question marks', () => {
  const unit = fc.constantFrom('ab', 'aab', 'a?', '?b', 'b', 'a'.repeat(31))
  const patterns = fc.array(unit, { minLength: 1, maxLength: 30 }).map(units => `*${units.join('')}*`)
  fc.assert(
    fc.property(patterns, letters(80, 'a', 'b', 'aab'), fc.nat(5), (pattern, text, cut) => {
      const planted = text + pattern.slice(1, -1).replaceAll('?', 'b').slice(cut) + text
      return globMatches(compileGlob(pattern), planted) === slow(pattern, planted)
    }),
    { numRuns: 2000 },
  )
})

test('literal runs hold no wildcards', () => {
  const glob = compileRuns([
    { text: 'a*', literal: false },
    { text: '*?', literal: true },
  ])
  expect(globMatches(glob, 'axx*?')).toBe(true)
  expect(globMatches(glob, 'axxyz')).toBe(false)
  expect(globMatches(compileRuns([]), '')).toBe(true)
})

test('characters beyond the basic plane', () => {
  expect(globMatches(compileGlob('*😀*'), 'a😀b')).toBe(true)
  expect(globMatches(compileGlob(`*${'😀'.repeat(40)}*`), `a${'😀'.repeat(41)}`)).toBe(true)
  expect(globMatches(compileGlob(`*${'😀?'.repeat(40)}*`), `a${'😀b'.repeat(40)}`)).toBe(true)
})
