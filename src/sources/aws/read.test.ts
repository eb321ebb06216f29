import { expect, test } from 'vitest'
import { World } from '#model/world.ts'
import { denied, error, json, stubAws as aws, stubEnvironment, unknownCall, xml } from '../../../tests/sources/stub-aws.ts'
import { awsOperations } from './operations.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

stubEnvironment()

const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' }] }
const document = encodeURIComponent(JSON.stringify(trust))
const roleArn = (name: string, account = '111122223333') => `arn:aws:iam::${account}:role/${name}`
const role = (name: string, { arn = roleArn(name), policy = document, more = '' } = {}) =>
  `<Path>/</Path><RoleName>${name}</RoleName><RoleId>AROA${name}</RoleId><Arn>${arn}</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>${policy}</AssumeRolePolicyDocument>${more}`
const details = (roles: readonly string[], more = '<IsTruncated>false</IsTruncated>') =>
  xml('GetAccountAuthorizationDetails', `${more}<RoleDetailList>${roles.map(one => `<member>${one}</member>`).join('')}</RoleDetailList>`)

async function read(options: Partial<ReadAwsOptions>) {
  const gathered = await readAws({ kinds: ['aws/iam/Role'], clusters: [], ...options })
  return { gathered, world: new World(gathered) }
}

const own = { account: '111122223333' }

test('roles come in pages of authorization details, policies decoded, dates as text', async () => {
  const inline = `<RolePolicyList><member><PolicyName>p</PolicyName><PolicyDocument>${document}</PolicyDocument></member></RolePolicyList>`
  const calls = await aws(({ name, parameters }) => {
    if (name !== 'iam:GetAccountAuthorizationDetails') return unknownCall
    if (parameters.get('Marker') === null)
      return details([role('a', { more: inline })], '<IsTruncated>true</IsTruncated><Marker>m1</Marker>')
    return details([role('b', { policy: 'not%20JSON' })])
  })
  const steps: unknown[] = []
  const { gathered, world } = await read({ progress: step => steps.push(step) })
  expect(calls.map(({ name, parameters }) => [name, parameters.get('Filter.member.1'), parameters.get('Marker')])).toEqual([
    ['sts:GetCallerIdentity', null, null],
    ['iam:GetAccountAuthorizationDetails', 'Role', null],
    ['iam:GetAccountAuthorizationDetails', 'Role', 'm1'],
  ])
  expect(gathered.read).toEqual([{ kind: 'aws/iam/Role', scope: own }])
  expect(steps).toEqual([
    { what: 'account 111122223333', done: 1 },
    { what: 'account 111122223333', done: 2 },
  ])
  const a = world.find('aws/iam/Role', roleArn('a'))
  expect(a?.body).toEqual({
    Path: '/',
    RoleName: 'a',
    RoleId: 'AROAa',
    Arn: roleArn('a'),
    CreateDate: '2026-01-02T03:04:05.000Z',
    AssumeRolePolicyDocument: trust,
    RolePolicyList: [{ PolicyName: 'p', PolicyDocument: trust }],
  })
  expect(a?.origin.locate(['AssumeRolePolicyDocument', 'Statement', 0, 'Action'], 'value')).toEqual({
    in: 'api',
    call: 'iam:GetAccountAuthorizationDetails a',
    path: '.AssumeRolePolicyDocument.Statement[0].Action',
    excerpt: '"sts:AssumeRoleWithWebIdentity"',
  })
  expect(world.find('aws/iam/Role', roleArn('b'))?.body.AssumeRolePolicyDocument).toBe('not JSON')
  expect(world.find('aws/iam/Role', roleArn('gone'))).toBeUndefined()
  expect(() => world.find('aws/iam/Role', roleArn('a', '999999999999'))).toThrow('was not read')
})

test('authorization details denied: every role from ListRoles', async () => {
  const calls = await aws(call =>
    call.name === 'iam:ListRoles'
      ? xml('ListRoles', `<IsTruncated>false</IsTruncated><Roles><member>${role('a')}</member></Roles>`)
      : denied(call),
  )
  const { gathered, world } = await read({ wanted: { roleArns: [roleArn('a')] } })
  expect(calls.map(call => call.name)).toEqual(['sts:GetCallerIdentity', 'iam:GetAccountAuthorizationDetails', 'iam:ListRoles'])
  expect(gathered.unread).toEqual([])
  expect(world.list('aws/iam/Role', own).map(one => one.body.AssumeRolePolicyDocument)).toEqual([trust])
})

test('both lists denied: the wanted roles one by one; absent, denied and elsewhere are told apart', async () => {
  const calls = await aws(call => {
    const name = call.parameters.get('RoleName') ?? ''
    if (call.name !== 'iam:GetRole' || name === 'secret') return denied(call)
    if (name === 'gone') return error('NoSuchEntity', 'The role with name gone cannot be found.', 404)
    if (name === 'moved') return xml('GetRole', `<Role>${role('moved', { arn: roleArn('new/path/moved') })}</Role>`)
    return xml('GetRole', `<Role>${role(name)}</Role>`)
  })
  const roleArns = [
    roleArn('a'),
    roleArn('gone'),
    roleArn('secret'),
    roleArn('moved'),
    roleArn('other', '999999999999'),
    'arn:aws:iam::1:role/x',
    'text',
  ]
  const { world, gathered } = await read({ wanted: { roleArns } })
  expect(calls.flatMap(call => call.parameters.get('RoleName') ?? []).sort()).toEqual(['a', 'gone', 'moved', 'secret'])
  expect(world.find('aws/iam/Role', roleArn('a'))?.origin.locate(['Arn'], 'value')).toMatchObject({ call: 'iam:GetRole a' })
  expect(world.find('aws/iam/Role', roleArn('gone'))).toBeUndefined()
  expect(world.find('aws/iam/Role', roleArn('moved'))).toBeUndefined()
  expect(world.find('aws/iam/Role', roleArn('new/path/moved'))?.body.RoleName).toBe('moved')
  expect(() => world.find('aws/iam/Role', roleArn('secret'))).toThrow('access denied to iam:GetRole')
  expect(() => world.find('aws/iam/Role', roleArn('unasked'))).toThrow('access denied to iam:GetAccountAuthorizationDetails')
  expect(() => world.list('aws/iam/Role', own)).toThrow('access denied to iam:')
  expect(gathered.unread).toEqual([
    {
      kind: 'aws/iam/Role',
      scope: own,
      id: roleArn('secret'),
      reason: 'access denied to iam:GetRole: no identity-based policy allows the iam:GetRole action',
      settle: { by: 'iam', action: 'iam:GetRole', resource: roleArn('secret') },
    },
    {
      kind: 'aws/iam/Role',
      scope: own,
      reason:
        'access denied to iam:GetAccountAuthorizationDetails: no identity-based policy allows the iam:GetAccountAuthorizationDetails action',
      settle: { by: 'iam', action: 'iam:GetAccountAuthorizationDetails' },
    },
  ])
})

test('both lists and every single look denied: one reason for all roles', async () => {
  await aws(call => denied(call))
  const { gathered } = await read({ wanted: { roleArns: [roleArn('a'), roleArn('b')] } })
  expect(gathered.unread).toEqual([
    {
      kind: 'aws/iam/Role',
      scope: own,
      reason:
        'access denied to iam:GetAccountAuthorizationDetails: no identity-based policy allows the iam:GetAccountAuthorizationDetails action',
      settle: { by: 'iam', action: 'iam:GetAccountAuthorizationDetails' },
    },
  ])
})

test('throttling and 5xx only slow it down; a retry budget that is spent leaves the kind unread', async () => {
  const answers = [error('Throttling', 'Rate exceeded', 400), { status: 503, body: 'busy' }]
  await aws(() => answers.shift() ?? details([role('a')]))
  expect((await read({})).gathered.resources).toHaveLength(1)

  const calls = await aws(() => error('Throttling', 'Rate exceeded', 400))
  const { gathered, world } = await read({ retryBudget: 1200, wanted: { roleArns: [roleArn('a')] } })
  expect(gathered.unread).toEqual([
    { kind: 'aws/iam/Role', id: roleArn('a'), scope: own, reason: 'throttled by iam', settle: { by: 'user', step: 'run it again' } },
    { kind: 'aws/iam/Role', scope: own, reason: 'throttled by iam', settle: { by: 'user', step: 'run it again' } },
  ])
  expect(() => world.find('aws/iam/Role', roleArn('a'))).toThrow('throttled by iam')
  expect(calls.length).toBeLessThan(10)
})

test('roles of the pages before a failure are kept, the rest stays unread', async () => {
  await aws(call => {
    if (call.name !== 'iam:GetAccountAuthorizationDetails' || call.parameters.has('Marker')) return denied(call)
    return details([role('a')], '<IsTruncated>true</IsTruncated><Marker>m</Marker>')
  })
  const { world } = await read({})
  expect(world.find('aws/iam/Role', roleArn('a'))).toBeDefined()
  expect(() => world.find('aws/iam/Role', roleArn('b'))).toThrow('access denied')
})

test('clusters by name and region; ResourceNotFound is absence of that one only', async () => {
  const arn = 'arn:aws:eks:eu-north-1:111122223333:cluster/prod'
  const calls = await aws(({ name }) => {
    if (name === 'eks:GET /clusters/prod')
      return json({ cluster: { name: 'prod', arn, createdAt: 1767323045.5, identity: { oidc: { issuer: 'https://oidc/id/X' } } } })
    if (name === 'eks:GET /clusters/gone')
      return json({ message: 'No cluster found for name: gone.' }, 404, { 'x-amzn-errortype': 'ResourceNotFoundException' })
    return unknownCall
  })
  const clusters = [{ name: 'prod', region: 'eu-north-1' }, { name: 'gone' }, { name: 'far', account: '999999999999' }]
  const { world, gathered } = await read({ kinds: ['aws/eks/Cluster'], clusters, region: 'eu-west-1' })
  // Two regions are asked at once.
  expect(calls.map(call => call.name).sort()).toEqual(['eks:GET /clusters/gone', 'eks:GET /clusters/prod', 'sts:GetCallerIdentity'])
  expect(world.find('aws/eks/Cluster', arn)?.body).toEqual({
    name: 'prod',
    arn,
    createdAt: '2026-01-02T03:04:05.500Z',
    identity: { oidc: { issuer: 'https://oidc/id/X' } },
  })
  expect(world.find('aws/eks/Cluster', 'arn:aws:eks:eu-west-1:111122223333:cluster/gone')).toBeUndefined()
  expect(() => world.list('aws/eks/Cluster')).toThrow()
  expect(gathered.unread).toMatchObject([
    { id: 'arn:aws:eks:eu-west-1:999999999999:cluster/far', reason: 'account 999999999999 was not read' },
  ])
})

test('without names every cluster of the region is described', async () => {
  await aws(({ name }) => {
    if (name === 'eks:GET /clusters') return json({ clusters: ['a'], nextToken: 't' })
    if (name === 'eks:GET /clusters?nextToken=t') return json({ clusters: ['b'] })
    const cluster = name.split('/').at(-1) ?? ''
    return cluster.length === 1
      ? json({ cluster: { name: cluster, arn: `arn:aws:eks:eu-west-1:111122223333:cluster/${cluster}` } })
      : unknownCall
  })
  const { world } = await read({ kinds: ['aws/eks/Cluster'] })
  expect(world.list('aws/eks/Cluster', { ...own, region: 'eu-west-1' }).map(cluster => cluster.body.name)).toEqual(['a', 'b'])
})

const providerArn = (id: string) => `arn:aws:iam::111122223333:oidc-provider/oidc/id/${id}`
const provider = (id: string) =>
  xml(
    'GetOpenIDConnectProvider',
    `<Url>oidc/id/${id}</Url><ClientIDList><member>sts.amazonaws.com</member></ClientIDList><ThumbprintList/>`,
  )

test('providers are listed and got; a denied one exists but is unread', async () => {
  await aws(call => {
    const id = call.parameters.get('OpenIDConnectProviderArn')?.at(-1) ?? ''
    if (call.name === 'iam:ListOpenIDConnectProviders')
      return xml(
        'ListOpenIDConnectProviders',
        `<OpenIDConnectProviderList>${['A', 'B'].map(one => `<member><Arn>${providerArn(one)}</Arn></member>`).join('')}</OpenIDConnectProviderList>`,
      )
    if (id === 'B') return denied(call)
    return provider(id)
  })
  const { world } = await read({ kinds: ['aws/iam/OpenIDConnectProvider'] })
  expect(world.find('aws/iam/OpenIDConnectProvider', providerArn('A'))?.body).toEqual({
    Arn: providerArn('A'),
    Url: 'oidc/id/A',
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [],
  })
  expect(() => world.find('aws/iam/OpenIDConnectProvider', providerArn('B'))).toThrow('access denied to iam:GetOpenIDConnectProvider')
  expect(world.find('aws/iam/OpenIDConnectProvider', providerArn('C'))).toBeUndefined()
  expect(() => world.list('aws/iam/OpenIDConnectProvider')).toThrow()
})

test('providers that may not be listed are looked up by the cluster issuers', async () => {
  await aws(call => {
    if (call.name.startsWith('eks:'))
      return json({
        cluster: {
          name: 'prod',
          arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
          identity: { oidc: { issuer: 'https://oidc/id/A' } },
        },
      })
    return call.name === 'iam:GetOpenIDConnectProvider' ? error('NoSuchEntity', 'not found', 404) : denied(call)
  })
  const { world } = await read({ kinds: ['aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider'], clusters: [{ name: 'prod' }] })
  expect(world.find('aws/iam/OpenIDConnectProvider', providerArn('A'))).toBeUndefined()
  expect(() => world.find('aws/iam/OpenIDConnectProvider', providerArn('B'))).toThrow('ListOpenIDConnectProviders')
})

test('every call made is in the table that the permissions are generated from', async () => {
  const calls = await aws(call => {
    if (call.name === 'iam:ListOpenIDConnectProviders')
      return xml(
        'ListOpenIDConnectProviders',
        `<OpenIDConnectProviderList><member><Arn>${providerArn('A')}</Arn></member></OpenIDConnectProviderList>`,
      )
    if (call.name === 'iam:GetOpenIDConnectProvider') return provider('A')
    if (call.name.startsWith('eks:')) return json({ clusters: [] })
    return denied(call)
  })
  await read({
    kinds: ['aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider', 'aws/iam/Policy', 'aws/iam/Role'],
    wanted: { roleArns: [roleArn('a')] },
  })
  const table = Object.values(awsOperations)
    .flatMap(({ needs, instead }) => [...needs, ...instead])
    .map(({ action }) => action)
  const made = new Set(calls.map(call => (call.name === 'eks:GET /clusters' ? 'eks:ListClusters' : call.name)))
  made.delete('sts:GetCallerIdentity')
  expect([...made].filter(name => !table.includes(name))).toEqual([])
  expect(made.size).toBe(6)
})
