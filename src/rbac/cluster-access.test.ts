import { describe, expect, test } from 'vitest'
import { accessPolicies } from './access-policies.ts'
import { compileAwsAuth } from './aws-auth.ts'
import { compileClusterAccess, subjectOf, usernameOf, type AccessEntry, type ClusterAccessInput } from './cluster-access.ts'
import { compileRbac } from './compile.ts'
import { mayI } from './decide.ts'
import { callerOf, callerOfPrincipal } from './principal-arn.ts'
import { whoMay } from './who-may.ts'

const account = 'arn:aws:iam::111122223333'
const role = (name: string) => `${account}:role/${name}`
const ask = (input: Partial<ClusterAccessInput>, arn: string, session = {}) =>
  subjectOf(compileClusterAccess({ mode: 'API_AND_CONFIG_MAP', ...input }), arn, session)
const userOf = (input: Partial<ClusterAccessInput>, arn: string, session = {}) => {
  const mapped = ask(input, arn, session)
  return mapped.answer === 'mapped'
    ? [mapped.subject.user, ...mapped.subject.groups]
    : mapped.answer === 'refused'
      ? mapped.why
      : `needs ${mapped.needs}`
}

describe('aws-auth', () => {
  const awsAuth = {
    mapRoles: [
      { rolearn: role('Ops'), username: 'ops:{{SessionName}}', groups: ['system:masters'] },
      { rolearn: role('team/reader'), username: 'reader', groups: ['readers'] },
      { rolearn: role('node'), username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] },
      { rolearn: role('raw'), username: '{{AccountID}}-{{SessionNameRaw}}-{{AccessKeyID}}', groups: ['g-{{SessionName}}'] },
    ],
    mapUsers: [{ userarn: `${account}:user/team/bob`, username: 'bob' }],
    mapAccounts: ['444455556666'],
  }
  test('maps a session of a role, whatever the case of the row', () => {
    expect(userOf({ awsAuth }, role('ops'), { sessionName: 'me@here' })).toEqual(['ops:me-here', 'system:masters', 'system:authenticated'])
    expect(ask({ awsAuth }, role('ops'), { sessionName: 'x' })).toMatchObject({
      chosenBySession: true,
      by: { by: 'mapRoles', row: { index: 0 } },
    })
    expect(userOf({ awsAuth }, role('a/path/ops'), { sessionName: 'x' })).toEqual(['ops:x', 'system:masters', 'system:authenticated'])
  })
  test('never matches a row whose role ARN has a path, and says so', () => {
    expect(userOf({ awsAuth }, role('team/reader'), { sessionName: 'x' })).toBe('not mapped')
    expect(userOf({ awsAuth }, role('reader'), { sessionName: 'x' })).toBe('not mapped')
    expect(compileAwsAuth(awsAuth).faults).toEqual([{ list: 'mapRoles', index: 1, fault: 'role ARN with a path' }])
  })
  test('matches users with their path, and accounts last', () => {
    expect(userOf({ awsAuth }, `${account}:user/team/bob`)).toEqual(['bob', 'system:authenticated'])
    expect(userOf({ awsAuth }, `${account}:user/bob`)).toBe('not mapped')
    expect(userOf({ awsAuth }, 'arn:aws:iam::444455556666:role/x/y')).toEqual(['arn:aws:iam::444455556666:role/y', 'system:authenticated'])
  })
  test('fills templates, or says what it needs', () => {
    expect(userOf({ awsAuth }, role('ops'))).toBe('needs SessionName')
    expect(userOf({ awsAuth }, role('node'), { sessionName: 'i-0123456789abcdef0' })).toBe('needs EC2PrivateDNSName')
    expect(userOf({ awsAuth }, role('node'), { sessionName: 'i-0123456789abcdef0', ec2PrivateDnsName: 'ip-10-0-0-1' })).toEqual([
      'system:node:ip-10-0-0-1',
      'system:nodes',
      'system:authenticated',
    ])
    expect(userOf({ awsAuth }, role('node'), { sessionName: 'me' })).toBe('session name is no instance id')
    expect(userOf({ awsAuth }, role('raw'), { sessionName: 'a@b', accessKeyId: 'AKIA' })).toEqual([
      '111122223333-a@b-AKIA',
      'g-a-b',
      'system:authenticated',
    ])
  })
  test('keeps what is good of what is not', () => {
    const { roles, users, accounts, faults } = compileAwsAuth({
      mapRoles: [
        { RoleARN: role('a'), Username: 'a', GROUPS: 'admins' },
        null,
        { username: 'x' },
        { rolearn: role('A'), username: 7, groups: ['g', 1] },
        { sso: {}, username: 's' },
      ],
      mapUsers: 'nonsense',
      mapAccounts: [11122223333, '444455556666', {}],
    })
    expect([...roles.values()]).toEqual([{ list: 'mapRoles', index: 3, arn: role('A'), username: '', groups: ['g'] }])
    expect(users.size).toBe(0)
    expect([...accounts.keys()]).toEqual(['011122223333', '444455556666'])
    expect(faults.map(({ list, index, fault }) => `${list} ${index ?? ''} ${fault}`)).toEqual([
      'mapRoles 0 groups is not a list of text',
      'mapRoles 1 not a mapping',
      'mapRoles 2 no ARN',
      'mapRoles 3 username is not text',
      'mapRoles 3 groups is not a list of text',
      'mapRoles 3 repeated: the last row counts',
      'mapRoles 4 matched by sso',
      'mapUsers  not a list',
      'mapAccounts 2 account is not text',
    ])
  })
})

describe('access entries', () => {
  const entry: AccessEntry = { principalArn: role('team/reader'), username: 'entry:{{SessionName}}', kubernetesGroups: ['readers'] }
  const awsAuth = { mapRoles: [{ rolearn: role('reader'), username: 'row', groups: ['system:masters'] }] }
  test('go before aws-auth, path and all, as far as the mode allows', () => {
    const input = { accessEntries: [entry], awsAuth }
    expect(userOf(input, role('team/reader'), { sessionName: 's' })).toEqual(['entry:s', 'readers', 'system:authenticated'])
    expect(userOf(input, role('other/reader'), { sessionName: 's' })).toEqual(['row', 'system:masters', 'system:authenticated'])
    expect(userOf({ ...input, mode: 'API' }, role('other/reader'), { sessionName: 's' })).toBe('not mapped')
    expect(userOf({ ...input, mode: 'CONFIG_MAP' }, role('team/reader'), { sessionName: 's' })).toEqual([
      'row',
      'system:masters',
      'system:authenticated',
    ])
  })
  test('have the user names that EKS makes', () => {
    expect(usernameOf({ principalArn: role('team/reader') })).toBe('arn:aws:sts::111122223333:assumed-role/reader/{{SessionName}}')
    expect(usernameOf({ principalArn: 'arn:aws-cn:iam::111122223333:user/x/bob' })).toBe('arn:aws-cn:iam::111122223333:user/x/bob')
    expect(usernameOf({ principalArn: role('n'), type: 'EC2_LINUX' })).toBe('system:node:{{EC2PrivateDNSName}}')
    expect(usernameOf({ principalArn: role('n'), type: 'FARGATE_LINUX' })).toBe('system:node:{{SessionName}}')
  })
})

test('callers as STS names them', () => {
  expect(callerOf('arn:aws:sts::111122223333:assumed-role/reader/me')).toEqual({
    accountId: '111122223333',
    canonicalArn: role('reader'),
    sessionName: 'me',
  })
  expect(callerOf('arn:aws:sts::111122223333:federated-user/me')?.canonicalArn).toBe('arn:aws:sts::111122223333:federated-user/me')
  expect(callerOf(`${account}:root`)?.canonicalArn).toBe(`${account}:root`)
  for (const bad of ['', 'x', 'arn:aws:s3:::b', `${account}:group/x`, 'arn:aws:sts::111122223333:assumed-role/reader'])
    expect(callerOf(bad)).toBeUndefined()
  expect(callerOfPrincipal(role('a/b'), 's')).toEqual({ accountId: '111122223333', canonicalArn: role('b'), sessionName: 's' })
})

describe('access policies', () => {
  const arn = role('dev')
  const compiled = (policy: string, accessScope: { type: string; namespaces?: readonly string[] }) =>
    compileRbac({
      roles: [],
      clusterRoles: [],
      roleBindings: [],
      clusterRoleBindings: [],
      aggregation: 'filled',
      accessPolicies: compileClusterAccess({
        mode: 'API',
        accessEntries: [{ principalArn: arn, policies: [{ policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`, accessScope }] }],
      }).accessPolicies,
    })
  const dev = { user: 'dev', groups: [], principalArn: arn }
  const exec = { verb: 'create', resource: 'pods', subresource: 'exec', name: 'p' }
  test('count in their scope', () => {
    const rbac = compiled('AmazonEKSEditPolicy', { type: 'namespace', namespaces: ['dev-*', 'a*b*c'] })
    const answer = (namespace: string) => mayI(rbac, dev, { ...exec, namespace }).answer
    expect(['dev-1', 'dev-', 'dev', 'abc', 'axbxc', 'ac', 'prod', ''].map(answer)).toEqual([
      'allow',
      'allow',
      'deny',
      'allow',
      'allow',
      'deny',
      'deny',
      'deny',
    ])
    expect(mayI(compiled('AmazonEKSEditPolicy', { type: 'cluster' }), dev, { ...exec, namespace: '' }).answer).toBe('allow')
  })
  test('belong to the principal, not to its user name', () => {
    const rbac = compiled('AmazonEKSClusterAdminPolicy', { type: 'cluster' })
    expect(mayI(rbac, { user: 'dev', groups: [] }, exec).answer).toBe('deny')
    expect(mayI(rbac, dev, { verb: 'get', path: '/metrics' })).toMatchObject({
      answer: 'allow',
      grant: { by: 'accessPolicy', policy: 'AmazonEKSClusterAdminPolicy', rule: 1 },
    })
    expect(whoMay(rbac, exec).holders.map(holder => `${holder.kind} ${holder.name}`)).toEqual(['Group system:masters', `Principal ${arn}`])
  })
  test('are unknown, not nothing, when their rules are', () => {
    const rbac = compiled('AmazonEKSSecretReaderPolicy', { type: 'cluster' })
    expect(mayI(rbac, dev, exec)).toMatchObject({ answer: 'unknown', because: [{ principalArn: arn }] })
    expect(whoMay(rbac, exec).unknown).toHaveLength(1)
  })
  test('give what their pages say of secrets and pods', () => {
    const get = { verb: 'get', resource: 'secrets', namespace: 'n', name: 's' }
    const answers = Object.keys(accessPolicies).map(policy => {
      const rbac = compiled(policy, { type: 'namespace', namespaces: ['n'] })
      return [policy, mayI(rbac, dev, get).answer, mayI(rbac, dev, { ...exec, namespace: 'n' }).answer]
    })
    expect(answers).toEqual([
      ['AmazonEKSClusterAdminPolicy', 'allow', 'allow'],
      ['AmazonEKSAdminPolicy', 'allow', 'allow'],
      ['AmazonEKSEditPolicy', 'allow', 'allow'],
      ['AmazonEKSViewPolicy', 'deny', 'deny'],
      ['AmazonEKSAdminViewPolicy', 'allow', 'deny'],
    ])
  })
})
