import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtempSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { kubernetesKinds } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { connectKubernetes } from './connect.ts'
import { readKubernetes, type ReadKubernetesOptions } from './read.ts'

type Handler = (url: URL, response: ServerResponse, request: IncomingMessage) => void

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach(close => close()))

/** An API server that answers as the handler says, and a kubeconfig for it. `calls` are the requests in order. */
async function apiServer(handler: Handler): Promise<{ kubeconfig: string; calls: string[]; server: string }> {
  const calls: string[] = []
  const server = createServer((request, response) => {
    calls.push(request.url ?? '')
    handler(new URL(request.url ?? '', 'http://127.0.0.1'), response, request)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'mortise-')), 'config')
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'test', cluster: { server: url } }],
      users: [{ name: 'reader', user: { token: 'secret-token' } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'reader' } }],
      'current-context': 'test',
    }),
  )
  return { kubeconfig, calls, server: url }
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** The API server's own Status object. */
const status = (response: ServerResponse, code: number, reason: string, message: string, headers?: Record<string, string>) =>
  json(response, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }, headers)

const forbidden = (response: ServerResponse, resource: string) =>
  status(
    response,
    403,
    'Forbidden',
    `${resource} is forbidden: User "scanner" cannot list resource "${resource}" in API group "" at the cluster scope`,
  )

const account = (namespace: string, name: string, more: object = {}) => ({
  metadata: {
    name,
    namespace,
    uid: `${namespace}-${name}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: [{ manager: 'kubectl' }],
    ...more,
  },
})

const list = (items: readonly unknown[], more: object = {}) => ({
  kind: 'List',
  apiVersion: 'v1',
  metadata: { resourceVersion: '7', ...more },
  items,
})

async function read(kubeconfig: string, options: Partial<ReadKubernetesOptions> = {}) {
  const connection = await connectKubernetes({ kubeconfig })
  const gathered = await readKubernetes(connection, { kinds: ['k8s/ServiceAccount'], cluster: 'prod', ...options })
  return { gathered, world: new World(gathered) }
}

test('pages are followed, items are as kubectl shows them, places name the object', async () => {
  const { kubeconfig, calls } = await apiServer((url, response, request) => {
    expect(request.headers.authorization).toBe('Bearer secret-token')
    if (url.searchParams.get('continue') === null) return json(response, 200, list([account('shop', 'a')], { continue: 'n/2' }))
    return json(response, 200, list([account('shop', 'b', { annotations: { 'eks.amazonaws.com/role-arn': 'arn:x' } })]))
  })
  const steps: unknown[] = []
  const { gathered, world } = await read(kubeconfig, { progress: step => steps.push(step) })
  expect(calls).toEqual(['/api/v1/serviceaccounts?limit=500', '/api/v1/serviceaccounts?limit=500&continue=n%2F2'])
  expect(gathered.read).toEqual([{ kind: 'k8s/ServiceAccount', scope: { cluster: 'prod' } }])
  expect(steps.at(-1)).toEqual({ what: 'cluster prod', done: 1, of: 1 })
  const b = world.find('k8s/ServiceAccount', 'shop/b', { cluster: 'prod' })
  expect(JSON.stringify(b?.body)).toBe(
    '{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"b","namespace":"shop","uid":"shop-b","creationTimestamp":"2026-01-01T00:00:00Z","annotations":{"eks.amazonaws.com/role-arn":"arn:x"}}}',
  )
  expect(b?.origin.locate(['metadata', 'annotations', 'eks.amazonaws.com/role-arn'], 'value')).toEqual({
    in: 'api',
    call: 'GET /api/v1/namespaces/shop/serviceaccounts/b',
    path: '.metadata.annotations["eks.amazonaws.com/role-arn"]',
    excerpt: '"arn:x"',
  })
  expect(world.find('k8s/ServiceAccount', 'shop/c', { cluster: 'prod' })).toBeUndefined()
})

test('a list that expires starts again, and is read whole when it expires again', async () => {
  let first = 0
  const { kubeconfig, calls } = await apiServer((url, response) => {
    if (url.searchParams.get('continue') !== null) return status(response, 410, 'Expired', 'The provided continue parameter is too old')
    first += 1
    return json(response, 200, list([account('shop', `a${first}`)], url.searchParams.has('limit') ? { continue: 'old' } : {}))
  })
  const { gathered } = await read(kubeconfig)
  expect(gathered.resources.map(resource => resource.id)).toEqual(['shop/a3'])
  expect(calls.at(-1)).toBe('/api/v1/serviceaccounts')
})

test('a forbidden kind is unread and names the rule; the others are read', async () => {
  const { kubeconfig } = await apiServer((url, response) =>
    url.pathname === '/api/v1/serviceaccounts'
      ? json(response, 200, list([account('shop', 'a')]))
      : forbidden(response, url.pathname.split('/').at(-1) ?? ''),
  )
  const { gathered } = await read(kubeconfig, { kinds: ['k8s/ServiceAccount', 'k8s/Deployment'] })
  expect(gathered.resources).toHaveLength(1)
  expect(gathered.unread).toEqual([
    {
      kind: 'k8s/Deployment',
      scope: { cluster: 'prod' },
      reason: 'forbidden: user "scanner" cannot list deployments',
      settle: { by: 'rbac', verb: 'list', group: 'apps', resource: 'deployments' },
    },
  ])
})

test('where the whole may not be listed, each namespace is asked; the forbidden ones stay unread', async () => {
  const { kubeconfig } = await apiServer((url, response) => {
    if (url.pathname === '/api/v1/namespaces')
      return json(response, 200, list([{ metadata: { name: 'shop' } }, { metadata: { name: 'vault' } }]))
    if (url.pathname === '/api/v1/namespaces/shop/serviceaccounts') return json(response, 200, list([account('shop', 'a')]))
    return forbidden(response, 'serviceaccounts')
  })
  const { world } = await read(kubeconfig)
  expect(world.list('k8s/ServiceAccount', { cluster: 'prod', namespace: 'shop' })).toHaveLength(1)
  expect(() => world.list('k8s/ServiceAccount', { cluster: 'prod', namespace: 'vault' })).toThrow('forbidden: user "scanner"')
  expect(() => world.list('k8s/ServiceAccount', { cluster: 'prod' })).toThrow('forbidden: user "scanner"')
})

test('with chosen namespaces those that serve every pod are read too; where that is forbidden nothing is missed', async () => {
  const { kubeconfig } = await apiServer((url, response) => {
    const [, namespace = '', plural] = /\/namespaces\/([^/]+)\/(\w+)$/.exec(url.pathname) ?? []
    if (namespace === 'shop') return json(response, 200, list([account('shop', 'a')]))
    if (namespace === 'kube-system' && plural === 'serviceaccounts') return json(response, 200, list([account('kube-system', 'coredns')]))
    return forbidden(response, plural ?? 'x')
  })
  const { world, gathered } = await read(kubeconfig, { kinds: ['k8s/ServiceAccount'], namespaces: ['shop'] })
  expect(world.find('k8s/ServiceAccount', 'kube-system/coredns', { cluster: 'prod' })).toBeDefined()
  expect(world.list('k8s/ServiceAccount', { cluster: 'prod', namespace: 'kube-system' })).toHaveLength(1)
  expect(gathered.unread).toEqual([])
  expect(() => world.list('k8s/ServiceAccount', { cluster: 'prod' })).toThrow('was not read in full')
  expect(() => world.list('k8s/ServiceAccount', { cluster: 'prod', namespace: 'aws-secrets-manager' })).toThrow()
})

test('chosen namespaces are read alone; namespaces that may not be listed are looked up by name', async () => {
  const { kubeconfig, calls } = await apiServer((url, response) => {
    if (url.pathname === '/api/v1/namespaces/shop')
      return json(response, 200, { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'shop' } })
    if (url.pathname === '/api/v1/namespaces/gone') return status(response, 404, 'NotFound', 'namespaces "gone" not found')
    if (url.pathname.endsWith('/serviceaccounts')) return json(response, 200, list([]))
    return forbidden(response, 'namespaces')
  })
  const { world } = await read(kubeconfig, { kinds: ['k8s/ServiceAccount', 'k8s/Namespace'], namespaces: ['shop', 'gone'] })
  expect(calls).not.toContain('/api/v1/serviceaccounts?limit=500')
  expect(world.find('k8s/Namespace', 'shop', { cluster: 'prod' })?.id).toBe('shop')
  expect(world.find('k8s/Namespace', 'gone', { cluster: 'prod' })).toBeUndefined()
  expect(() => world.find('k8s/Namespace', 'other', { cluster: 'prod' })).toThrow('cannot list namespaces')
  expect(() => world.list('k8s/Namespace')).toThrow('cannot list namespaces')
  expect(world.find('k8s/ServiceAccount', 'shop/a', { cluster: 'prod' })).toBeUndefined()
  expect(() => world.find('k8s/ServiceAccount', 'vault/a', { cluster: 'prod' })).toThrow('was not read')
})

test('429 waits as long as Retry-After says, 500 is tried again', async () => {
  const answers = [429, 500, 200]
  let asked = 0
  const { kubeconfig } = await apiServer((_, response) => {
    const code = answers[asked++] ?? 200
    if (code === 200) return json(response, 200, list([account('shop', 'a')]))
    return status(response, code, 'TooManyRequests', 'busy', code === 429 ? { 'retry-after': '1' } : {})
  })
  const start = Date.now()
  const { gathered } = await read(kubeconfig)
  expect(gathered.resources).toHaveLength(1)
  expect(Date.now() - start).toBeGreaterThanOrEqual(1000)
})

test('an API server that stays broken leaves the kind unread', async () => {
  const { kubeconfig, calls } = await apiServer((url, response) =>
    url.pathname.endsWith('pods') ? json(response, 200, list([])) : status(response, 400, 'BadRequest', 'no'),
  )
  const { gathered } = await read(kubeconfig, { kinds: ['k8s/Pod', 'k8s/Job'] })
  expect(calls).toHaveLength(2)
  expect(gathered.unread).toEqual([
    { kind: 'k8s/Job', scope: { cluster: 'prod' }, reason: 'the API server answered 400', settle: { by: 'user', step: 'run it again' } },
  ])
})

test('a connection that breaks half-way is tried again', async () => {
  let asked = 0
  const { kubeconfig } = await apiServer((_, response) => {
    asked += 1
    if (asked === 1) return (response.writeHead(200, { 'content-length': '1000' }).write('{'), response.destroy())
    return json(response, 200, list([account('shop', 'a')]))
  })
  expect((await read(kubeconfig)).gathered.resources).toHaveLength(1)
})

test('a web server that is no Kubernetes API never reads as an empty cluster', async () => {
  const plain = await apiServer((_, response) => response.writeHead(404).end('404 page not found\n'))
  await expect(read(plain.kubeconfig)).rejects.toMatchObject({
    code: 'CLUSTER_UNREACHABLE',
    message: expect.stringContaining('does not answer as a Kubernetes API'),
  })
  const page = await apiServer((_, response) => response.writeHead(200).end('<html>sign in</html>'))
  await expect(read(page.kubeconfig)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE', message: expect.stringContaining('not JSON') })
  const other = await apiServer((_, response) => json(response, 200, { hello: 'world' }))
  expect((await read(other.kubeconfig)).gathered.unread[0]?.reason).toBe('the API server answered something that is not a list')
})

test('credentials that are not accepted end the read', async () => {
  const { kubeconfig } = await apiServer((_, response) => status(response, 401, 'Unauthorized', 'Unauthorized'))
  await expect(read(kubeconfig)).rejects.toMatchObject({
    name: 'UserError',
    code: 'KUBERNETES_UNAUTHORIZED',
    message: expect.stringContaining('user reader'),
  })
})

test('aborting stops at once, also while waiting', async () => {
  const { kubeconfig } = await apiServer((_, response) => status(response, 429, 'TooManyRequests', 'busy', { 'retry-after': '20' }))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 100)
  const start = Date.now()
  await expect(read(kubeconfig, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
  expect(Date.now() - start).toBeLessThan(5000)
})

test('excerpts hide what looks like a secret and stay short', async () => {
  const env = [
    { name: 'AWS_SECRET_ACCESS_KEY', value: 'wJalrXUtnFEMI' },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/token' },
    { name: 'DATABASE', value: 'postgres://app:hunter2@db/app' },
  ]
  const pod = {
    metadata: { name: 'p', namespace: 'shop', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"env":1}' } },
    spec: { containers: [{ name: 'app', env }] },
  }
  const { kubeconfig } = await apiServer((_, response) => json(response, 200, list([pod])))
  const { gathered } = await read(kubeconfig, { kinds: ['k8s/Pod'] })
  const excerpt = (...path: (string | number)[]) => {
    const place = gathered.resources[0]?.origin.locate(path, 'value')
    return place?.in === 'api' ? place.excerpt : undefined
  }
  expect(excerpt('spec', 'containers', 0, 'env', 0, 'value')).toBe('"[hidden]"')
  expect(excerpt('spec', 'containers', 0, 'env', 1, 'value')).toBe('"/var/run/token"')
  expect(excerpt('spec', 'containers', 0, 'env', 2, 'value')).toBe('"[hidden]"')
  expect(excerpt('metadata', 'annotations')).toBe('{"kubectl.kubernetes.io/last-applied-configuration":"[hidden]"}')
  expect(excerpt('spec')).toMatch(/^\{"containers":\[\{"name":"app","env":\[\{"name":"AWS_SECRET_ACCESS_KEY","value":"\[hidden\]".*…$/)
  expect(excerpt('spec', 'added', 'by a mend')).toBe(excerpt('spec'))
})

test('of ConfigMaps only those that configure a joint are asked for, by name, whatever namespaces are chosen', async () => {
  const path = '/api/v1/namespaces/kube-system/configmaps/aws-auth'
  const body = { metadata: { name: 'aws-auth', namespace: 'kube-system', managedFields: [] }, data: { mapRoles: '[]' } }
  const answers: ((response: ServerResponse) => void)[] = [
    response => json(response, 200, body),
    response => status(response, 404, 'NotFound', 'configmaps "aws-auth" not found'),
    response => status(response, 403, 'Forbidden', 'configmaps "aws-auth" is forbidden: User "scanner" cannot get resource "configmaps"'),
  ]
  const { kubeconfig, calls } = await apiServer((url, response) =>
    url.pathname === path ? answers.shift()?.(response) : status(response, 404, 'NotFound', 'not found'),
  )
  const id = 'kube-system/aws-auth'
  const ask = async () => (await read(kubeconfig, { kinds: ['k8s/ConfigMap'], namespaces: ['payments', 'shop'] })).world
  const found = (await ask()).find('k8s/ConfigMap', id, { cluster: 'prod' })
  expect(found?.body).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'aws-auth', namespace: 'kube-system' },
    data: { mapRoles: '[]' },
  })
  expect(found?.origin.locate(['data', 'mapRoles'], 'value')).toMatchObject({ call: `GET ${path}` })
  const absent = await ask()
  const { only = [] } = kubernetesKinds['k8s/ConfigMap']
  for (const one of only) expect(absent.find('k8s/ConfigMap', one, { cluster: 'prod' })).toBeUndefined()
  expect(() => absent.find('k8s/ConfigMap', 'kube-system/other', { cluster: 'prod' })).toThrow('not read in full')
  const denied = await ask()
  expect(denied.unread).toEqual([
    {
      kind: 'k8s/ConfigMap',
      id,
      scope: { cluster: 'prod' },
      reason: 'forbidden: user "scanner" cannot get configmaps aws-auth',
      settle: { by: 'rbac', verb: 'get', group: '', resource: 'configmaps', namespace: 'kube-system' },
    },
  ])
  expect(denied.find('k8s/ConfigMap', 'kube-system/coredns', { cluster: 'prod' })).toBeUndefined()
  const paths = only.map(one => `/api/v1/namespaces/${one.replace('/', '/configmaps/')}`).sort()
  expect(calls.toSorted()).toEqual([...paths, ...paths, ...paths].sort())
})
