import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { apiClient } from './api-client.ts'
import { connectKubernetes } from './connect.ts'
import { whyNotFound } from './served.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach(close => close()))

/** Why security group policies are not found on an API server that has these documents and nothing else. */
async function why(documents: Readonly<Record<string, unknown>>) {
  const server = createServer((request, response) => {
    const document = documents[request.url ?? '']
    if (document === undefined) response.writeHead(404).end('404 page not found\n')
    else response.writeHead(typeof document === 'number' ? document : 200).end(JSON.stringify(document))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'mortise-')), 'config')
  const contexts = [{ name: 'c', context: { cluster: 'c', user: 'u' } }]
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user: {} }],
      contexts,
      'current-context': 'c',
    }),
  )
  const api = apiClient(await connectKubernetes({ kubeconfig }), new AbortController().signal)
  return whyNotFound(api, { group: 'vpcresources.k8s.aws', version: 'v1', plural: 'securitygrouppolicies' }, url)
}

const groups = (...versions: string[]) => ({
  kind: 'APIGroupList',
  groups: [
    { name: 'apps', versions: [{ version: 'v1' }] },
    ...(versions.length === 0 ? [] : [{ name: 'vpcresources.k8s.aws', versions: versions.map(version => ({ version })) }]),
  ],
})

test('a group that is not served holds no objects', async () => {
  expect(await why({ '/apis': groups() })).toEqual({ is: 'not-served' })
})

test('a kind that none of the group versions lists does not exist', async () => {
  expect(await why({ '/apis': groups('v1'), '/apis/vpcresources.k8s.aws/v1': { resources: [{ name: 'cninodes' }] } })).toEqual({
    is: 'not-served',
  })
})

test('a kind that is served in another version may well have objects', async () => {
  expect(
    await why({ '/apis': groups('v1beta1'), '/apis/vpcresources.k8s.aws/v1beta1': { resources: [{ name: 'securitygrouppolicies' }] } }),
  ).toEqual({
    is: 'unsure',
    reason: 'the API server serves securitygrouppolicies in vpcresources.k8s.aws/v1beta1, not in v1',
  })
})

test('discovery that is denied settles nothing; a server without it is no API server', async () => {
  expect(await why({ '/apis': 403 })).toEqual({ is: 'unsure', reason: 'the API server does not say which APIs it serves' })
  expect(await why({ '/apis': groups('v1') })).toEqual({
    is: 'unsure',
    reason: 'the API server does not say what vpcresources.k8s.aws/v1 holds',
  })
  await expect(why({})).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' })
})
