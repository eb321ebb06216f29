import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import type { Kind } from '#model/kinds.ts'
import type { Origin } from '#model/place.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World, type Coverage, type UnreadEntry } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { redacted } from './redact.ts'
import { writeSnapshot } from './write-snapshot.ts'

const runs = Number(process.env.MORTISE_RUNS ?? 60)
const origin: Origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) }
const held = (kind: Kind, id: string, scope: Scope, body: object): Resource => new Resource(kind, id, scope, body as never, origin)

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    'yes',
    'n',
    '0644',
    '0o17',
    '1_000',
    '2024-01-01',
    '<<',
    '~',
    'null',
    '- a',
    'a: b',
    '# c',
    '*a',
    '{{ x }}',
    '12:30',
    '1e3',
    '---',
    '...',
    'a\n---\nb',
    ' a',
    'a\r\nb',
    '\t',
  ),
)
const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/)
const labels = fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true })
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }).map(value => JSON.parse(JSON.stringify(value)) as unknown)
const cluster = fc.constantFrom('blue', 'green', 'yes')
const account = fc.constantFrom('111122223333', '012345670123')

const pod = fc
  .record({ name: label, namespace: label, cluster, annotations: labels, value: text, status: json })
  .map(({ name, namespace, cluster: home, annotations, value, status }) =>
    held(
      'k8s/Pod',
      `${namespace}/${name}`,
      { cluster: home },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, annotations },
        spec: { containers: [{ name: 'app', env: [{ name: 'COLOUR', value }], args: [value] }] },
        extra: status,
      },
    ),
  )
const webhook = fc
  .record({ name: label, cluster })
  .map(({ name, cluster: home }) =>
    held(
      'k8s/MutatingWebhookConfiguration',
      name,
      { cluster: home },
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name }, webhooks: [] },
    ),
  )
const role = fc
  .record({ name: label, account, document: fc.dictionary(text, json, { maxKeys: 3, noNullPrototype: true }) })
  .map(({ name, account: owner, document }) => {
    const Arn = `arn:aws:iam::${owner}:role/${name}`
    return held(
      'aws/iam/Role',
      Arn,
      { account: owner },
      { Arn, RoleName: name, AssumeRolePolicyDocument: document, RolePolicyList: [{ PolicyName: 'p', PolicyDocument: document }] },
    )
  })
const eks = fc.record({ name: label, account }).map(({ name, account: owner }) => {
  const arn = `arn:aws:eks:eu-west-1:${owner}:cluster/${name}`
  return held('aws/eks/Cluster', arn, { account: owner, region: 'eu-west-1' }, { arn, name })
})

const scoped: fc.Arbitrary<Coverage> = fc.oneof(
  fc.record(
    { kind: fc.constantFrom<Kind>('k8s/Pod', 'k8s/ServiceAccount'), scope: cluster.map(name => ({ cluster: name })), namespace: label },
    { requiredKeys: ['kind'] },
  ),
  fc.record(
    {
      kind: fc.constantFrom<Kind>('aws/iam/Role', 'aws/eks/Cluster'),
      scope: fc.record({ account, region: fc.constant('eu-west-1') }, { requiredKeys: ['account'] }),
    },
    { requiredKeys: ['kind'] },
  ),
  fc.record({
    kind: fc.constantFrom<Kind>('aws/ec2/SecurityGroup', 'aws/ec2/Subnet'),
    scope: fc.record({ account, region: fc.constant('eu-west-1') }),
    vpc: fc.constantFrom('vpc-1', 'vpc-2'),
  }),
)
const settle = fc.constantFrom(
  { by: 'iam', action: 'iam:GetRole' } as const,
  { by: 'rbac', verb: 'list', group: '', resource: 'pods' } as const,
  { by: 'user', step: 'ask' } as const,
)
const unread: fc.Arbitrary<UnreadEntry> = fc
  .tuple(scoped, fc.record({ id: label, reason: text, settle }, { requiredKeys: ['reason'] }))
  .map(([where, fact]) => ({ ...where, ...fact }))

const world = fc
  .record(
    {
      resources: fc.array(fc.oneof(pod, webhook, role, eks), { maxLength: 12 }),
      read: fc.array(scoped, { maxLength: 4 }),
      unread: fc.array(unread, { maxLength: 4 }),
      readAt: fc.constantFrom('2024-05-01T10:00:00Z', '2024-05-01T10:00:00.123Z'),
    },
    { requiredKeys: ['resources', 'read', 'unread'] },
  )
  .map(parts => new World(parts))

async function back(snapshot: string): Promise<World> {
  const gathered = await readFiles(['-'], { stdin: Readable.from([snapshot]) })
  expect(gathered.problems).toEqual([])
  expect([...gathered.ignored]).toEqual([])
  return new World(gathered)
}

const textOf = (entries: readonly object[]): string[] =>
  [...new Set(entries.map(entry => JSON.stringify(entry, Object.keys(flat(entry)).sort())))].sort()
const flat = (value: object): object =>
  Object.assign({}, value, ...Object.values(value).filter(inner => typeof inner === 'object' && inner !== null)) as object

function contents(of: World): object {
  const resources = [...of.resources()].map(({ kind, id, scope, body }) => [`${kind} ${id} ${JSON.stringify(scope)}`, body] as const)
  return { readAt: of.readAt, read: textOf(of.read), unread: textOf(of.unread), resources: Object.fromEntries(resources) }
}

const podWith = (rest: object) =>
  new World({
    resources: [
      held(
        'k8s/Pod',
        'shop/web',
        { cluster: 'prod' },
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' }, ...rest },
      ),
    ],
    read: [],
    unread: [],
  })

const variables = (...env: object[]) => podWith({ spec: { containers: [{ name: 'app', env }] } })

describe('a snapshot', () => {
  it('reads back to an equal world, and is written the same again', async () => {
    await fc.assert(
      fc.asyncProperty(world, async before => {
        const snapshot = writeSnapshot(before)
        const after = await back(snapshot)
        expect(contents(after)).toEqual(contents(before))
        expect(writeSnapshot(after)).toBe(snapshot)
      }),
      { numRuns: runs },
    )
  })
  it('does not depend on the order in which the world was read', () => {
    fc.assert(
      fc.property(world, some => {
        const clock = some.readAt === undefined ? {} : { readAt: some.readAt }
        const turned = new World({
          ...clock,
          resources: [...some.resources()].toReversed(),
          read: some.read.toReversed(),
          unread: some.unread.toReversed(),
        })
        expect(writeSnapshot(turned)).toBe(writeSnapshot(some))
      }),
      { numRuns: runs },
    )
  })
  it('is as its schema says', () => {
    const ajv = new Ajv2020({ allErrors: true })
    addFormats.default(ajv)
    const validate = ajv.compile(
      JSON.parse(readFileSync(new URL('../../../docs/schemas/world.schema.json', import.meta.url), 'utf8')) as object,
    )
    fc.assert(
      fc.property(world, some => {
        for (const document of loadAll(writeSnapshot(some))) expect(validate(document) ? [] : validate.errors).toEqual([])
      }),
      { numRuns: runs },
    )
  })
  it('names each cluster before its objects, and AWS objects first', () => {
    const service = (cluster: string, name: string) =>
      held(
        'k8s/ServiceAccount',
        `shop/${name}`,
        { cluster },
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'shop' } },
      )
    const Arn = 'arn:aws:iam::111122223333:role/r'
    const snapshot = writeSnapshot(
      new World({
        resources: [
          service('green', 'b'),
          service('blue', 'c'),
          held('aws/iam/Role', Arn, { account: '111122223333' }, { RoleName: 'r', Arn }),
        ],
        read: [{ kind: 'aws/iam/Role' }],
        unread: [],
      }),
    )
    expect(snapshot).toBe(`kind: mortise/World
version: 1
read:
  - aws/iam/Role
---
kind: aws/iam/Role
Arn: ${Arn}
RoleName: r
---
kind: mortise/Cluster
name: blue
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: c
  namespace: shop
---
kind: mortise/Cluster
name: green
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: b
  namespace: shop
`)
  })
})

describe('redaction', () => {
  it.each([
    ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
    ['AWS_SECRET_ACCESS_KEY', 'short'],
    ['HARMLESS', 'ASIAIOSFODNN7EXAMPLE'],
    ['HARMLESS', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['AWS_REGION', 'AKIAIOSFODNN7EXAMPLE'],
    ['DB_PASSWORD', 'x'],
    ['GITHUB_TOKEN', 'x'],
    ['AWS_CONTAINER_AUTHORIZATION_TOKEN', 'x'],
    ['URL', 'postgres://user:pass@db/x'],
    ['CONFIG', '-----BEGIN RSA PRIVATE KEY-----\nabc'],
  ])('hides the value of %s, and shows that it is set', async (name, value) => {
    const snapshot = writeSnapshot(variables({ name, value }))
    expect(snapshot).toContain(`- name: ${name}\n          value: ${redacted}\n`)
    expect(snapshot).not.toContain(value)
    expect(writeSnapshot(await back(snapshot))).toBe(snapshot)
  })
  it.each([
    ['AWS_ROLE_ARN', 'arn:aws:iam::111122223333:role/r'],
    ['AWS_WEB_IDENTITY_TOKEN_FILE', '/var/run/secrets/eks.amazonaws.com/serviceaccount/token'],
    ['AWS_REGION', 'eu-west-1'],
    ['AWS_DEFAULT_REGION', 'eu-west-1'],
    ['AWS_STS_REGIONAL_ENDPOINTS', 'regional'],
    ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'http://169.254.170.23/v1/credentials'],
    ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'],
    ['AWS_ACCESS_KEY_ID', ''],
    ['COLOUR', 'green'],
  ])('leaves %s as it is', (name, value) => {
    expect(writeSnapshot(variables({ name, value }))).toContain(`value: ${value === '' ? "''" : value}\n`)
  })
  it('reaches templates, init containers and arguments, and keeps where a value comes from', () => {
    const container = {
      name: 'app',
      args: ['--db-password=hunter2', '--api-key', 'hunter2', '--verbose', 'x', 'AWS_SECRET_ACCESS_KEY="hunter2" AWS_REGION=eu-west-1 run'],
      env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'hunted' } } }],
    }
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        template: { spec: { initContainers: [container], containers: [{ name: 'b', env: [{ name: 'MY_SECRET', value: 'hunter2' }] }] } },
      },
    }
    const snapshot = writeSnapshot(
      new World({ resources: [held('k8s/Deployment', 'shop/web', { cluster: 'prod' }, body)], read: [], unread: [] }),
    )
    expect(snapshot).not.toContain('hunter2')
    expect(snapshot).toContain('- --db-password=(redacted)')
    expect(snapshot).toContain('- AWS_SECRET_ACCESS_KEY=(redacted) AWS_REGION=eu-west-1 run')
    expect(snapshot).toContain('key: hunted')
  })
  it('hides secret settings of ConfigMaps, and the script of a node class', async () => {
    const apiVersion = 'v1'
    const config = {
      apiVersion,
      kind: 'ConfigMap',
      metadata: { name: 'fluent-bit-config', namespace: 'amazon-cloudwatch' },
      data: {
        'output.conf': '[OUTPUT]\n    Name es\n    HTTP_User reader\n    HTTP_Passwd hunter2\n',
        splunk_token: 'hunter2',
        url: 'https://a:hunter2@b',
      },
    }
    const node = {
      apiVersion: 'karpenter.k8s.aws/v1',
      kind: 'EC2NodeClass',
      metadata: { name: 'default' },
      spec: { role: 'node', userData: '#!/bin/sh\nregister --with hunter2\n' },
    }
    const snapshot = writeSnapshot(
      new World({
        resources: [
          held('k8s/ConfigMap', 'amazon-cloudwatch/fluent-bit-config', { cluster: 'prod' }, config),
          held('k8s/EC2NodeClass', 'default', { cluster: 'prod' }, node),
        ],
        read: [],
        unread: [],
      }),
    )
    expect(snapshot).not.toContain('hunter2')
    expect(snapshot).toContain('HTTP_User reader')
    expect(snapshot).toContain('HTTP_Passwd (redacted)')
    expect(snapshot).toContain('userData: (redacted)')
    expect(writeSnapshot(await back(snapshot))).toBe(snapshot)
  })
  it('leaves out what repeats the object', () => {
    const metadata = {
      name: 'web',
      namespace: 'shop',
      managedFields: [{ manager: 'kubectl' }],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"x": 1}', kept: 'yes' },
    }
    const snapshot = writeSnapshot(podWith({ metadata }))
    expect(snapshot).not.toMatch(/managedFields|last-applied/)
    expect(snapshot).toContain("kept: 'yes'")
  })
})
