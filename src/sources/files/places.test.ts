import fc from 'fast-check'
import { dump, load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { isAlias, isMap, isScalar, isSeq, parseDocument, stringify, type Node } from 'yaml'
import { valueAt, type FilePlace, type Path } from '#model/place.ts'
import { locateInJson } from './locate-json.ts'
import { locateInEvents } from './locate-in-events.ts'
import { keyText, locateSlowly } from './locate-yaml.ts'
import { originIn } from './origin.ts'
import { parseDocuments, type ReadDocument } from './parse-documents.ts'
import { SourceText } from './source-text.ts'
import { manifestSchema, plainValue } from './yaml-scalars.ts'

const runs = Number(process.env.MORTISE_RUNS ?? 80)

/** Scalars that readers of YAML like to disagree about. */
const awkward = [
  '',
  ' ',
  '~',
  'null',
  'yes',
  'No',
  'on',
  'y',
  'true',
  '0',
  '-0',
  '007',
  '0o17',
  '0x1F',
  '1_000',
  '1e3',
  '.5',
  '5.',
  '-.inf',
  '.nan',
  '2024-01-01',
  '2024-01-01T00:00:00Z',
  '12:30:45',
  '123456789012345678901234567890',
  '<<',
  '=',
  '- a',
  'a: b',
  '#c',
  'a #b',
  '*a',
  '&a',
  '!t',
  '|',
  '>',
  '"',
  "'",
  '{',
  '[',
  '%',
  '@',
  '`',
  'a\nb',
  'a\n',
  '\na',
  ' a\n b\n',
  'a\tb',
  '\ttab',
  'ünï',
  '\u2028',
  '\u00a0',
  '__proto__',
  'constructor',
  '111122223333',
]
/** The yaml package writes it without quotes even where it is a name. */
const mergeKey = '<<'
const text = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'grapheme', maxLength: 30 }))
const key = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-zA-Z./-]{0,12}$/) },
  { weight: 1, arbitrary: fc.constantFrom(...awkward.filter(one => one !== mergeKey)) },
)
const value = fc.letrec(tie => ({
  any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('list'), tie('map')),
  leaf: fc.oneof(
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number || 0),
    fc.boolean(),
    fc.constant(null),
  ),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(key, tie('any'), { maxKeys: 5, noNullPrototype: true }),
}))
const root = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value.any, { minKeys: 1, maxKeys: 4, noNullPrototype: true })

/** One value, written in the ways that people and tools write it. */
const written = fc.tuple(root, fc.integer({ min: 0, max: 7 }), fc.constantFrom('\n', '\r\n')).map(([body, style, end]) => {
  const texts = [
    () => dump(body, { lineWidth: -1, noRefs: true }),
    () => dump(body, { lineWidth: 20, noRefs: true, seqNoIndent: true }),
    () => dump(body, { flowLevel: 1, noRefs: true }),
    () => dump(body, { forceQuotes: true, quoteStyle: 'double', noRefs: true, indent: 4 }),
    () => stringify(body, { version: '1.1' }),
    () => stringify(body, { version: '1.1', defaultStringType: 'QUOTE_SINGLE', collectionStyle: 'flow' }),
    () => JSON.stringify(body),
    () => JSON.stringify(body, null, 2),
  ]
  const plain = (texts[style] as () => string)()
  const isFaithful = style < 4 || style > 5
  return { body, isFaithful, text: `# a comment\n${plain.endsWith('\n') ? plain : `${plain}\n`}`.replaceAll('\n', end) }
})

function read(text: string): ReadDocument {
  const documents = [...parseDocuments(new SourceText('a.yaml', text))]
  const [document] = documents
  if (document === undefined || documents.length !== 1) throw new Error(`${documents.length} documents in ${JSON.stringify(text)}`)
  if ('broken' in document) throw new Error(`${document.problems[0].message} in ${JSON.stringify(text)}`)
  return document
}

/** The value as the reader with positions sees it. */
function slowly(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent', strict: false })
  const valueOf = (node: unknown): unknown => {
    if (isAlias(node)) return valueOf(node.resolve(document))
    if (isSeq(node)) return node.items.map(valueOf)
    if (isMap(node)) return Object.fromEntries(node.items.map(pair => [keyText(pair.key), valueOf(pair.value)]))
    if (!isScalar(node)) return null
    return node.type === 'PLAIN' || node.type === undefined ? plainValue(String(node.value ?? '')) : node.value
  }
  return valueOf(document.contents as Node | null)
}

function* paths(body: unknown, path: Path = []): Generator<Path> {
  yield path
  if (Array.isArray(body)) for (const [index, item] of body.entries()) yield* paths(item, [...path, index])
  else if (typeof body === 'object' && body !== null) for (const [name, item] of Object.entries(body)) yield* paths(item, [...path, name])
}

function textAt(source: string, place: FilePlace): string {
  const line = source.split(/\r\n|\n|\r/)[place.line - 1]
  expect(line).toBe(place.text)
  return place.text.slice(place.column - 1, place.column - 1 + place.length)
}

/** The text that stands at a place is the value, when it is a scalar of one line. */
function expectPlaces(document: ReadDocument, source: string): void {
  const origin = originIn(document.fragment, [])
  for (const path of paths(document.value)) {
    const held = valueAt(document.value, path)
    const place = origin.locate(path, 'value') as FilePlace
    const found = textAt(source, place)
    if (typeof held === 'object' && held !== null) continue
    if (typeof held === 'string' && (/[\r\n]/.test(held) || /^[|>]/.test(found))) continue
    if (isFolded(source, place)) continue
    expect(
      load(found === ' ' || found === '' ? 'null' : found, { schema: manifestSchema }),
      `${JSON.stringify(path)} in ${JSON.stringify(source)}`,
    ).toEqual(held)
    const name = path.at(-1)
    if (typeof name === 'string') expectKey(textAt(source, origin.locate(path, 'key') as FilePlace), name)
  }
}

function expectKey(found: string, name: string): void {
  if (!name.includes('\n')) expect(String(load(found.startsWith('?') ? found.slice(1) : found, { schema: manifestSchema }))).toBe(name)
}

/** A quoted or plain scalar that goes on in the next line. */
function isFolded(source: string, place: FilePlace): boolean {
  const rest = place.text.slice(place.column - 1)
  const quote = rest[0]
  if (quote === '"') return !/^"(?:[^"\\]|\\.)*"/.test(rest)
  if (quote === "'") return !/^'(?:[^']|'')*'/.test(rest)
  return place.column - 1 + place.length >= place.text.length && source.includes(`${place.text}\n `) && !/[{[]/.test(place.text)
}

describe('both readers', () => {
  it('see the same values', () => {
    fc.assert(
      fc.property(written, ({ body, isFaithful, text: source }) => {
        const { value: fast } = read(source)
        expect(slowly(source)).toEqual(fast)
        // The yaml package leaves texts such as 0o17 without quotes, which Go reads as numbers.
        if (isFaithful) expect(fast).toEqual(JSON.parse(JSON.stringify(body)))
      }),
      { numRuns: runs },
    )
  })
  it('see the same plain scalars, whatever they look like', () => {
    const plain = fc
      .stringMatching(/^[-+.0-9a-fxobeEyYnN_:~/TZ]{1,12}$/)
      .filter(source => !/^[-?:](?:\s|$)|:$|: /.test(source) && source !== '---' && source !== '...')
    fc.assert(
      fc.property(plain, source => {
        const { value: fast } = read(`key: ${source}\n`)
        expect(slowly(`key: ${source}\n`)).toEqual(fast)
      }),
      { numRuns: runs },
    )
  })
})

describe('places', () => {
  it('hold the value that they are asked for', () => {
    fc.assert(
      fc.property(written, ({ text: source }) => expectPlaces(read(source), source)),
      { numRuns: runs },
    )
  })
  it('are the same by the fast reader, where it finds them', () => {
    let found = 0
    const check = ({ text: source }: { readonly text: string }) => {
      const { fragment, value: held } = read(source)
      for (const path of paths(held)) {
        for (const spot of ['value', 'key'] as const) {
          const fast = locateInEvents(source, path, spot)
          const slow = locateSlowly(source, path, spot)
          if (fast === undefined || slow === undefined) continue
          found += 1
          expect(fragment.source.place(fast), `${JSON.stringify(path)} in ${JSON.stringify(source)}`).toEqual(
            fragment.source.place(slow.span),
          )
        }
      }
    }
    fc.assert(fc.property(written, check), { numRuns: runs })
    expect(found).toBeGreaterThan(runs)
    check({ text: 'a: # of a\n  - b: c # of b\n    "d": \'e\' # of d\n  - [f, {g: h}]\ni: &x\n  j: k\nl: *x\nm:\n- n\n' })
  })
  it('in JSON cost nothing but a scan, and hold the value', () => {
    fc.assert(
      fc.property(root, fc.constantFrom(undefined, 2, '\t'), (body, indent) => {
        const source = JSON.stringify(body, null, indent)
        const parsed: unknown = JSON.parse(source)
        for (const path of paths(parsed)) {
          const { span, exact } = locateInJson(source, path, 'value')
          expect(exact).toBe(true)
          expect(JSON.parse(source.slice(span.start, span.end))).toEqual(valueAt(parsed, path))
          if (typeof path.at(-1) !== 'string') continue
          const { span: keySpan } = locateInJson(source, path, 'key')
          expect(JSON.parse(source.slice(keySpan.start, keySpan.end))).toBe(path.at(-1))
        }
      }),
      { numRuns: runs },
    )
  })
  it('in lists at the top of JSON are found from the item on', () => {
    fc.assert(
      fc.property(root, fc.constantFrom(undefined, 1), (body, indent) => {
        const { fragment, value: parsed } = read(JSON.stringify(body, null, indent))
        const { items: _, ...whole } = fragment
        for (const path of paths(parsed)) {
          for (const spot of ['value', 'key'] as const)
            expect(originIn(fragment, path).locate([], spot)).toEqual(originIn(whole, path).locate([], spot))
        }
      }),
      { numRuns: runs },
    )
  })
  it('of items are found in the item alone', () => {
    fc.assert(
      fc.property(
        fc.array(root, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.constantFrom('', 'metadata: {}\n'),
        (items, seqNoIndent, after) => {
          const source = `apiVersion: v1\n${dump({ items }, { lineWidth: -1, noRefs: true, seqNoIndent })}${after}kind: List\n`
          const document = read(source)
          for (const [index, item] of (document.value as { items: unknown[] }).items.entries()) {
            const span = document.items?.[index]
            if (span === undefined) throw new Error(`item ${index} has no place`)
            expectPlaces({ ...document, value: item, fragment: { ...document.fragment, ...span } }, source)
          }
        },
      ),
      { numRuns: runs },
    )
  })
  it('follow aliases and merges to where the value stands', () => {
    const source = 'base: &base\n  a: 1\n  b: 2\nfirst:\n  <<: *base\n  b: 3\nsecond: *base\nlast:\n  <<: [{c: 4}, *base]\n'
    const document = read(source)
    const origin = originIn(document.fragment, [])
    const lines = (path: Path) => (origin.locate(path, 'value') as FilePlace).line
    expect(document.value).toMatchObject({ first: { a: 1, b: 3 }, second: { a: 1, b: 2 }, last: { a: 1, b: 2, c: 4 } })
    expect([lines(['first', 'a']), lines(['first', 'b']), lines(['second', 'b']), lines(['last', 'a']), lines(['last', 'c'])]).toEqual([
      2, 6, 3, 2, 9,
    ])
    expect(lines(['second'])).toBe(7)
  })
  it('of what is not there are the nearest that is', () => {
    const document = read('metadata:\n  name: a\nspec: {}\n')
    const place = originIn(document.fragment, []).locate(['metadata', 'annotations', 'x'], 'value') as FilePlace
    expect([place.line, place.column, place.length]).toEqual([1, 1, 8])
  })
})

describe('scalars', () => {
  it('are read as Kubernetes reads them', () => {
    const { value: body } = read(
      'a: yes\nb: off\nc: 0644\nd: 0o17\ne: 1_000\nf: 2024-01-01\ng: "yes"\nh: 12:30\ni: !Ref x\nj: !!binary aGk=\nk: ~\nl: 1.10\nm: !Sub {a: 1}\nn: 0x1F\n089: x\n',
    )
    expect(body).toEqual({
      a: true,
      b: false,
      c: 420,
      d: 15,
      e: 1000,
      f: '2024-01-01',
      g: 'yes',
      h: '12:30',
      i: 'x',
      j: 'aGk=',
      k: null,
      l: 1.1,
      m: { a: 1 },
      false: 31,
      89: 'x',
    })
  })
})
