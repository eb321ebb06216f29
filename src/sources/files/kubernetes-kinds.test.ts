import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { loadAll } from 'js-yaml'
import { describe, expect, it, test } from 'vitest'
import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { readFiles } from './read-files.ts'

const sample = readFileSync(new URL('../../../tests/worlds/kubernetes-kinds.yaml', import.meta.url), 'utf8')
const read = async (text: string) => readFiles(['-'], { stdin: Readable.from([text]) })
const kinds = Object.keys(kubernetesKinds) as KubernetesKind[]
const cluster = { cluster: 'default' }

/** Documents about the Secret of the sample, one in each spelling. */
const manifest = (body: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, ...body })
const value = 'bmV2ZXItdG8tYmUtcmVhZA=='

describe('every Kubernetes kind', () => {
  it('is taken from manifests, each object once', async () => {
    const gathered = await read(sample)
    expect(gathered.problems).toEqual([])
    expect(gathered.unread).toEqual([])
    expect([...gathered.ignored]).toEqual([])
    expect(gathered.resources.map(({ kind }) => kind).sort()).toEqual(kinds.toSorted())
  })

  it('is taken from a List too, and its places are found there', async () => {
    const items = loadAll(sample) as object[]
    const gathered = await read(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 1))
    expect(gathered.problems).toEqual([])
    expect(gathered.resources.map(({ kind }) => kind).sort()).toEqual(kinds.toSorted())
    for (const { kind, origin } of gathered.resources) {
      expect(origin.locate(['metadata', 'name'], 'value'), kind).toMatchObject({ in: 'file', length: expect.any(Number) as number })
    }
  })

  it('goes through a snapshot unchanged, which is as its schema says', async () => {
    const before = new World(await read(sample))
    const text = writeSnapshot(before)
    const after = new World(await read(text))
    const bodies = (world: World) => Object.fromEntries([...world.resources()].map(({ kind, id, body }) => [`${kind} ${id}`, body]))
    expect(bodies(after)).toEqual(bodies(before))
    expect(writeSnapshot(after)).toBe(text)
    const ajv = new Ajv2020({ allErrors: true })
    addFormats.default(ajv)
    const schema = JSON.parse(readFileSync(new URL('../../../docs/schemas/world.schema.json', import.meta.url), 'utf8')) as object
    const validate = ajv.compile(schema)
    for (const document of loadAll(text)) expect(validate(document) ? [] : validate.errors).toEqual([])
    expect(validate({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: {} })).toBe(false)
  })

  it('is found by its indexes', async () => {
    const world = new World({ ...(await read(sample)), read: kinds.map(kind => ({ kind })) })
    const ids = (kind: KubernetesKind, index: string, of: string) => world.where(kind, index, of, cluster).map(({ id }) => id)
    expect(ids('k8s/Event', 'involvedUid', '5ad8e1d2-0000-4000-8000-000000000001')).toEqual(['kinds-sample/web-1.17a'])
    expect(ids('k8s/Event', 'involvedObject', 'Pod/kinds-sample/web-1')).toEqual(['kinds-sample/web-1.17a'])
    expect(ids('k8s/EndpointSlice', 'service', 'kinds-sample/web')).toEqual(['kinds-sample/web-abc'])
    expect(ids('k8s/HorizontalPodAutoscaler', 'target', 'Deployment/kinds-sample/web')).toEqual(['kinds-sample/web'])
    expect(ids('k8s/PersistentVolume', 'volumeHandle', 'vol-0123456789abcdef0')).toEqual(['pvc-kinds-sample'])
    expect(ids('k8s/PersistentVolume', 'claim', 'kinds-sample/data-db-0')).toEqual(['pvc-kinds-sample'])
    expect(ids('k8s/PersistentVolumeClaim', 'volume', 'pvc-kinds-sample')).toEqual(['kinds-sample/data-db-0'])
    expect(ids('k8s/PolicyEndpoint', 'policy', 'kinds-sample/web')).toEqual(['kinds-sample/web-x7k2p'])
    expect(ids('k8s/ClusterPolicyEndpoint', 'policy', 'deny-metadata')).toEqual(['deny-metadata-9f2lq'])
    expect(ids('k8s/SecretProviderClassPodStatus', 'pod', 'kinds-sample/web-1')).toEqual(['kinds-sample/web-1-kinds-sample-db'])
    expect(ids('k8s/SecretProviderClassPodStatus', 'secretProviderClass', 'kinds-sample/db')).toHaveLength(1)
    expect(ids('k8s/VolumeAttachment', 'node', 'ip-10-0-1-2.eu-west-1.compute.internal')).toEqual(['csi-kinds-sample'])
    expect(ids('k8s/VolumeSnapshot', 'claim', 'kinds-sample/data-db-0')).toEqual(['kinds-sample/db-monday'])
    expect(ids('k8s/VolumeSnapshotContent', 'snapshotHandle', 'snap-0123456789abcdef0')).toEqual(['snapcontent-kinds-sample'])
    expect(ids('k8s/NodePool', 'nodeClass', 'EC2NodeClass/default')).toEqual(['default'])
    expect(ids('k8s/StorageClass', 'provisioner', 'ebs.csi.aws.com')).toEqual(['kinds-sample'])
    expect(ids('k8s/VolumeSnapshotClass', 'driver', 'ebs.csi.aws.com')).toEqual(['kinds-sample'])
  })
})

describe('two kinds of one name', () => {
  it('are told apart by their group, and unread together where the group is not known', async () => {
    const world = new World(await read(sample))
    expect(world.seen('k8s/networking.k8s.aws/ClusterNetworkPolicy')[0]?.body.apiVersion).toBe('networking.k8s.aws/v1alpha1')
    expect(world.seen('k8s/policy.networking.k8s.io/ClusterNetworkPolicy')[0]?.body.apiVersion).toBe('policy.networking.k8s.io/v1alpha2')
    const newer = sample.replaceAll('policy.networking.k8s.io/v1alpha2', 'policy.networking.k8s.io/v1beta1')
    const [beta] = new World(await read(newer)).seen('k8s/policy.networking.k8s.io/ClusterNetworkPolicy')
    expect(beta?.body.apiVersion).toBe('policy.networking.k8s.io/v1beta1')
    const broken = await read('kind: ClusterNetworkPolicy\nmetadata: [')
    expect(broken.unread.map(({ kind }) => kind).sort()).toEqual([
      'k8s/networking.k8s.aws/ClusterNetworkPolicy',
      'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
    ])
  })
})

describe('objects of the wrong shape', () => {
  const custom = (kind: string, apiVersion: string, rest: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: x\n${rest}`
  it.each([
    [
      custom('SecurityGroupPolicy', 'vpcresources.k8s.aws/v1beta1', 'spec:\n  securityGroups:\n    groupIds: sg-1\n'),
      7,
      '.spec.securityGroups.groupIds must be a list, not a text',
    ],
    [custom('SecurityGroupPolicy', 'vpcresources.k8s.aws/v1beta1', ''), 1, '.spec is missing'],
    [custom('ENIConfig', 'crd.k8s.amazonaws.com/v1alpha1', 'spec:\n  subnet: 5\n'), 6, '.spec.subnet must be a text, not a number'],
    [custom('PolicyEndpoint', 'networking.k8s.aws/v1alpha1', 'spec:\n  policyRef: {name: a}\n'), 6, '.spec.policyRef.namespace is missing'],
    [
      custom('ClusterNetworkPolicy', 'networking.k8s.aws/v1alpha1', 'spec:\n  tier: Admin\n  priority: high\n'),
      5,
      '.spec.subject is missing',
    ],
    [
      custom('SecretProviderClass', 'secrets-store.csi.x-k8s.io/v1', 'spec:\n  parameters:\n    usePodIdentity: true\n'),
      7,
      '.spec.parameters.usePodIdentity must be a text, not true',
    ],
    [
      custom('StorageClass', 'storage.k8s.io/v1', 'provisioner: x\nparameters:\n  encrypted: true\n'),
      7,
      '.parameters.encrypted must be a text, not true',
    ],
    [custom('VolumeSnapshot', 'snapshot.storage.k8s.io/v1', 'spec: {}\n'), 5, '.spec.source is missing'],
    [custom('NodePool', 'karpenter.sh/v1', 'spec:\n  template: {spec: {}}\n'), 6, '.spec.template.spec.nodeClassRef is missing'],
    [custom('Event', 'v1', 'involvedObject: pod\n'), 5, '.involvedObject must be a map, not a text'],
  ])('are a problem at their line, and unread: %#', async (text, line, message) => {
    const gathered = await read(text)
    expect(gathered.resources).toEqual([])
    expect(gathered.problems).toMatchObject([{ code: 'WRONG_TYPE', line, message, column: expect.any(Number) as number }])
    expect(gathered.unread).toMatchObject([{ id: expect.stringMatching(/^(default\/)?x$/) as string }])
  })
})

describe('of a Secret', () => {
  it('only the metadata is kept, without annotations that repeat the rest', async () => {
    const world = new World(await read(sample))
    expect(world.seen('k8s/Secret')[0]?.body).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'db',
        namespace: 'kinds-sample',
        labels: { 'secrets-store.csi.k8s.io/managed': 'true' },
        annotations: { 'kubernetes.io/description': 'synced' },
      },
    })
    expect(writeSnapshot(world)).not.toContain('never-to-be-read')
  })

  it('the writer of snapshots keeps nothing else, whoever made the resource', () => {
    const body = { ...(JSON.parse(manifest({ data: { password: value }, type: 'Opaque' })) as object) }
    const origin = { locate: () => ({ in: 'api', call: '', path: '', excerpt: '' }) as const }
    const secret = new Resource('k8s/Secret', 'shop/db', cluster, body as never, origin)
    const text = writeSnapshot(new World({ resources: [secret], read: [], unread: [] }))
    expect(text).toContain('kind: Secret')
    expect(text).not.toMatch(/bmV2|Opaque/)
  })

  test.each([
    ['on one line', manifest({ data: { password: value } })],
    ['before the metadata', `{"data":{"password":"${value}"},"kind":"Secret","apiVersion":"v1","metadata":{"name":"db"}}`],
    ['in YAML braces', `{apiVersion: v1, kind: Secret, metadata: {name: db}, data: {password: ${value}}}`],
  ])('no place quotes a value %s', async (_, text) => {
    const { resources } = await read(text)
    expect(resources).toHaveLength(1)
    for (const path of [[], ['metadata'], ['metadata', 'name']]) {
      const place = resources[0]?.origin.locate(path, 'value')
      expect(place).toMatchObject({ in: 'file', line: 1 })
      expect(JSON.stringify(place)).not.toContain(value)
    }
  })

  test.each([
    ['is broken', `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {password: ${value}\n`],
    ['is a template', `kind: Secret\napiVersion: v1\ndata:\n  password: ${value} {{ x }\n  a: b: c\n`],
    ['has a key twice', `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\n  password: a\n  password: ${value}\n`],
    [
      'has a key twice with one value',
      `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\n  password: ${value}\n  password: ${value}\n`,
    ],
    ['has no apiVersion', `{"kind":"Secret","metadata":{"name":"db"},"data":{"password":"${value}"}}`],
    ['has no name', `{"apiVersion":"v1","kind":"Secret","metadata":{},"data":{"password":"${value}"}}`],
    [
      'has a label of the wrong type',
      `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","labels":{"a":1}},"data":{"password":"${value}"}}`,
    ],
    [
      'stands twice, differently',
      `${manifest({ data: { password: value } })}\n---\n${manifest({ metadata: { name: 'db', namespace: 'shop', labels: { a: 'b' } }, data: { password: value } })}`,
    ],
    ['stands in a list that is broken', `{"kind":"SecretList","apiVersion":"v1","items":[{"data":{"password":"${value}"`],
  ])('no problem quotes a value when it %s', async (_, text) => {
    const gathered = await read(text)
    expect(gathered.problems).not.toEqual([])
    expect(JSON.stringify([gathered.problems, gathered.unread])).not.toContain(value)
  })
})
