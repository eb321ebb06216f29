import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import type { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { readFiles, type ReadFilesOptions } from './read-files.ts'

const folders: string[] = []
afterAll(() => folders.forEach(folder => rmSync(folder, { recursive: true, force: true })))

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-files-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const read = (files: Readonly<Record<string, string>>, options: ReadFilesOptions = {}, inputs: readonly string[] = ['.']) =>
  readFiles(inputs, { cwd: folderOf(files), ...options })

const ids = (gathered: { readonly resources: readonly Resource[] }) => gathered.resources.map(({ kind, id }) => `${kind} ${id}`)

const serviceAccount = (name: string, rest = '') => `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n${rest}`
const role = (name: string, rest: object = {}) => ({ Arn: `arn:aws:iam::111122223333:role/${name}`, RoleName: name, ...rest })
const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' }] }

describe('inputs', () => {
  const files = {
    'k8s/b.yaml': serviceAccount('b'),
    'k8s/a.yml': serviceAccount('a'),
    'k8s/deep/c.json': JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'c' } }),
    'k8s/.hidden/x.yaml': serviceAccount('x'),
    'k8s/node_modules/y.yaml': serviceAccount('y'),
    'k8s/readme.md': '# not read',
  }
  const all = ['k8s/ServiceAccount default/a', 'k8s/ServiceAccount default/b', 'k8s/ServiceAccount default/c']

  it('are folders, with their folders, in the order of names', async () => {
    const gathered = await read(files)
    expect(ids(gathered)).toEqual(all)
    expect(gathered.resources.map(resource => resource.origin.locate([], 'value'))).toMatchObject([
      { file: 'k8s/a.yml' },
      { file: 'k8s/b.yaml' },
      { file: 'k8s/deep/c.json' },
    ])
  })
  it('are files and patterns, each file once', async () => {
    expect(ids(await read(files, {}, ['k8s/*.yaml', './k8s', 'k8s/b.yaml', 'k8s/**/*.json']))).toEqual(all)
  })
  it('are standard input', async () => {
    const gathered = await read({}, { stdin: Readable.from([`${serviceAccount('a')}---\n`, serviceAccount('b')]) }, ['-'])
    expect(ids(gathered)).toEqual(all.slice(0, 2))
    expect(gathered.resources[1]?.origin.locate(['metadata', 'name'], 'value')).toMatchObject({ file: '<stdin>', line: 9, column: 9 })
  })
  it('may hold links that lead in a circle', async () => {
    const folder = folderOf(files)
    symlinkSync(join(folder, 'k8s'), join(folder, 'k8s/deep/again'))
    symlinkSync('self.yaml', join(folder, 'k8s/self.yaml'))
    const gathered = await readFiles(['k8s'], { cwd: folder })
    expect(ids(gathered)).toEqual(all)
    expect(gathered.problems).toMatchObject([
      { code: 'UNREADABLE', file: 'k8s/self.yaml', message: 'it cannot be read: its links lead in a circle' },
    ])
  })
  it('that are not there are an error', async () => {
    await expect(read(files, {}, ['nope'])).rejects.toMatchObject({ code: 'NO_SUCH_PATH', message: 'there is no file or folder nope' })
  })
  it('that hold no file to read are an error', async () => {
    await expect(read({ 'a/readme.md': '' }, {}, ['a'])).rejects.toMatchObject({ code: 'NO_FILES' })
    await expect(read(files, {}, ['k8s/*.txt'])).rejects.toMatchObject({ code: 'NO_FILES' })
  })
})

describe('manifests', () => {
  it('come in streams, lists and lists of one kind', async () => {
    const item = { metadata: { name: 'c', namespace: 'shop' } }
    const gathered = await read({
      'a.yaml': `%YAML 1.2\n# one\n---\n${serviceAccount('a')}...\n---\n# nothing\n---\n${serviceAccount('b')}`,
      'b.yaml': `apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n  spec:\n    containers: []\n- ${JSON.stringify({ apiVersion: 'v1', kind: 'Ingress', metadata: { name: 's' } })}\nkind: List\n`,
      'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccountList', items: [item] }),
    })
    expect(ids(gathered)).toEqual([
      'k8s/ServiceAccount default/a',
      'k8s/ServiceAccount default/b',
      'k8s/Pod default/p',
      'k8s/ServiceAccount shop/c',
    ])
    expect(gathered.ignored).toEqual(new Map([['v1/Ingress', 1]]))
    expect(gathered.resources[3]?.body).toEqual({ apiVersion: 'v1', kind: 'ServiceAccount', ...item })
    expect(gathered.resources[2]?.origin.locate(['metadata', 'name'], 'value')).toMatchObject({
      file: 'b.yaml',
      line: 5,
      column: 20,
      length: 1,
    })
    expect(gathered.problems).toEqual([])
  })
  it('of other groups and versions are not read', async () => {
    const gathered = await read({
      'a.yaml':
        'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n---\napiVersion: example.com/v1\nkind: Pod\nmetadata: {name: a}\n---\na: 1\n',
    })
    expect(gathered.resources).toEqual([])
    expect(gathered.ignored).toEqual(
      new Map([
        ['example.com/v1/Pod', 1],
        ['extensions/v1beta1/Deployment', 1],
        ['without a kind', 1],
      ]),
    )
  })
  it('are put right where an API server would', async () => {
    const gathered = await read({ 'a.yaml': serviceAccount('a', '  annotations:\n    x:\n  labels:\nautomountServiceAccountToken: no\n') })
    expect(gathered.resources[0]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'a', namespace: 'default', annotations: { x: '' } },
      automountServiceAccountToken: false,
    })
  })
  it('never prove that something does not exist', async () => {
    const world = new World(await read({ 'a.yaml': serviceAccount('a') }))
    expect(() => world.find('k8s/ServiceAccount', 'default/b', { cluster: 'default' })).toThrow('was not read')
  })
  it('prove it when the user says that they are complete', async () => {
    const world = new World(
      await read({ 'a.yaml': serviceAccount('a'), 'b.yaml': JSON.stringify({ Role: role('r') }) }, { complete: true }),
    )
    expect(world.find('k8s/ServiceAccount', 'default/b', { cluster: 'default' })).toBeUndefined()
    expect(world.find('aws/iam/Role', 'arn:aws:iam::111122223333:role/x')).toBeUndefined()
    expect(() => world.find('aws/iam/Role', 'arn:aws:iam::444455556666:role/x')).toThrow('was not read')
    expect(() => world.find('k8s/Pod', 'default/b', { cluster: 'default' })).toThrow('was not read')
  })
  it('that differ about one object leave it unknown', async () => {
    const gathered = await read({
      'base/a.yaml': serviceAccount('a'),
      'over/a.yaml': serviceAccount('a', '  labels: {x: z}\n'),
      'z.yaml': serviceAccount('b'),
      'zz.yaml': serviceAccount('b'),
    })
    expect(ids(gathered)).toEqual(['k8s/ServiceAccount default/b'])
    expect(gathered.problems).toMatchObject([{ code: 'DEFINED_TWICE', file: 'over/a.yaml', line: 1 }])
    expect(gathered.unread).toMatchObject([{ kind: 'k8s/ServiceAccount', id: 'default/a', scope: { cluster: 'default' } }])
  })
})

describe('the cluster of Kubernetes objects', () => {
  const eks = (name: string) => JSON.stringify({ cluster: { name, arn: `arn:aws:eks:eu-west-1:111122223333:cluster/${name}` } })
  const clusters = async (files: Readonly<Record<string, string>>, options?: ReadFilesOptions) =>
    (await read(files, options)).resources.flatMap(({ scope, id }) => ('cluster' in scope ? `${scope.cluster} ${id}` : []))

  it('is the one that a document names, then the one that the user names', async () => {
    const text = `${serviceAccount('a')}---\nkind: mortise/Cluster\nname: blue\n---\n${serviceAccount('b')}---\nkind: mortise/Cluster\nname: green\n---\n${serviceAccount('c')}`
    expect(await clusters({ 'a.yaml': text, 'b.yaml': serviceAccount('d') }, { cluster: 'prod' })).toEqual([
      'prod default/a',
      'blue default/b',
      'green default/c',
      'prod default/d',
    ])
    expect(await clusters({ 'a.yaml': serviceAccount('a'), 'z.yaml': 'kind: mortise/World\nversion: 1\ncluster: blue\n' })).toEqual([
      'blue default/a',
    ])
  })
  it('is else the only EKS cluster that was read, else default', async () => {
    expect(await clusters({ 'a.yaml': serviceAccount('a'), 'b.json': eks('shop') })).toEqual(['shop default/a'])
    expect(await clusters({ 'a.yaml': serviceAccount('a'), 'b.json': eks('shop'), 'c.json': eks('test') })).toEqual(['default default/a'])
  })
})

describe('saved AWS objects', () => {
  it('have the fields of their API, and say or are given their account and region', async () => {
    const gathered = await read({
      'a.yaml':
        'kind: aws/iam/Role\nArn: arn:aws:iam::111122223333:role/r\nRoleName: r\n---\nkind: aws/eks/Cluster\narn: arn:aws:eks:eu-west-1:111122223333:cluster/c\nname: c\n---\nkind: aws/iam/Policy\naccount: "001122223333"\nArn: odd\n',
    })
    expect(gathered.problems).toEqual([])
    expect(gathered.resources.map(({ scope }) => scope)).toEqual([
      { account: '111122223333' },
      { account: '111122223333', region: 'eu-west-1' },
      { account: '001122223333' },
    ])
    expect(gathered.resources[0]?.body).toEqual({ Arn: 'arn:aws:iam::111122223333:role/r', RoleName: 'r' })
  })
  it('hold policy documents as maps, as JSON and as encoded JSON', async () => {
    const json = JSON.stringify(trust)
    const documents = [
      json,
      JSON.stringify(json),
      JSON.stringify(encodeURIComponent(json)),
      `|\n${JSON.stringify(trust, null, 2).replaceAll(/^/gm, '    ')}\n  `,
    ]
    const text = documents
      .map(
        (document, index) =>
          `kind: aws/iam/Role\nArn: arn:aws:iam::111122223333:role/r${index}\nRoleName: r${index}\nAssumeRolePolicyDocument: ${document}\n`,
      )
      .join('---\n')
    const gathered = await read({ 'a.yaml': text })
    expect(gathered.problems).toEqual([])
    expect(gathered.resources.map(({ body }) => 'AssumeRolePolicyDocument' in body && body.AssumeRolePolicyDocument)).toEqual([
      trust,
      trust,
      trust,
      trust,
    ])
    const places = gathered.resources.map(({ origin }) => origin.locate(['AssumeRolePolicyDocument', 'Statement', 0, 'Action'], 'value'))
    expect(places).toMatchObject([
      { line: 4 },
      { line: 9, column: 27 },
      { line: 14, column: 27 },
      { line: 25, column: 21, length: 31, text: '          "Action": "sts:AssumeRoleWithWebIdentity"' },
    ])
  })
  it('with a policy document that is none are unknown', async () => {
    const gathered = await read({
      'a.yaml': 'kind: aws/iam/Role\nArn: arn:aws:iam::111122223333:role/r\nRoleName: r\nAssumeRolePolicyDocument: "{broken"\n',
    })
    expect(gathered.resources).toEqual([])
    expect(gathered.problems).toMatchObject([{ code: 'POLICY_NOT_JSON', line: 4, column: 27 }])
    expect(gathered.unread).toMatchObject([
      { kind: 'aws/iam/Role', id: 'arn:aws:iam::111122223333:role/r', scope: { account: '111122223333' } },
    ])
  })
})

describe('outputs of the AWS CLI', () => {
  const provider = (tail: string) => `arn:aws:iam::111122223333:oidc-provider/${tail}`

  it('get-account-authorization-details gives roles and policies, and proves that there are no others', async () => {
    const policy = {
      Arn: 'arn:aws:iam::111122223333:policy/p',
      PolicyVersionList: [{ VersionId: 'v1', Document: encodeURIComponent(JSON.stringify(trust)) }],
    }
    const output = {
      UserDetailList: [],
      GroupDetailList: [],
      RoleDetailList: [role('r', { AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)) })],
      Policies: [policy],
    }
    const gathered = await read({ 'gaad.json': JSON.stringify(output, null, 2) })
    const world = new World(gathered)
    expect(ids(gathered)).toEqual(['aws/iam/Role arn:aws:iam::111122223333:role/r', 'aws/iam/Policy arn:aws:iam::111122223333:policy/p'])
    expect(gathered.resources[0]?.body).toEqual(role('r', { AssumeRolePolicyDocument: trust }))
    expect(world.find('aws/iam/Role', 'arn:aws:iam::111122223333:role/x')).toBeUndefined()
    expect(() => world.find('aws/iam/Role', 'arn:aws:iam::444455556666:role/x')).toThrow()
    expect(gathered.resources[0]?.origin.locate(['RoleName'], 'value')).toMatchObject({
      file: 'gaad.json',
      line: 7,
      text: '      "RoleName": "r",',
    })
  })
  it('prove nothing when they are a page of a longer answer, or empty', async () => {
    expect((await read({ 'a.json': JSON.stringify({ RoleDetailList: [role('r')], IsTruncated: true }) })).read).toEqual([])
    expect((await read({ 'a.json': JSON.stringify({ Roles: [role('r')], NextToken: 'x' }) })).read).toEqual([])
    expect((await read({ 'a.json': JSON.stringify({ RoleDetailList: [] }) })).read).toEqual([])
  })
  it('get-role, list-roles and describe-cluster, one after the other in one file', async () => {
    const cluster = { name: 'c', arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/c' }
    const text = [{ Role: role('a', { MaxSessionDuration: 3600 }) }, { Roles: [role('a'), role('b')] }, { cluster }]
      .map(output => JSON.stringify(output, null, 4))
      .join('\n')
    const gathered = await read({ 'a.json': text })
    expect(ids(gathered)).toEqual([
      'aws/iam/Role arn:aws:iam::111122223333:role/a',
      'aws/iam/Role arn:aws:iam::111122223333:role/b',
      `aws/eks/Cluster ${cluster.arn}`,
    ])
    expect(gathered.resources[0]?.body).toHaveProperty('MaxSessionDuration')
    expect(gathered.read).toEqual([{ kind: 'aws/iam/Role', scope: { account: '111122223333' } }])
    expect(gathered.resources[2]?.origin.locate(['name'], 'value')).toMatchObject({ line: 22, column: 17 })
  })
  it('list providers and get providers are joined', async () => {
    const details = { Url: 'oidc.example.com/id/A', ClientIDList: ['sts.amazonaws.com'] }
    const gathered = await read({
      'a.json': JSON.stringify(details),
      'list.json': JSON.stringify({
        OpenIDConnectProviderList: [{ Arn: provider('oidc.example.com/id/A') }, { Arn: provider('oidc.example.com/id/B') }],
      }),
    })
    const world = new World(gathered)
    expect(gathered.problems).toEqual([])
    expect(world.find('aws/iam/OpenIDConnectProvider', provider('oidc.example.com/id/A'))?.body).toEqual({
      Arn: provider('oidc.example.com/id/A'),
      ...details,
    })
    expect(world.find('aws/iam/OpenIDConnectProvider', provider('oidc.example.com/id/B'))?.body).toEqual({
      Arn: provider('oidc.example.com/id/B'),
    })
    expect(world.find('aws/iam/OpenIDConnectProvider', provider('oidc.example.com/id/C'))).toBeUndefined()
    const joined = world.find('aws/iam/OpenIDConnectProvider', provider('oidc.example.com/id/A'))
    expect(joined?.origin.locate(['ClientIDList', 0], 'value')).toMatchObject({ file: 'a.json' })
    expect(joined?.origin.locate(['Arn'], 'value')).toMatchObject({ file: 'list.json' })
  })
  it('a provider whose ARN nobody tells is unknown', async () => {
    const gathered = await read({ 'a.json': JSON.stringify({ Url: 'oidc.example.com/id/A', ClientIDList: [] }) })
    expect(gathered.problems).toMatchObject([{ code: 'PROVIDER_WITHOUT_ARN' }])
    expect(gathered.unread).toMatchObject([{ kind: 'aws/iam/OpenIDConnectProvider' }])
  })
})

describe('the header of a snapshot', () => {
  it('says what was read, what was not, and when', async () => {
    const text = `kind: mortise/World
version: 1
readAt: 2024-05-01T10:00:00Z
cluster: prod
read:
  - k8s/Pod
  - {kind: k8s/ServiceAccount, cluster: prod, namespace: shop}
  - {kind: aws/iam/Role, account: 111122223333}
unread:
  - {kind: aws/iam/Role, id: arn:aws:iam::111122223333:role/r, reason: denied, settle: {by: iam, action: iam:GetRole}}
`
    const gathered = await read({ 'world.yaml': text })
    expect(gathered).toMatchObject({
      readAt: '2024-05-01T10:00:00Z',
      read: [
        { kind: 'k8s/Pod' },
        { kind: 'k8s/ServiceAccount', scope: { cluster: 'prod' }, namespace: 'shop' },
        { kind: 'aws/iam/Role', scope: { account: '111122223333' } },
      ],
      unread: [
        { kind: 'aws/iam/Role', id: 'arn:aws:iam::111122223333:role/r', reason: 'denied', settle: { by: 'iam', action: 'iam:GetRole' } },
      ],
    })
  })
  it.each([
    ['version: 2', 'SNAPSHOT_VERSION'],
    ['read: []', 'SNAPSHOT_VERSION'],
    ['version: 1\nread: [k8s/Nope]', 'SNAPSHOT_HEADER'],
    ['version: 1\nread: [{kind: k8s/Pod, account: "1"}]', 'SNAPSHOT_HEADER'],
    ['version: 1\nextra: 1', 'SNAPSHOT_HEADER'],
  ])('%s is refused', async (text, code) => {
    await expect(read({ 'world.yaml': `# x\nkind: mortise/World\n${text}\n` })).rejects.toMatchObject({
      name: 'UserError',
      code,
      where: 'world.yaml:2',
    })
  })
})

describe('two runs', () => {
  it('are equal', async () => {
    const folder = folderOf({ 'a.yaml': `${serviceAccount('a')}---\nbroken: [\n`, 'b.json': JSON.stringify({ Roles: [role('x')] }) })
    const [first, second] = await Promise.all([readFiles(['.'], { cwd: folder }), readFiles(['.'], { cwd: folder })])
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  })
})
