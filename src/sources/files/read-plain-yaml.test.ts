import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { constructFromEvents, dump, EVENT_ID, loadAll, parseEvents } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { listItems } from './list-items.ts'
import { readPlainYaml } from './read-plain-yaml.ts'
import { manifestSchema } from './yaml-scalars.ts'

const runs = Number(process.env.MORTISE_RUNS ?? 1000)

/** What the whole reader makes of it; undefined when it refuses. */
function whole(text: string): { readonly value: unknown; readonly items?: readonly object[] } | undefined {
  try {
    const events = parseEvents(text, { maxDepth: 100 })
    const values = constructFromEvents(events, { source: text, schema: manifestSchema })
    if (values.length !== 1 || events.some(event => event.type === EVENT_ID.ALIAS)) return undefined
    const [value] = values
    const isList = typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)
    return isList ? { value, items: listItems(text, events) } : { value }
  } catch {
    return undefined
  }
}

const plain = (text: string) => readPlainYaml(text, { start: 0, end: text.length })

const odd = fc.constantFrom(
  'yes',
  'n',
  'null',
  '~',
  '0644',
  '0o17',
  '1_000',
  '1e3',
  '.inf',
  '-1',
  '- x',
  '-',
  'a: b',
  'a:b',
  'a:',
  'a #b',
  'a#b',
  '#a',
  "it's",
  "'",
  '"',
  '"a"',
  'a\\nb',
  '',
  ' ',
  'x ',
  '{}',
  '[]',
  '{a',
  '<<',
  '*a',
  '&a',
  '!a',
  '|',
  '>-',
  '%a',
  '@',
  '?',
  '? a',
  ':',
  '__proto__',
  'é',
  '2024-01-01',
  '12:30',
  '---',
  '...',
  '=',
  'a\tb',
)
const plainWord = fc.constantFrom('a', 'b', 'items', 'c/d.e', 'kind', 'arn:aws:iam::1:role/r', 'x', 'f-g_h')
const word = fc.oneof({ weight: 15, arbitrary: plainWord }, { weight: 1, arbitrary: odd })
const value = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer(),
    fc.constantFrom(null, true, 1.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value
const written = fc
  .tuple(fc.dictionary(word, value, { maxKeys: 4, noNullPrototype: true }), fc.boolean())
  .map(([object, flat]) => dump(object, { lineWidth: -1, noRefs: true, seqNoIndent: flat }))

/** Lines of any indentation, as nobody writes them. */
const lines = fc
  .array(
    fc.tuple(
      fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 4, 1, 3),
      fc.constantFrom('', '', '', '- ', '- ', '-  ', '- - '),
      word,
      fc.constantFrom(':', ': ', ': ', ': ', ' :', ''),
      fc.oneof(word, fc.constant('')),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map(all =>
    all.map(([indent, mark, key, colon, rest]) => `${' '.repeat(indent)}${mark}${key}${colon}${colon === ':' ? '' : rest}`).join('\n'),
  )

/** Pieces cut out and put in. */
const broken = fc
  .tuple(
    written,
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(4),
        fc.oneof(odd, fc.constantFrom('\n', ' ', '  ', '\n\n', '\n  ', '\n  - a', '\n- ', '\nb: ')),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([text, cuts]) =>
    cuts.reduce(
      (so, [at, length, insert]) => so.slice(0, Math.floor(at * so.length)) + insert + so.slice(Math.floor(at * so.length) + length),
      text,
    ),
  )

describe('the plain reader', () => {
  it.each([
    ['written documents', written],
    ['broken ones', broken],
    ['lines of any form', lines],
  ])('reads nothing otherwise than the whole reader does: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        const read = plain(text)
        if (read !== undefined) expect({ text, read }).toEqual({ text, read: whole(text) })
      }),
      { numRuns: runs },
    )
  })
  it.each(
    'True tRUE TRUE nO No ~ Null nulL y Y Yes yEs on Off offf nan inf name 0 7 007 0o7 12 -3 +4 1e3 .5 4. .inf 1_000 0x1F 12:30 12a 999999999999999 9007199254740993'.split(
      ' ',
    ),
  )('reads %s as the whole reader does, as a value and as a key', scalar => {
    const text = `a: ${scalar}\nb:\n- ${scalar}\n`
    expect(plain(text)).toEqual(whole(text))
    const keyed = plain(`${scalar}: 1\n`)
    if (keyed !== undefined) expect(keyed).toEqual(whole(`${scalar}: 1\n`))
  })
  it.each([
    [
      'a Pod',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: {}\nspec:\n  containers:\n    - name: app\n      args: ["-v"]\n',
      false,
    ],
    [
      'a Pod in block form',
      'kind: Pod\nspec:\n  containers:\n  - name: app\n    args:\n    - --port=80\n    - "8080"\n    env: []\n',
      true,
    ],
    ['a List', '---\nkind: List\nitems:\n- kind: Pod\n  mode: 0644\n\n- kind: Pod\nmetadata:\n  x:\n', true],
    ['a block scalar', 'a: |\n  b\n', false],
    ['a value over two lines', 'a: b\n  c\n', false],
    ['an anchor', 'a: &x b\n', false],
    ['a key that stands twice', 'a: b\na: b\n', false],
  ])('reads %s itself, or leaves it', (_, text, isPlain) => {
    expect(plain(text) !== undefined).toBe(isPlain)
    if (isPlain) expect(plain(text)).toEqual(whole(text))
  })
  it('reads a document within a text', () => {
    const text = '---\na: b\n---\nitems:\n- c: d\n- c: e\n---\nf: g\n'
    expect(readPlainYaml(text, { start: 9, end: 34 })).toEqual({
      value: { items: [{ c: 'd' }, { c: 'e' }] },
      items: [
        { start: 22, end: 27 },
        { start: 29, end: 34 },
      ],
    })
  })
  it('reads what a snapshot holds', () => {
    const text = readFileSync(new URL('../../../examples/shop/live/pods.yaml', import.meta.url), 'utf8')
    const written = loadAll(text).map(document => dump(document, { lineWidth: -1, noRefs: true }))
    expect(written.filter(document => plain(document) === undefined)).toEqual([])
  })
})
