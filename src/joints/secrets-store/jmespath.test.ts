import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jmesPathFault } from './jmespath.ts'

/** Examples of https://jmespath.org/specification.html and of the provider's README. */
describe('a JMESPath', () => {
  it.each([
    'username',
    'a.b.c',
    '"hyphenated-path"',
    'a."b-c"',
    'to_string(port)',
    'a[0]',
    'a[-1].b',
    'a[0:2]',
    'a[::-1]',
    'a[*].b',
    'a.*',
    '*',
    '[0]',
    '[a, b]',
    '{x: a, "y-z": b.c}',
    'a[]',
    'a[].b[]',
    'a[?b == `1`].c',
    "a[?starts_with(b, 'x')] | [0]",
    'a || b && !c',
    '@',
    'length(@)',
    'sort_by(a, &b)',
    '(a || b).c',
    '`{"a": 1}`',
    "'raw'",
    'a.[b, c]',
    'a.{b: c}',
    '[*].a',
    'join(`,`, a)',
    'a > `1`',
    '[?a]',
    '*.*',
    'map(&a, b)',
  ])('%s can be read', text => expect(jmesPathFault(text)).toBeUndefined())
  it.each([
    'x-y',
    'a.',
    '.a',
    'a[',
    'a]',
    'a..b',
    'a b',
    '',
    '   ',
    'a[b]',
    '"open',
    'foo(',
    'unknown(a)',
    'a.1',
    '{a}',
    '{a: }',
    'a ||',
    '$.a',
    'a[0',
    '#',
    '"a"(b)',
    'a[1:2:3:4]',
    '[?a',
    'a, b',
    '-',
    "'open",
    'a.[',
    'a = b',
  ])('%j cannot', text => expect(jmesPathFault(text)).toMatch(/./))
  it('of any text is told, and never throws', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z".[\]{}()*@&|?!:,0-9 '`-]{0,20}$/), text => void jmesPathFault(text)))
    expect(jmesPathFault('('.repeat(200_000))).toMatch(/./)
  })
})
