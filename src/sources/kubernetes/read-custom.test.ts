import { createServer, type IncomingMessage } from 'node:http'
import { mkdtempSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import type { KubernetesKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { connectKubernetes } from './connect.ts'
import { readKubernetes } from './read.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach(close => close()))

/** A status, or a body. */
type Answer = number | object

/** Reads the kinds from an API server that answers so; what is not said is not found. */
async function read(
  kinds: readonly KubernetesKind[],
  answers: (path: string, request: IncomingMessage) => Answer | undefined,
  namespaces?: readonly string[],
) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    calls.push(url)
    const answer = answers(url.split('?')[0] ?? '', request) ?? 404
    if (typeof answer === 'object') return response.writeHead(200).end(JSON.stringify(answer))
    response.writeHead(answer).end(JSON.stringify({ kind: 'Status', message: `User "scanner" cannot list it` }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'mortise-')), 'config')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } }
  const config = {
    clusters: [{ name: 'c', cluster: { server: url } }],
    users: [{ name: 'u', user: {} }],
    contexts: [context],
    'current-context': 'c',
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  const gathered = await readKubernetes(await connectKubernetes({ kubeconfig }), {
    kinds,
    cluster: 'prod',
    ...(namespaces === undefined ? {} : { namespaces }),
  })
  return { gathered, world: new World(gathered), calls }
}

const cluster = { cluster: 'prod' }
const list = (...items: readonly object[]) => ({ kind: 'List', apiVersion: 'v1', metadata: {}, items })
const groups = (...served: readonly (readonly [group: string, ...versions: string[]])[]) => ({
  kind: 'APIGroupList',
  groups: [['apps', 'v1'], ...served].map(([name, ...versions]) => ({ name, versions: versions.map(version => ({ version })) })),
})

describe('a custom resource whose API group is not served', () => {
  const policies = '/apis/vpcresources.k8s.aws/v1beta1/securitygrouppolicies'

  test('has no objects, though nobody is allowed to list what is not there', async () => {
    for (const status of [404, 403]) {
      const { gathered, world } = await read(['k8s/SecurityGroupPolicy'], path =>
        path === '/apis' ? groups() : path === policies ? status : undefined,
      )
      expect(gathered.unread).toEqual([])
      expect(world.list('k8s/SecurityGroupPolicy', cluster)).toEqual([])
      expect(world.find('k8s/SecurityGroupPolicy', 'shop/web', cluster)).toBeUndefined()
    }
  })

  test('is asked for once, however many kinds are missing', async () => {
    const kinds = [
      'k8s/SecurityGroupPolicy',
      'k8s/CNINode',
      'k8s/ENIConfig',
      'k8s/NodePool',
      'k8s/SecretProviderClass',
      'k8s/PolicyEndpoint',
    ] as const
    const { gathered, calls } = await read(kinds, path => (path === '/apis' ? groups() : undefined))
    expect(gathered.unread).toEqual([])
    expect(calls.filter(call => call === '/apis')).toHaveLength(1)
  })

  test('has no objects anywhere, whatever namespaces were chosen', async () => {
    const { world } = await read(['k8s/SecurityGroupPolicy'], path => (path === '/apis' ? groups() : 403), ['shop'])
    expect(world.list('k8s/SecurityGroupPolicy', { ...cluster, namespace: 'shop' })).toEqual([])
    expect(world.list('k8s/SecurityGroupPolicy', cluster)).toEqual([])
  })
})

describe('a custom resource whose API group is served', () => {
  const group = 'vpcresources.k8s.aws'

  test('is unread when it is denied', async () => {
    const { gathered, world } = await read(['k8s/SecurityGroupPolicy', 'k8s/CNINode'], path => {
      if (path === '/apis') return groups([group, 'v1beta1', 'v1alpha1'])
      if (path === `/apis/${group}/v1beta1`) return { resources: [{ name: 'securitygrouppolicies' }] }
      if (path === `/apis/${group}/v1alpha1`) return { resources: [{ name: 'cninodes' }] }
      return path === '/api/v1/namespaces' ? list() : 403
    })
    expect(gathered.read).toEqual([])
    expect(gathered.unread).toEqual([
      {
        kind: 'k8s/SecurityGroupPolicy',
        scope: cluster,
        reason: 'forbidden: user "scanner" cannot list securitygrouppolicies',
        settle: { by: 'rbac', verb: 'list', group, resource: 'securitygrouppolicies' },
      },
      {
        kind: 'k8s/CNINode',
        scope: cluster,
        reason: 'forbidden: user "scanner" cannot list cninodes',
        settle: { by: 'rbac', verb: 'list', group, resource: 'cninodes' },
      },
    ])
    expect(() => world.list('k8s/CNINode', cluster)).toThrow('forbidden')
  })

  test('is unread when it is denied and the API server does not say what it serves', async () => {
    const { gathered } = await read(['k8s/CNINode'], () => 403)
    expect(gathered.unread).toMatchObject([{ kind: 'k8s/CNINode', settle: { by: 'rbac' } }])
  })

  test('has no objects when the group does not have the kind', async () => {
    const { world } = await read(['k8s/networking.k8s.aws/ClusterNetworkPolicy'], path => {
      if (path === '/apis') return groups(['networking.k8s.aws', 'v1alpha1'])
      // A cluster of before cluster policies: the group has policy endpoints alone.
      return path === '/apis/networking.k8s.aws/v1alpha1' ? { resources: [{ name: 'policyendpoints' }] } : 403
    })
    expect(world.list('k8s/networking.k8s.aws/ClusterNetworkPolicy', cluster)).toEqual([])
  })

  test('is read in an older version of the same form, says so, and goes through a snapshot unchanged', async () => {
    const secretsStore = 'secrets-store.csi.x-k8s.io'
    const body = {
      apiVersion: `${secretsStore}/v1alpha1`,
      kind: 'SecretProviderClass',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { provider: 'aws' },
    }
    const { gathered, world } = await read(['k8s/SecretProviderClass'], path => {
      if (path === '/apis') return groups([secretsStore, 'v1alpha1'])
      if (path === `/apis/${secretsStore}/v1alpha1`) return { resources: [{ name: 'secretproviderclasses' }] }
      return path === `/apis/${secretsStore}/v1alpha1/secretproviderclasses` ? list(body) : undefined
    })
    expect(gathered.unread).toEqual([])
    const found = world.find('k8s/SecretProviderClass', 'shop/db', cluster)
    expect(found?.body).toEqual(body)
    expect(found?.origin.locate(['spec'], 'value')).toMatchObject({
      call: `GET /apis/${secretsStore}/v1alpha1/namespaces/shop/secretproviderclasses/db`,
    })
    const after = new World(await readFiles(['-'], { stdin: Readable.from([writeSnapshot(world)]) }))
    expect(after.find('k8s/SecretProviderClass', 'shop/db', cluster)?.body).toEqual(body)
  })

  test('is unread in a version that may have another form', async () => {
    const { gathered } = await read(['k8s/NodePool'], path => {
      if (path === '/apis') return groups(['karpenter.sh', 'v1beta1'])
      return path === '/apis/karpenter.sh/v1beta1' ? { resources: [{ name: 'nodepools' }] } : undefined
    })
    expect(gathered.read).toEqual([])
    expect(gathered.unread).toMatchObject([{ reason: 'the API server serves nodepools in karpenter.sh/v1beta1, not in v1' }])
  })

  test('is unread where an object has not the form that checks rely on, and read where it has', async () => {
    const { gathered, world } = await read(['k8s/ENIConfig'], () =>
      list(
        { metadata: { name: 'a' }, spec: { subnet: 'subnet-1', securityGroups: null } },
        { metadata: { name: 'b' }, spec: { subnet: 5 } },
      ),
    )
    expect(world.find('k8s/ENIConfig', 'a', cluster)?.body.spec).toEqual({ subnet: 'subnet-1' })
    expect(gathered.unread).toMatchObject([{ id: 'b', reason: '.spec.subnet must be a text, not a number' }])
    expect(() => world.find('k8s/ENIConfig', 'b', cluster)).toThrow('must be a text')
    expect(() => world.list('k8s/ENIConfig', cluster)).toThrow('must be a text')
  })
})

test('lists that Go writes as null are not there', async () => {
  const { world } = await read(['k8s/EndpointSlice'], () =>
    list({ metadata: { name: 'web-1', namespace: 'shop' }, addressType: 'IPv4', endpoints: null, ports: null }),
  )
  expect(world.find('k8s/EndpointSlice', 'shop/web-1', cluster)?.body).not.toHaveProperty('endpoints')
})

describe('Secrets', () => {
  const metadata = {
    name: 'db',
    namespace: 'shop',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u' }],
    managedFields: [{ manager: 'kubectl' }],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"c2VjcmV0"}}' },
  }

  test('are asked for as metadata, and nothing else of them is kept', async () => {
    const accepted: (string | undefined)[] = []
    const { world } = await read(['k8s/Secret'], (_, request) => {
      accepted.push(request.headers.accept)
      const item = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata }
      return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: {}, items: [item] }
    })
    // https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
    expect(accepted).toEqual(['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'])
    expect(world.find('k8s/Secret', 'shop/db', cluster)?.body).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop', ownerReferences: metadata.ownerReferences },
    })
  })

  test('are unread when the server sends more than the metadata', async () => {
    const { gathered } = await read(['k8s/Secret'], () => ({
      kind: 'SecretList',
      apiVersion: 'v1',
      metadata: {},
      items: [{ metadata, data: { password: 'c2VjcmV0' } }],
    }))
    expect(gathered.resources).toEqual([])
    expect(gathered.unread).toMatchObject([{ kind: 'k8s/Secret', reason: 'the API server does not give metadata alone' }])
    expect(JSON.stringify(gathered)).not.toContain('c2VjcmV0')
  })

  test('are unread when the server cannot send metadata alone', async () => {
    const { gathered } = await read(['k8s/Secret'], () => 406)
    expect(gathered.unread).toMatchObject([{ kind: 'k8s/Secret', reason: 'the API server answered 406' }])
  })
})

test('twenty thousand events come in pages of five hundred, and are found by what they are about', async () => {
  const event = (number: number) => ({
    metadata: { name: `web-${number}.1`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: `web-${number % 10_000}`, uid: `uid-${number % 10_000}` },
    message: 'failed to assign an IP address to container',
  })
  const { world, calls } = await read(['k8s/Event'], (_, request) => {
    const from = Number(new URL(request.url ?? '', 'http://x').searchParams.get('continue') ?? 0)
    const items = Array.from({ length: 500 }, (__, index) => event(from + index))
    return { ...list(...items), metadata: from + 500 < 20_000 ? { continue: `${from + 500}` } : {} }
  })
  expect(calls).toHaveLength(40)
  expect(world.where('k8s/Event', 'involvedUid', 'uid-7', cluster).map(({ id }) => id)).toEqual(['shop/web-10007.1', 'shop/web-7.1'])
  expect(world.where('k8s/Event', 'involvedObject', 'Pod/shop/web-7', cluster)).toHaveLength(2)
})
