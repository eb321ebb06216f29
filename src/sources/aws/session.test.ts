import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test, vi } from 'vitest'
import { World } from '#model/world.ts'
import { stubEnvironment } from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

interface Call {
  readonly action: string
  readonly parameters: URLSearchParams
  /** Which account the access key belongs to. */
  readonly account: string
}

interface Answer {
  readonly status: number
  readonly body: string
}

const own = '111122223333'
const other = '444455556666'

const closers: (() => void)[] = []
stubEnvironment()
afterEach(() => closers.splice(0).forEach(close => close()))

/** STS and IAM, which both speak the Query protocol, behind the endpoint that the environment names. */
async function aws(handler: (call: Call) => Answer): Promise<Call[]> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const parameters = new URLSearchParams(await text(request))
    const account = request.headers.authorization?.includes('AKIDOWN') === true ? own : other
    const call = { action: parameters.get('Action') ?? '', parameters, account }
    calls.push(call)
    const { status, body } = handler(call)
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return calls
}

const ok = (action: string, result: string): Answer => ({
  status: 200,
  body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
})
const error = (code: string, message: string, status = 403): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})
const identity = ({ account }: Call) => ok('GetCallerIdentity', `<Arn>arn:aws:iam::${account}:user/x</Arn><Account>${account}</Account>`)
const roleArn = (name: string, account: string) => `arn:aws:iam::${account}:role/${name}`

const read = (options: Partial<ReadAwsOptions> = {}) => readAws({ kinds: ['aws/iam/Role'], clusters: [], ...options })
const failure = (options: Partial<ReadAwsOptions> = {}) => read(options).catch((caught: unknown) => caught)

test('other accounts are read as the roles to assume; one that may not be assumed stays unread', async () => {
  const calls = await aws(call => {
    if (call.action === 'GetCallerIdentity') return identity(call)
    if (call.action === 'GetAccountAuthorizationDetails') {
      return ok(
        call.action,
        `<RoleDetailList><member><RoleName>x</RoleName><Arn>${roleArn('x', call.account)}</Arn></member></RoleDetailList>`,
      )
    }
    if (call.parameters.get('RoleArn') !== roleArn('reader', other))
      return error('AccessDenied', 'User: x is not authorized to perform: sts:AssumeRole')
    const keys = '<AccessKeyId>AKIDOTHER</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>'
    return ok(call.action, `<Credentials>${keys}<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>`)
  })
  const gathered = await read({ assumeRoles: [roleArn('reader', other), roleArn('reader', '777788889999')] })
  const world = new World(gathered)
  expect(world.find('aws/iam/Role', roleArn('x', other))?.scope).toEqual({ account: other })
  expect(world.find('aws/iam/Role', roleArn('x', own))?.scope).toEqual({ account: own })
  expect(world.find('aws/iam/Role', roleArn('y', other))).toBeUndefined()
  expect(gathered.unread).toEqual([
    {
      kind: 'aws/iam/Role',
      scope: { account: '777788889999' },
      reason: 'access denied to sts:AssumeRole',
      settle: { by: 'iam', action: 'sts:AssumeRole', resource: roleArn('reader', '777788889999') },
    },
  ])
  expect(calls.filter(call => call.account === other).map(call => call.action)).toEqual([
    'GetCallerIdentity',
    'GetAccountAuthorizationDetails',
  ])
  expect(await failure({ assumeRoles: ['reader'] })).toMatchObject({ code: 'ROLE_ARN_INVALID' })
})

test('credentials that have expired or are not accepted say what to do', async () => {
  await aws(() => error('ExpiredToken', 'The security token included in the request is expired'))
  expect(await failure()).toMatchObject({ name: 'UserError', code: 'AWS_CREDENTIALS_EXPIRED', help: 'sign in again: aws sso login' })
  await aws(() => error('InvalidClientTokenId', 'The security token included in the request is invalid.'))
  expect(await failure()).toMatchObject({ code: 'AWS_CREDENTIALS_INVALID' })
})

test('credentials that expire while reading end the read', async () => {
  await aws(call =>
    call.action === 'GetCallerIdentity' ? identity(call) : error('ExpiredToken', 'The security token included in the request is expired'),
  )
  expect(await failure()).toMatchObject({ code: 'AWS_CREDENTIALS_EXPIRED' })
})

test('missing credentials, a profile without any, and a missing region say what to do', async () => {
  await aws(identity)
  expect(await failure({ profile: 'prod' })).toMatchObject({
    code: 'AWS_CREDENTIALS_MISSING',
    message: expect.stringContaining('profile prod gives no AWS credentials'),
    help: expect.stringContaining('list-profiles'),
  })
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  expect(await failure()).toMatchObject({ code: 'AWS_CREDENTIALS_MISSING', help: expect.stringContaining('--profile') })
  vi.stubEnv('AWS_REGION', '')
  expect(await failure()).toMatchObject({ code: 'AWS_REGION_MISSING', help: expect.stringContaining('--region') })
})

test('an endpoint that does not answer is an error at first, and unread later', async () => {
  await aws(identity)
  vi.stubEnv('AWS_ENDPOINT_URL_EKS', 'http://127.0.0.1:1')
  const { unread } = await read({ kinds: ['aws/eks/Cluster'], clusters: [{ name: 'prod' }] })
  expect(unread[0]?.reason).toBe('eks cannot be reached: connect ECONNREFUSED 127.0.0.1:1')
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1')
  expect(await failure()).toMatchObject({ code: 'AWS_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') })
})

test('an STS that stays broken leaves everything unread', async () => {
  await aws(() => ({ status: 500, body: '' }))
  const { unread } = await read({ retryBudget: 300, kinds: ['aws/iam/Role', 'aws/eks/Cluster'] })
  expect(unread.map(({ kind, reason }) => [kind, reason])).toEqual([
    ['aws/iam/Role', 'sts answered 500'],
    ['aws/eks/Cluster', 'sts answered 500'],
  ])
})

test('aborting stops at once, also between retries', async () => {
  await aws(call => (call.action === 'GetCallerIdentity' ? identity(call) : error('Throttling', 'Rate exceeded', 400)))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 700)
  const start = Date.now()
  expect(await failure({ signal: stop.signal })).toMatchObject({ name: 'AbortError' })
  expect(Date.now() - start).toBeLessThan(5000)
})
