import { Readable } from 'node:stream'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { UserError } from '#base/errors.ts'
import type { Path } from '#model/place.ts'
import { World } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'
import { readFiles } from './read-files.ts'

/** A short run on every change; `MORTISE_RUNS=100000` by hand. */
const runs = Number(process.env.MORTISE_RUNS ?? 100)

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'shop',
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }],
  },
  spec: {
    serviceAccountName: 'web',
    containers: [{ name: 'app', env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    volumes: [{ name: 'v', projected: { sources: [] } }],
  },
}
const documents = [
  pod,
  { apiVersion: 'v1', kind: 'List', items: [pod, { ...pod, kind: 'ServiceAccount' }] },
  { kind: 'aws/iam/Role', Arn: 'arn:aws:iam::111122223333:role/r', RoleName: 'r', AssumeRolePolicyDocument: '{"Version": "2012-10-17"}' },
  {
    RoleDetailList: [
      {
        Arn: 'arn:aws:iam::111122223333:role/r',
        RoleName: 'r',
        AssumeRolePolicyDocument: '%7B%7D',
        RolePolicyList: [{ PolicyName: 'p', PolicyDocument: {} }],
      },
    ],
    Policies: [],
  },
  { cluster: { name: 'c', arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/c', identity: { oidc: { issuer: 'https://x' } } } },
  { OpenIDConnectProviderList: [{ Arn: 'arn:aws:iam::111122223333:oidc-provider/x' }] },
  { Url: 'x', ClientIDList: ['sts.amazonaws.com'] },
  { kind: 'mortise/World', version: 1, read: ['k8s/Pod'], unread: [{ kind: 'aws/iam/Role', reason: 'denied' }] },
  { kind: 'mortise/Cluster', name: 'prod' },
]

const scrap = fc.oneof(
  fc.constantFrom(
    '---',
    '...',
    '\n',
    '\r\n',
    '\r',
    '\t',
    '  ',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '&a ',
    '*a',
    '<<: *a',
    '!!',
    '!x ',
    '|',
    '>',
    '|-\n',
    '#',
    '%',
    '\\',
    '\\u0000',
    '\0',
    '\uFEFF',
    '\u2028',
    '\ud800',
    'kind: ',
    'null',
    '~',
    'yes',
    '0x',
    'items:',
    '{{ x }}',
    '__proto__: ',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)

/** A healthy stream into which scraps were put, out of which pieces were cut. */
const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...documents), { minLength: 1, maxLength: 4 }),
    fc.constantFrom<(value: unknown) => string>(
      value => dump(value, { lineWidth: -1 }),
      value => `${JSON.stringify(value, null, 2)}\n`,
      value => dump(value, { flowLevel: 2 }),
    ),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), scrap), { maxLength: 4 }),
  )
  .map(([values, write, cuts]) => {
    let text = values.map(write).join('---\n')
    for (const [at, length, insert] of cuts) {
      const offset = Math.floor(at * text.length)
      text = text.slice(0, offset) + insert + text.slice(offset + length)
    }
    return text
  })

/** A healthy document in which one value became another: right YAML, wrong object. */
const odd = fc
  .tuple(
    fc.constantFrom(...documents),
    fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined)),
  )
  .map(([value, steps, other]) => dump(changed(value, steps, other), { skipInvalid: true }))

function changed(value: unknown, [step, ...rest]: readonly number[], other: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return other
  const names = Object.keys(value)
  const name = names[step % Math.max(1, names.length)]
  if (name === undefined) return other
  const inner = changed((value as Record<string, unknown>)[name], rest, other)
  return Array.isArray(value) ? value.with(Number(name), inner) : { ...value, [name]: inner }
}

async function readText(text: string): Promise<Gathered | UserError> {
  try {
    return await readFiles(['-'], { stdin: Readable.from([Buffer.from(text)]) })
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

function* paths(value: unknown, path: Path = []): Generator<Path> {
  yield path
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) yield* paths(inner, [...path, Array.isArray(value) ? Number(name) : name])
}

/** Whatever was read can be asked about, and every place is in the text. */
async function expectSound(text: string): Promise<void> {
  const gathered = await readText(text)
  if (gathered instanceof UserError) {
    expect(gathered.message).not.toBe('')
    return
  }
  const lines = text.split(/\r\n|\n|\r/).length
  for (const problem of gathered.problems) {
    // What the parser quotes at the end of this one is the text's own.
    if (!problem.message.startsWith('tag name cannot contain such characters: ')) expect(problem.message).not.toMatch(/\.$/)
    expect([problem.line >= 1 && problem.line <= lines, problem.column >= 1]).toEqual([true, true])
  }
  for (const resource of gathered.resources) {
    expect(resource.id).not.toBe('')
    for (const path of paths(resource.body)) {
      for (const spot of ['value', 'key'] as const) {
        const place = resource.origin.locate(path, spot)
        if (place.in !== 'file') throw new Error('a file is no API')
        expect([place.line <= lines, place.column >= 1, place.length >= 1]).toEqual([true, true, true])
      }
    }
  }
  expect(new World(gathered).size).toBe(gathered.resources.length)
}

describe('whatever is read', () => {
  it('never crashes, hangs or points outside: any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(scrap, { maxLength: 40 }).map(scraps => scraps.join('')),
        expectSound,
      ),
      { numRuns: runs, examples: [['!!|...']] },
    )
  })
  it('never crashes, hangs or points outside: manifests and dumps with damage', async () => {
    await fc.assert(fc.asyncProperty(mutated, expectSound), { numRuns: runs })
  })
  it('never crashes, hangs or points outside: objects with values of other types', async () => {
    await fc.assert(fc.asyncProperty(odd, expectSound), { numRuns: runs })
  })
})
