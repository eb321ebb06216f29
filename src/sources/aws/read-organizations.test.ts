import { expect, test, vi } from 'vitest'
import { World } from '#model/world.ts'
import {
  caller,
  json,
  jsonError,
  stubAws,
  stubEnvironment,
  unknownCall,
  xml,
  type Answer,
  type Call,
} from '../../../tests/sources/stub-aws.ts'
import { readAws } from './read.ts'

stubEnvironment()

const [member, master, sister] = ['111122223333', '999988887777', '444455556666'] as const
const kinds = ['aws/organizations/Organization', 'aws/organizations/Policy', 'aws/organizations/Target'] as const
const organization = { Id: 'o-1', Arn: `arn:aws:organizations::${master}:organization/o-1`, MasterAccountId: master, FeatureSet: 'ALL' }
const document = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 'kms:*', Resource: '*' }] }
const refusal = jsonError('AccessDeniedException', "You don't have permissions to access this resource.")

/** A root, a unit in it, and accounts in that. Only the management account may look. */
function organizations({ name, input, accessKey }: Call): Answer {
  if (name === 'organizations:DescribeOrganization') return json({ Organization: organization })
  if (accessKey !== `KEY${master}`) return refusal
  switch (name) {
    case 'organizations:ListParents':
      return json({ Parents: [input['ChildId'] === 'ou-1' ? { Id: 'r-1', Type: 'ROOT' } : { Id: 'ou-1', Type: 'ORGANIZATIONAL_UNIT' }] })
    case 'organizations:ListPoliciesForTarget':
      return json({
        Policies:
          input['Filter'] === 'SERVICE_CONTROL_POLICY'
            ? [{ Id: 'p-FullAWSAccess' }, ...(input['TargetId'] === 'ou-1' ? [{ Id: 'p-1' }] : [])]
            : [],
      })
    case 'organizations:DescribePolicy': {
      const Arn =
        input['PolicyId'] === 'p-1'
          ? `arn:aws:organizations::${master}:policy/o-1/service_control_policy/p-1`
          : 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess'
      return json({
        Policy: { PolicySummary: { Id: input['PolicyId'], Arn, Type: 'SERVICE_CONTROL_POLICY' }, Content: JSON.stringify(document) },
      })
    }
    default:
      return unknownCall
  }
}

/** The roles of other accounts may be assumed, and are those accounts. */
const withAccounts = (handler: (call: Call) => Answer) => (call: Call) => {
  const account = /\d{12}/.exec(call.parameters.get('RoleArn') ?? call.accessKey)?.[0] ?? ''
  if (call.name === 'sts:AssumeRole')
    return xml(
      'AssumeRole',
      `<Credentials><AccessKeyId>KEY${account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials>`,
    )
  return call.name === 'sts:GetCallerIdentity' ? caller(account) : handler(call)
}
const roleIn = (account: string) => `arn:aws:iam::${account}:role/read`

test('what guards each account is asked of the management account, once for all', async () => {
  const calls = await stubAws(withAccounts(organizations))
  const gathered = await readAws({ kinds, clusters: [], assumeRoles: [roleIn(master), roleIn(sister)] })
  const world = new World(gathered)
  expect(gathered.unread).toEqual([])
  expect(world.find('aws/organizations/Target', member)?.body).toEqual({
    Id: member,
    Type: 'ACCOUNT',
    ParentId: 'ou-1',
    OrganizationArn: organization.Arn,
    ServiceControlPolicies: ['p-FullAWSAccess'],
    ResourceControlPolicies: [],
  })
  expect(world.find('aws/organizations/Target', sister)?.body.ParentId).toBe('ou-1')
  expect(world.find('aws/organizations/Target', 'ou-1')?.body).toMatchObject({
    ParentId: 'r-1',
    ServiceControlPolicies: ['p-FullAWSAccess', 'p-1'],
  })
  expect(world.find('aws/organizations/Target', 'r-1')?.body.ParentId).toBeUndefined()
  expect(world.find('aws/organizations/Policy', 'p-1')?.body.Content).toEqual(document)
  expect(world.find('aws/organizations/Policy', 'p-1')?.scope).toEqual({ account: master })
  expect(world.find('aws/organizations/Organization', organization.Arn)?.body).toEqual(organization)
  const asked = calls.map(
    ({ name, input }) => `${name} ${String(input['TargetId'] ?? input['PolicyId'] ?? '')} ${String(input['Filter'] ?? '')}`,
  )
  expect(asked.filter(one => one.includes(' ou-1 SERVICE') || one.includes(' p-1 '))).toHaveLength(2)
})

test('an account that may not look leaves its guardrails unread, never absent', async () => {
  await stubAws(organizations)
  const world = new World(await readAws({ kinds, clusters: [] }))
  expect(world.seen('aws/organizations/Organization')).toHaveLength(1)
  for (const kind of ['aws/organizations/Target', 'aws/organizations/Policy'] as const) {
    expect(() => world.list(kind, { account: member })).toThrow('access denied to organizations:ListParents')
    expect(() => world.find(kind, member, { account: member })).toThrow('access denied to organizations:ListParents')
  }
  expect(() => world.list('aws/organizations/Organization', { account: member })).toThrow('was not read')
})

test('an account that may not even say its organisation is found by the management account', async () => {
  const isMute = ({ name, accessKey }: Call) => name === 'organizations:DescribeOrganization' && accessKey === 'AKIDOWN'
  await stubAws(withAccounts(call => (isMute(call) ? refusal : organizations(call))))
  const world = new World(await readAws({ kinds, clusters: [], assumeRoles: [roleIn(master)] }))
  expect(world.find('aws/organizations/Target', member, { account: member })?.body.ParentId).toBe('ou-1')
  expect(world.unread.map(({ kind, scope }) => [kind, scope])).toEqual([['aws/organizations/Organization', { account: member }]])
})

test('a refused look at the organisation itself is unknown, too', async () => {
  await stubAws(() => refusal)
  const world = new World(await readAws({ kinds, clusters: [] }))
  for (const kind of kinds)
    expect(() => world.list(kind, { account: member })).toThrow('access denied to organizations:DescribeOrganization')
})

test('an account that is in no organisation has no guardrails', async () => {
  await stubAws(() => jsonError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.'))
  const world = new World(await readAws({ kinds, clusters: [] }))
  for (const kind of kinds) expect(world.list(kind, { account: member })).toEqual([])
  expect(world.find('aws/organizations/Target', member, { account: member })).toBeUndefined()
  expect(() => world.list('aws/organizations/Target', { account: sister })).toThrow('was not read')
})

test('is not asked when no check needs it', async () => {
  const calls = await stubAws(() => unknownCall)
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
  await readAws({ kinds: [], clusters: [] })
  expect(calls).toEqual([])
})
