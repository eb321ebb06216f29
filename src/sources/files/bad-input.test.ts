import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { allKinds } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { readFiles, type ReadFilesOptions } from './read-files.ts'

const folders: string[] = []
afterAll(() => folders.forEach(folder => rmSync(folder, { recursive: true, force: true })))

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-bad-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const read = (text: string | Uint8Array, options: ReadFilesOptions = {}) =>
  readFiles(['.'], { cwd: folderOf({ 'a.yaml': text }), ...options })

const healthy = 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ok\n'
const account = (rest: string) => `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n${rest}`

describe('a document that cannot be parsed', () => {
  it('is reported with its line, and the rest is read', async () => {
    const gathered = await read(`${healthy}---\napiVersion: v1\nkind: Pod\nmetadata: {name: [\n---\n${healthy.replace('ok', 'also')}`)
    expect(gathered.resources.map(({ id }) => id)).toEqual(['default/ok', 'default/also'])
    expect(gathered.problems).toMatchObject([{ code: 'YAML_SYNTAX', file: 'a.yaml', line: 8 }])
  })
  it('makes the kind that it names unread, never absent', async () => {
    const gathered = await read(`${healthy}---\napiVersion: v1\nkind: Pod\nmetadata: {\n`, { complete: true })
    expect(gathered.unread).toMatchObject([
      { kind: 'k8s/Pod', scope: { cluster: 'default' }, reason: 'a document could not be read: a.yaml:8' },
    ])
    const world = new World({ ...gathered, read: [{ kind: 'k8s/Pod' }, ...gathered.read] })
    expect(() => world.find('k8s/Pod', 'default/x', { cluster: 'default' })).toThrow('a document could not be read: a.yaml:8')
    expect(world.find('k8s/ServiceAccount', 'default/x', { cluster: 'default' })).toBeUndefined()
  })
  it('that names no kind, or is a list, may hold any', async () => {
    const kinds = async (text: string) => (await read(text)).unread.map(({ kind }) => kind)
    expect(await kinds('a: {')).toEqual(allKinds)
    expect(await kinds('kind: mortise/World\nversion: {')).toEqual(allKinds)
    const listed = await kinds('{"kind": "List", "items": [')
    expect(listed).toEqual(expect.arrayContaining(['k8s/Pod', 'k8s/ServiceAccount', 'k8s/Deployment']))
    expect(listed.filter(kind => !kind.startsWith('k8s/'))).toEqual([])
    expect(await kinds('kind: aws/iam/Role\nArn: [')).toEqual(['aws/iam/Role'])
  })
  it('of a kind that nothing reads hides nothing', async () => {
    const gathered = await read('apiVersion: v1\nkind: Ingress\nspec: [')
    expect([gathered.problems.length, gathered.unread.length]).toEqual([1, 0])
  })
  it('that is a template says so', async () => {
    const { problems } = await read('apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-x\n')
    expect(problems).toMatchObject([
      { code: 'YAML_SYNTAX', line: 4, help: 'this looks like a template: render it first, for example with helm template' },
    ])
  })
  it('that is indented with tabs says so', async () => {
    const { problems } = await read('apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n')
    expect(problems).toMatchObject([{ code: 'YAML_SYNTAX', line: 4, help: 'YAML is indented with spaces, not with tabs' }])
  })
  it('that is JSON cut short says so', async () => {
    const gathered = await readFiles(['.'], { cwd: folderOf({ 'a.json': '{"Roles": [\n{"RoleName": "r"' }) })
    expect(gathered.problems).toMatchObject([{ code: 'JSON_SYNTAX', file: 'a.json', line: 2, message: 'the JSON ends too early' }])
  })
})

describe('a key that stands twice', () => {
  it('with two values leaves the document unread', async () => {
    const gathered = await read(account('automountServiceAccountToken: true\nautomountServiceAccountToken: false\n'))
    expect(gathered.resources).toEqual([])
    expect(gathered.problems).toMatchObject([
      {
        code: 'DUPLICATE_KEY',
        line: 6,
        column: 1,
        message: 'the key "automountServiceAccountToken" stands twice, on line 5 and on line 6',
      },
    ])
    expect(gathered.unread).toMatchObject([{ kind: 'k8s/ServiceAccount' }])
  })
  it('with one value written twice is reported and harms nothing', async () => {
    const gathered = await read(account('  labels: {a: b}\n  labels: {a: b}\n'))
    expect(gathered.resources[0]?.body).toMatchObject({ metadata: { labels: { a: 'b' } } })
    expect(gathered.problems).toMatchObject([{ code: 'DUPLICATE_KEY', line: 6 }])
    expect(gathered.unread).toEqual([])
  })
  it('many times over takes no longer for it', async () => {
    const twice = `"a": ${JSON.stringify('x'.repeat(100_000))}, `.repeat(2) + '"a": 1, '.repeat(100_000)
    expect((await read(`{${twice}"b": 1}`)).problems.length).toBeLessThanOrEqual(21)
    expect((await read(`${'a: 1\n'.repeat(5_000)}b: 1\n`)).problems.length).toBeLessThanOrEqual(21)
  })
  it('is found in JSON too, and in policies that are texts', async () => {
    const json = await read('{"apiVersion": "v1", "kind": "ServiceAccount",\n"metadata": {"name": "a", "n\\u0061me": "b"}}')
    expect(json.problems).toMatchObject([
      { code: 'DUPLICATE_KEY', line: 2, message: 'the key "name" stands twice, on line 2 and on line 2' },
    ])
    expect(json.resources).toEqual([])
    const policy = await read(
      `kind: aws/iam/Role\nArn: arn:aws:iam::111122223333:role/r\nRoleName: r\nAssumeRolePolicyDocument: '{"a": 1, "a": 2}'\n`,
    )
    expect(policy.problems).toMatchObject([{ code: 'POLICY_NOT_JSON', line: 4 }])
  })
})

describe('aliases', () => {
  it('that stand for billions of values are refused at once', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(level === 0 ? 'x' : `*l${level - 1}`)
          .join(', ')}]`,
    )
    const gathered = await read(`${levels.join('\n')}\n---\n${healthy}`)
    expect(gathered.problems).toMatchObject([{ code: 'YAML_ALIASES', line: 2 }])
    expect(gathered.resources.length).toBe(1)
  })
  it('that contain themselves are refused', async () => {
    const gathered = await read(account('  labels: &loop\n    a: *loop\n'))
    expect(gathered.problems).toMatchObject([{ code: 'YAML_CYCLE', line: 6, column: 8 }])
    expect(gathered.unread).toMatchObject([{ kind: 'k8s/ServiceAccount' }])
  })
  it('without an anchor are reported', async () => {
    expect((await read(account('  labels: *nowhere\n'))).problems).toMatchObject([
      { code: 'YAML_SYNTAX', line: 5, message: 'unidentified alias "nowhere"' },
    ])
  })
  it('that merge without end are refused', async () => {
    const merges = Array.from({ length: 3000 }, (_, index) => `m${index}: {<<: *base, x${index}: 1}`).join('\n')
    const { problems } = await read(`base: &base {${Array.from({ length: 50 }, (_, index) => `k${index}: 1`).join(', ')}}\n${merges}\n`)
    expect(problems).toMatchObject([{ code: 'YAML_SYNTAX' }])
  })
})

describe('an object that no API server would take', () => {
  it.each([
    ['without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n', 'NO_NAME', 3],
    ['without metadata', 'apiVersion: v1\nkind: Pod\n', 'NO_NAME', 1],
    ['with a name still to be made', 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: a-\n', 'NO_NAME', 4],
    ['with a name that is a number', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: 12\n', 'WRONG_TYPE', 4],
    ['with an annotation that is a number', account('  annotations:\n    x: 86400\n'), 'LABEL_NOT_TEXT', 6],
    ['with an annotation that is a map', account('  annotations: {x: {a: b}}\n'), 'LABEL_NOT_TEXT', 5],
    ['with containers that are no list', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: {}\n', 'WRONG_TYPE', 5],
    ['with an empty container', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - \n', 'WRONG_TYPE', 6],
    [
      'with a variable that is a number',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    env: [{name: A, value: 1}]\n',
      'WRONG_TYPE',
      7,
    ],
    ['without a template', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n', 'WRONG_TYPE', 4],
    ['without an apiVersion', 'kind: Pod\nmetadata: {name: a}\n', 'NO_API_VERSION', 1],
    ['with a kind that is a list', 'apiVersion: v1\nkind: [Pod]\nmetadata: {name: a}\n', 'KIND_NOT_TEXT', 2],
    ['with an apiVersion that is a number', 'apiVersion: 1\nkind: Pod\nmetadata: {name: a}\n', 'KIND_NOT_TEXT', 1],
    ['an AWS object without an ARN', 'kind: aws/iam/Role\nRoleName: r\n', 'WRONG_TYPE', 1],
    ['an AWS object without an account', 'kind: aws/iam/Role\nRoleName: r\nArn: role/r\n', 'NO_ACCOUNT', 3],
    ['an account whose leading zero is lost', 'kind: aws/iam/Role\naccount: 012345670123\nRoleName: r\nArn: role/r\n', 'WRONG_TYPE', 2],
    [
      'a policy that is a list',
      'kind: aws/iam/Role\nRoleName: r\nArn: arn:aws:iam::111122223333:role/r\nAssumeRolePolicyDocument: []\n',
      'POLICY_NOT_JSON',
      4,
    ],
    ['a role that is a text', '{"Roles": [\n"x"]}', 'WRONG_TYPE', 2],
  ])('is reported and left unread: %s', async (_, text, code, line) => {
    const gathered = await read(text)
    expect(gathered.problems).toMatchObject([{ code, line }])
    expect(gathered.resources).toEqual([])
    expect(gathered.unread.length).toBeGreaterThan(0)
    expect(gathered.problems[0]?.message).toMatch(/^[^A-Z].*[^.]$/)
  })
})

describe('texts of other systems', () => {
  it('with CRLF and a byte order mark are read, and places hold', async () => {
    const gathered = await read(`\uFEFF${account('  annotations:\n    x: y1\n')}---\n${healthy}`.replaceAll('\n', '\r\n'))
    expect(gathered.problems).toEqual([])
    expect(gathered.resources[0]?.origin.locate(['metadata', 'annotations', 'x'], 'value')).toMatchObject({
      line: 6,
      column: 8,
      length: 2,
      text: '    x: y1',
      above: '  annotations:',
    })
    expect(gathered.resources[1]?.origin.locate(['metadata', 'name'], 'value')).toMatchObject({ line: 11, column: 9 })
  })
  it('in UTF-16, as PowerShell redirects them, are read', async () => {
    const gathered = await read(Buffer.from(`\uFEFF${healthy}`, 'utf16le'))
    expect(gathered.resources.map(({ id }) => id)).toEqual(['default/ok'])
  })
  it('with an annotation of a megabyte are read, and places stay short to find', async () => {
    const long = 'x'.repeat(1024 * 1024)
    const gathered = await read(account(`  annotations:\n    long: ${long}\n    after: it\n`))
    expect(gathered.problems).toEqual([])
    expect(gathered.resources[0]?.origin.locate(['metadata', 'annotations', 'after'], 'value')).toMatchObject({ line: 7, column: 12 })
  })
  it('with a problem in a long line quote no megabyte', async () => {
    const { problems } = await read(`apiVersion: v1\nkind: Pod\nmetadata: {name: [}, a: ${'x'.repeat(1024 * 1024)}\n`)
    expect(problems[0]?.text?.length).toBeLessThan(300)
  })
  it('that are nested without end are refused', async () => {
    expect((await read('['.repeat(100_000))).problems.length).toBe(1)
    expect((await read(`{"a":`.repeat(50_000))).problems.length).toBe(1)
    expect((await read('- '.repeat(50_000))).problems.length).toBe(1)
  })
})

describe('a file that cannot be read', () => {
  const binary = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe])

  it('is an error when the user names it', async () => {
    const folder = folderOf({ 'a.yaml': binary, 'b.yaml': healthy })
    await expect(readFiles(['a.yaml'], { cwd: folder })).rejects.toMatchObject({
      name: 'UserError',
      code: 'NOT_TEXT',
      where: 'a.yaml',
      message: 'a.yaml: it is not text',
    })
    await expect(readFiles(['b.yaml'], { cwd: folder, mostBytes: 10 })).rejects.toMatchObject({ code: 'TOO_LARGE' })
    await expect(readFiles(['/dev/null'], { cwd: folder })).rejects.toMatchObject({
      code: 'UNREADABLE',
      message: '/dev/null cannot be read: it is neither a file nor a folder',
    })
  })
  it('in a folder is a problem, and may have held anything', async () => {
    const gathered = await readFiles(['.'], { cwd: folderOf({ 'a.yaml': binary, 'b.yaml': healthy }) })
    expect(gathered.problems).toMatchObject([{ code: 'NOT_TEXT', file: 'a.yaml' }])
    expect(gathered.unread.map(({ kind }) => kind)).toEqual(allKinds)
    expect(gathered.resources.length).toBe(1)
  })
  it('is no larger than the cap, from a stream too', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield 'x'.repeat(1024)
      })(),
    )
    await expect(readFiles(['-'], { stdin: endless, mostBytes: 100_000 })).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })
  it.skipIf(process.getuid?.() === 0)('is closed to us', async () => {
    const folder = folderOf({ 'a.yaml': healthy, 'closed/b.yaml': healthy })
    chmodSync(join(folder, 'a.yaml'), 0)
    chmodSync(join(folder, 'closed'), 0)
    for (const input of ['a.yaml', 'closed'])
      await expect(readFiles([input], { cwd: folder })).rejects.toMatchObject({ code: 'UNREADABLE' })
    const gathered = await readFiles(['.'], { cwd: folder })
    chmodSync(join(folder, 'closed'), 0o700)
    expect(gathered.problems.map(({ code, file }) => `${code} ${file}`).sort()).toEqual(['UNREADABLE a.yaml', 'UNREADABLE closed'])
    expect(gathered.unread.length).toBe(2 * allKinds.length)
  })
})
