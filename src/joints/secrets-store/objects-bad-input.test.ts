import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { mountedFiles } from './mounted-files.ts'
import { parseObjects } from './objects.ts'

const parse = (objects: string) =>
  parseObjects({ metadata: { name: 'c', namespace: 'n' }, spec: { provider: 'aws', parameters: { objects } } }, 'eu-west-1')
const lines = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, index) => line(index)).join('\n')
const secret = 'objectType: secretsmanager'
const converting = 'Failed to load SecretProviderClass: error converting YAML to JSON: yaml: '
/** Each level names the one before three times. */
const laughs = (levels: number) =>
  `- &a0 {objectName: x, ${secret}}\n${lines(levels, level => `- &a${level + 1} {objectName: x${level}, ${secret}, more: [*a${level}, *a${level}, *a${level}]}`)}`

/** What sigs.k8s.io/yaml v1.4.0 said of each of these texts when it was run on them. */
describe('aliases', () => {
  it.each([
    ['30 levels', laughs(30), 'document contains excessive aliasing'],
    ['6 levels', laughs(6), 'document contains excessive aliasing'],
    [
      'merges',
      `- &a0 {objectName: x, ${secret}}\n${lines(25, level => `- &a${level + 1} {<<: [*a${level}, *a${level}, *a${level}]}`)}`,
      'document contains excessive aliasing',
    ],
    ['a loop that nothing mounted needs', `- &a {objectName: db, ${secret}, more: *a}`, "anchor 'a' value contains itself"],
    ['a loop of merges', `- &a {objectName: db, ${secret}, <<: *a}`, "anchor 'a' value contains itself"],
    ['a list in itself', '&a [*a]', "anchor 'a' value contains itself"],
    ['a loop in jmesPath', `- {objectName: db, ${secret}, jmesPath: &j [*j]}`, "anchor 'j' value contains itself"],
    ['an alias of nothing', '- *nope', "unknown anchor 'nope' referenced"],
  ])('%s: the provider refuses the text', (_name, text, says) => {
    expect(parse(text).faults.map(({ message }) => message)).toEqual([`${converting}${says}`])
  })
  it.each([
    ['four levels', laughs(4), 5],
    ['a merge', `- &a {objectName: a, ${secret}}\n- {<<: *a, objectAlias: b}`, 2],
    ['an anchor twice, of which the last before it counts', `- &a {objectName: x, ${secret}}\n- &a {objectName: y, ${secret}}`, 2],
    [
      'a hundred names of one type',
      `- {objectName: x, objectType: &t secretsmanager}\n${lines(100, index => `- {objectName: x${index}, objectType: *t}`)}`,
      101,
    ],
  ])('%s: the provider takes the text', (_name, text, count) => {
    const { objects, faults } = parse(text)
    expect(faults).toEqual([])
    expect(objects).toHaveLength(count)
  })
})

/** What sigs.k8s.io/yaml v1.4.0 took of each of these texts when it was run on them. */
describe('what the provider reads of a text', () => {
  it.each([
    ['the first document, whatever follows', `---\n- {objectName: a, ${secret}}\n---\n- {`, ['a']],
    ['up to the end of the document', `- {objectName: a, ${secret}}\n...\ngarbage: [`, ['a']],
    ['a first document behind comments', `# classes\n\n---\n- {objectName: a, ${secret}}\n---\n- {objectName: b, ${secret}}`, ['a']],
    ['nothing of an empty one', `---\n---\n- {objectName: b, ${secret}}`, []],
    ['brackets in brackets', `- {objectName: a, ${secret}, more: ${'['.repeat(500)}${']'.repeat(500)}}`, ['a']],
    ['the last of keys in several cases', `- {objectName: a, objectname: b, ${secret}}`, ['b']],
    ['the same, in another order', `- {objectname: b, objectName: a, ${secret}}`, ['b']],
    ['of keys in several cases one that holds something', `- {objectName: a, objectname: null, ${secret}}`, ['a']],
  ])('%s', (_name, text, names) => {
    const { objects, faults } = parse(text)
    expect([faults, objects.map(({ objectName }) => objectName)]).toEqual([[], names])
  })
})

/** Milliseconds of the processor, which others on the machine do not lengthen. */
function spent(work: () => void): number {
  const before = process.cpuUsage()
  work()
  return process.cpuUsage(before).user / 1000
}

/** A text is no longer than an object in etcd may be. Quadratic work takes ten times these budgets. */
describe('texts of the largest size', () => {
  it.each([
    ['20,000 secrets', lines(20_000, index => `- {objectName: s${index}, ${secret}, objectAlias: a${index}}`), 20_000, 0],
    ['20,000 secrets of one alias', lines(20_000, index => `- {objectName: s${index}, ${secret}, objectAlias: a}`), 1, 19_999],
    ['20,000 times one secret', lines(20_000, () => `- {objectName: s, ${secret}}`), 1, 19_999],
    [
      '20,000 values of one secret',
      `- {objectName: s, ${secret}, jmesPath: [${lines(20_000, index => `{path: p${index}, objectAlias: a${index}},`).replaceAll('\n', ' ')}]}`,
      1,
      0,
    ],
    ['a name of a megabyte', `- {objectName: ${'x'.repeat(1_000_000)}, ${secret}}`, 1, 0],
    ['a thousand laughs', laughs(1_000), 0, 1],
    ['brackets that never close', '['.repeat(1_000_000), 0, 1],
    ['a list in a list in a list', lines(1_000, index => `${' '.repeat(index)}-`), 0, 1],
  ])('%s', (_name, text, objects, faults) => {
    let parsed: ReturnType<typeof parse> | undefined
    expect(spent(() => (parsed = parse(text)))).toBeLessThan(4_000)
    expect([parsed?.objects.length, parsed?.faults.length]).toEqual([objects, faults])
  })
})

/** A short run on every change; `MORTISE_RUNS=100000` by hand. */
const numRuns = Number(process.env['MORTISE_RUNS'] ?? 300)

const word = fc.constantFrom('db', 'a/b', '../x', '', 'arn:aws:ssm:eu-west-1:1:parameter/p', '__proto__', 'secretsmanager', 'ssmparameter')
const some = fc.oneof({ weight: 6, arbitrary: word }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) })
const keys = ['objectName', 'objectType', 'objectAlias', 'objectVersion', 'objectVersionLabel', 'filePermission', 'objectname'] as const
const entry = fc.record(
  {
    ...(Object.fromEntries(keys.map(key => [key, some])) as Record<(typeof keys)[number], typeof some>),
    jmesPath: fc.oneof(fc.array(fc.record({ path: some, objectAlias: some }, { requiredKeys: [] }), { maxLength: 2 }), some),
    failoverObject: fc.oneof(fc.record({ objectName: some }, { requiredKeys: [] }), some),
  },
  { requiredKeys: [] },
)
const scrap = fc.constantFrom(
  '&a ',
  '*a',
  '<<: *a',
  '---\n',
  '...\n',
  '\n',
  '{',
  '}',
  '[',
  ']',
  ': ',
  ',',
  '!!',
  '"',
  "'",
  '|\n',
  '\t',
  '\u2028',
  '# ',
)
/** Lists that are nearly right, into which scraps of YAML were put. */
const text = fc
  .tuple(
    fc.array(fc.oneof({ weight: 8, arbitrary: entry }, { weight: 1, arbitrary: some }), { maxLength: 4 }),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), scrap), { maxLength: 4 }),
  )
  .map(([entries, scraps]) =>
    scraps.reduce(
      (all, [at, put]) => {
        const offset = Math.floor(at * all.length)
        return all.slice(0, offset) + put + all.slice(offset)
      },
      dump(entries, { lineWidth: -1 }),
    ),
  )

it('whatever the text is, it is taken or refused with a reason, and no entry is both', () => {
  fc.assert(
    fc.property(text, written => {
      const parsed = parse(written)
      const taken = parsed.objects.map(({ index }) => index)
      const refused = parsed.faults.map(({ index }) => index)
      expect(parsed.faults.every(({ message, path }) => message !== '' && path.length === 3)).toBe(true)
      expect(new Set([...taken, ...refused]).size).toBe(taken.length + refused.length)
      expect(parsed.objects.every(({ objectName, type }) => objectName !== '' && ['secretsmanager', 'ssmparameter'].includes(type))).toBe(
        true,
      )
      if (refused.length === 0)
        expect(mountedFiles(parsed)).toHaveLength(parsed.objects.reduce((sum, { jmesPath }) => sum + 1 + jmesPath.length, 0))
    }),
    { numRuns },
  )
})
