import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connectKubernetes } from './connect.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'mortise-'))
const never = new AbortController().signal

const closers: (() => void)[] = []
beforeEach(() => {
  vi.stubEnv('KUBECONFIG', '')
  vi.stubEnv('HOME', folder())
})
afterEach(() => {
  vi.unstubAllEnvs()
  closers.splice(0).forEach(close => close())
})

/** Answers 200 with the Authorization header it was sent. */
async function echoServer(): Promise<string> {
  const server = createServer((request, response) =>
    response.end(JSON.stringify({ authorization: request.headers.authorization, url: request.url })),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Kubeconfig {
  readonly server?: string
  readonly user?: object
  readonly names?: readonly string[]
  readonly current?: string | null
  readonly cluster?: object
}

function kubeconfig(
  { server = 'https://10.0.0.1', user = {}, names = ['prod'], current, cluster = {} }: Kubeconfig,
  at = folder(),
): string {
  const file = join(at, 'config')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: names.map(name => ({ name, cluster: { server, ...cluster } })),
    users: names.map(name => ({ name, user })),
    contexts: names.map(name => ({ name, context: { cluster: name, user: name, namespace: 'shop' } })),
    ...(current === null ? {} : { 'current-context': current ?? names[0] }),
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

function script(at: string, text: string): string {
  const file = join(at, 'credentials.sh')
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

const authorizationOf = async (file: string) => {
  const connection = await connectKubernetes({ kubeconfig: file })
  return (JSON.parse((await connection.get('/api', never)).text) as { authorization?: string }).authorization
}

test('the kubeconfig tells cluster, server, namespace and EKS identity without any request', async () => {
  const name = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'
  const connection = await connectKubernetes({ kubeconfig: kubeconfig({ names: [name] }) })
  expect(connection).toMatchObject({
    clusterName: 'prod',
    server: 'https://10.0.0.1',
    context: name,
    namespace: 'shop',
    eks: { name: 'prod', region: 'eu-west-1', account: '111122223333' },
  })
})

test('an unknown context lists those there are and the nearest', async () => {
  const file = kubeconfig({ names: ['staging', 'prod'] })
  await expect(connectKubernetes({ kubeconfig: file, context: 'prd' })).rejects.toMatchObject({
    name: 'UserError',
    code: 'CONTEXT_UNKNOWN',
    help: 'did you mean prod? contexts: prod, staging',
    where: file,
  })
})

test('a missing, broken or empty kubeconfig says what to do', async () => {
  const at = folder()
  const file = (text: string) => {
    writeFileSync(join(at, 'config'), text)
    return join(at, 'config')
  }
  const code = (kubeconfigFile?: string) =>
    connectKubernetes(kubeconfigFile === undefined ? {} : { kubeconfig: kubeconfigFile }).catch((error: unknown) => error)
  expect(await code(join(at, 'none'))).toMatchObject({ code: 'KUBECONFIG_NOT_FOUND' })
  expect(await code()).toMatchObject({ code: 'KUBECONFIG_NOT_FOUND', help: expect.stringContaining('aws eks update-kubeconfig') })
  expect(await code(file('a: [b'))).toMatchObject({ code: 'KUBECONFIG_INVALID', where: join(at, 'config') })
  expect(await code(file('just text'))).toMatchObject({ code: 'KUBECONFIG_INVALID' })
  expect(await code(file('{}'))).toMatchObject({ code: 'CONTEXT_NOT_CHOSEN', help: expect.stringContaining('no contexts') })
  expect(await code(file('{contexts: [{name: a, context: {cluster: b}}], current-context: a}'))).toMatchObject({
    code: 'KUBECONFIG_INVALID',
    message: 'the kubeconfig cannot be used: context a names cluster b, which is not there',
  })
  expect(await code(kubeconfig({ user: { as: 'x', 'as-groups': ['y'] } }))).toMatchObject({ code: 'KUBECONFIG_UNSUPPORTED' })
})

test('several files of KUBECONFIG are one: absent ones are passed over, the first of a name wins', async () => {
  const first = kubeconfig({ names: ['a'], server: 'https://first' })
  const second = kubeconfig({ names: ['a', 'b'], server: 'https://second' })
  vi.stubEnv('KUBECONFIG', [join(folder(), 'absent'), first, second].join(delimiter))
  expect(await connectKubernetes()).toMatchObject({ context: 'a', server: 'https://first' })
  expect(await connectKubernetes({ context: 'b' })).toMatchObject({ server: 'https://second' })
})

test('tokens come from the user, a file beside the kubeconfig, or a credential command', async () => {
  const server = await echoServer()
  expect(await authorizationOf(kubeconfig({ server, user: { token: 'plain' } }))).toBe('Bearer plain')
  const at = folder()
  writeFileSync(join(at, 'token'), 'from-file\n')
  expect(await authorizationOf(kubeconfig({ server, user: { tokenFile: 'token', token: 'old' } }, at))).toBe('Bearer from-file')
  const apiVersion = 'client.authentication.k8s.io/v1beta1'
  const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token: 'from-$NAME-$1' } }).replaceAll('"', '\\"')
  script(at, `echo "${answer}"`)
  const exec = { apiVersion, command: './credentials.sh', args: ['x'], env: [{ name: 'NAME', value: 'command' }] }
  expect(await authorizationOf(kubeconfig({ server, user: { exec } }, at))).toBe('Bearer from-command-x')
})

test('a credential command that fails or is not installed says so', async () => {
  const at = folder()
  const sso = script(at, 'echo "Error loading SSO Token: Token for dev has expired" >&2; exit 255')
  const env = [{ name: 'AWS_PROFILE', value: 'dev' }]
  await expect(authorizationOf(kubeconfig({ user: { exec: { command: sso, env } } }))).rejects.toMatchObject({
    code: 'KUBERNETES_CREDENTIALS',
    message: "the kubeconfig's credential command failed: Error loading SSO Token: Token for dev has expired",
    help: 'aws sso login --profile dev',
  })
  await expect(authorizationOf(kubeconfig({ user: { exec: { command: 'no-such-command-here' } } }))).rejects.toMatchObject({
    code: 'KUBERNETES_CREDENTIALS',
    message: "the kubeconfig's credential command no-such-command-here is not installed",
  })
})

test('waiting for a credential command ends with the signal', async () => {
  const connection = await connectKubernetes({ kubeconfig: kubeconfig({ user: { exec: { command: script(folder(), 'exec sleep 2') } } }) })
  await expect(connection.get('/api', AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('a server that refuses, does not resolve, hangs or speaks no TLS is unreachable, by name', async () => {
  const error = async (config: Kubeconfig) => {
    const connection = await connectKubernetes({ kubeconfig: kubeconfig(config), requestTimeout: 300 })
    return connection.get('/api', never).catch((caught: unknown) => caught)
  }
  const closed = (await echoServer()).replace('http:', 'https:')
  closers.splice(0).forEach(close => close())
  expect(await error({ server: closed })).toMatchObject({
    name: 'UserError',
    code: 'CLUSTER_UNREACHABLE',
    message: expect.stringContaining(`${closed} cannot be reached: connect ECONNREFUSED`),
  })
  expect(await error({ server: 'https://cluster.invalid' })).toMatchObject({
    message: expect.stringContaining('ENOTFOUND cluster.invalid'),
    help: expect.stringContaining('VPN'),
  })
  const silent = createTcpServer(() => undefined)
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  closers.push(() => silent.close())
  const { port } = silent.address() as AddressInfo
  expect(await error({ server: `http://127.0.0.1:${port}` })).toMatchObject({ message: expect.stringContaining('no answer within 0.3 s') })
  const plain = (await echoServer()).replace('http:', 'https:')
  expect(await error({ server: plain })).toMatchObject({ code: 'CLUSTER_UNREACHABLE', help: expect.stringContaining('certificate') })
})
