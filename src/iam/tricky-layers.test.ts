import { describe, expect, test } from 'vitest'
import { compilePolicy, type PolicyKind } from './compile.ts'
import { decide, type Policies } from './decide.ts'
import type { Principal, Request } from './request.ts'

const A = '111122223333'
const B = '444455556666'
const roleArn = `arn:aws:iam::${A}:role/team/reader`
const role: Principal = { kind: 'roleSession', roleArn, sessionName: 's', uniqueId: 'AROAREADER' }
const user: Principal = { kind: 'user', arn: `arn:aws:iam::${A}:user/u` }
const sessionArn = `arn:aws:sts::${A}:assumed-role/reader/s`
const key = `arn:aws:kms:eu-west-1:${A}:key/k`

function compile(kind: PolicyKind, ...statements: object[]) {
  return compilePolicy({ Version: '2012-10-17', Statement: statements }, kind)
}
const all = (extra: object = {}) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...extra })
const deny = (extra: object = {}) => ({ Effect: 'Deny', Action: '*', Resource: '*', ...extra })
const identity = [compile('identity', all())]
const nothing = [compile('boundary', all({ Action: 'ec2:*' }))]
const resource = (...statements: object[]) => [compile('resource', ...statements)]

function ask(policies: Policies, more: Partial<Request> = {}) {
  return decide(
    { principal: role, action: 's3:GetObject', resource: 'arn:aws:s3:::b/a', resourceAccount: A, context: {}, ...more },
    policies,
  )
}

describe('organizations', () => {
  const full = [compile('serviceControl', all())]
  test('T31 every level must allow', () => {
    const decision = ask({ identity, serviceControl: [full, nothing, full] })
    expect(decision).toMatchObject({ answer: 'implicitDeny', missingLayer: 'serviceControl', missingLevel: 1 })
    expect(ask({ identity, serviceControl: [full, full] }).answer).toBe('allow')
  })
  test('T32 the management account is not bound', () => {
    expect(ask({ identity, serviceControl: [nothing] }, { organization: { principalInManagementAccount: true } }).answer).toBe('allow')
  })
  const perimeter = [
    compile(
      'resourceControl',
      deny({
        Principal: '*',
        Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' }, BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
      }),
    ),
  ]
  test('T33 services without resource control policies ignore them', () => {
    expect(ask({ identity, resourceControl: [perimeter] }).decidedBy).toMatchObject({
      layer: 'resourceControl',
      level: 0,
      policy: 0,
      statement: 0,
    })
    expect(ask({ identity, resourceControl: [perimeter] }, { action: 'ec2:RunInstances', resource: '*' }).answer).toBe('allow')
    expect(ask({ identity, resourceControl: [perimeter] }, { action: 'codebuild:StartBuild', resource: '*' }).answer).toBe('unknown')
  })
  test('T34 a service principal passes by aws:PrincipalIsAWSService', () => {
    const service: Partial<Request> = {
      principal: { kind: 'service', name: 'pods.eks.amazonaws.com' },
      context: { 'aws:PrincipalIsAWSService': 'true' },
    }
    const grants = resource(all({ Principal: { Service: 'pods.eks.amazonaws.com' } }))
    expect(ask({ resource: grants, resourceControl: [perimeter] }, service).answer).toBe('allow')
    expect(ask({ resource: grants, resourceControl: [perimeter], serviceControl: [nothing] }, service).answer).toBe('allow')
  })
  test('T35 an identity perimeter breaks IRSA, whose callers belong to no organization', () => {
    const provider = `arn:aws:iam::${A}:oidc-provider/i`
    const trust = [compile('trust', { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' })]
    const request: Partial<Request> = {
      principal: { kind: 'webIdentity', provider },
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: roleArn,
    }
    expect(ask({ resource: trust }, request).answer).toBe('allow')
    expect(ask({ resource: trust, resourceControl: [perimeter] }, request).decidedBy?.layer).toBe('resourceControl')
    expect(ask({ resource: trust, serviceControl: [nothing] }, request).answer).toBe('allow')
  })
  test('T67 service-linked roles are bound by neither', () => {
    const linked: Principal = {
      kind: 'roleSession',
      roleArn: `arn:aws:iam::${A}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`,
      sessionName: 's',
    }
    expect(ask({ identity, serviceControl: [nothing], resourceControl: [perimeter] }, { principal: linked }).answer).toBe('allow')
  })
  test('policies that nobody read are unknown, never absent', () => {
    expect(ask({ identity, serviceControl: 'unread' })).toMatchObject({
      answer: 'unknown',
      notRead: ['serviceControl was not read'],
      best: 'allow',
      worst: 'explicitDeny',
    })
    expect(ask({ identity: [], serviceControl: 'unread' }).answer).toBe('implicitDeny')
  })
})

describe('one account', () => {
  test('T36 a boundary limits the identity policy', () => {
    expect(ask({ identity, boundary: nothing })).toMatchObject({ answer: 'implicitDeny', missingLayer: 'boundary' })
  })
  test('T37 a resource policy that names a user passes its boundary', () => {
    const grants = resource(all({ Principal: { AWS: `arn:aws:iam::${A}:user/u` } }))
    expect(ask({ resource: grants, boundary: nothing }, { principal: user }).answer).toBe('allow')
  })
  test('T38 one that names a role does not, but needs no identity policy', () => {
    const grants = resource(all({ Principal: { AWS: roleArn } }))
    expect(ask({ resource: grants }).answer).toBe('allow')
    expect(ask({ resource: grants, boundary: nothing })).toMatchObject({ answer: 'implicitDeny', missingLayer: 'boundary' })
  })
  test('T39 one that names a session passes its session policy', () => {
    const grants = resource(all({ Principal: { AWS: sessionArn } }))
    expect(ask({ resource: grants, session: nothing }).answer).toBe('allow')
  })
  test('T40 everyone with aws:PrincipalArn passes the boundary', () => {
    const grants = resource(all({ Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': roleArn } } }))
    expect(ask({ resource: grants, boundary: nothing }, { context: { 'aws:PrincipalArn': roleArn } }).answer).toBe('allow')
    expect(ask({ resource: grants, boundary: nothing }, { context: { 'aws:PrincipalArn': 'arn:aws:iam::1:role/x' } }).answer).toBe(
      'implicitDeny',
    )
  })
  test('T41 NotPrincipal in a Deny always denies who has a boundary', () => {
    const all3 = [sessionArn, roleArn, `arn:aws:iam::${A}:root`]
    const both = resource(deny({ NotPrincipal: { AWS: [...all3, 'AROAREADER', 'AROAREADER:s'] } }))
    expect(ask({ identity, resource: both }).answer).toBe('allow')
    expect(ask({ identity, resource: both, boundary: identity }).answer).toBe('explicitDeny')
    expect(ask({ identity, resource: [...both, ...resource(all({ Principal: '*' }))], boundary: 'unread' }).answer).toBe('unknown')
    const root: Partial<Request> = { principal: { kind: 'root', account: A, partition: 'aws' } }
    expect(ask({ resource: resource(deny({ NotPrincipal: { AWS: A } })), boundary: 'unread' }, root).answer).toBe('allow')
  })
  test('T42 NotPrincipal without the account: AWS says it may deny', () => {
    expect(ask({ identity, resource: resource(deny({ NotPrincipal: { AWS: [sessionArn, roleArn] } })) }).answer).toBe('unknown')
    expect(ask({ identity, resource: resource(deny({ NotPrincipal: { AWS: `arn:aws:iam::${B}:root` } })) }).answer).toBe('explicitDeny')
  })
  // "all principals except the user named Bob in AWS account 444455556666 are explicitly denied access to a resource. Note that as a best
  // practice, the NotPrincipal element contains the ARN of both the user Bob and the AWS account that Bob belongs to":
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
  test('NotPrincipal in the form that AWS recommends denies everybody else of the account', () => {
    const exceptBob = resource(deny({ NotPrincipal: { AWS: [`arn:aws:iam::${A}:user/Bob`, `arn:aws:iam::${A}:root`] } }))
    expect(ask({ identity, resource: exceptBob }, { principal: { kind: 'user', arn: `arn:aws:iam::${A}:user/Bob` } }).answer).toBe('allow')
    expect(ask({ identity, resource: exceptBob }, { principal: user }).answer).toBe('explicitDeny')
    expect(ask({ identity, resource: exceptBob }).answer).toBe('explicitDeny')
    // "all principals except the assumed-role user named cross-account-audit-app": another session of the same role too.
    const exceptSession = (session: string) => {
      const AWS = [`arn:aws:sts::${A}:assumed-role/reader/${session}`, roleArn, `arn:aws:iam::${A}:root`]
      return resource(deny({ NotPrincipal: { AWS } }))
    }
    expect(ask({ identity, resource: exceptSession('s') }).answer).toBe('allow')
    expect(ask({ identity, resource: exceptSession('other') }).answer).toBe('explicitDeny')
    const auditApp = [`arn:aws:sts::${A}:assumed-role/audit/app`, `arn:aws:iam::${A}:role/audit`, A]
    expect(ask({ identity, resource: resource(deny({ NotPrincipal: { AWS: auditApp } })) }).answer).toBe('explicitDeny')
  })
  test('NotPrincipal that lists an account or a role for nobody in particular stays open', () => {
    expect(ask({ identity, resource: resource(deny({ NotPrincipal: { AWS: A } })) }).answer).toBe('unknown')
    expect(ask({ identity, resource: resource(deny({ NotPrincipal: { AWS: [roleArn, A] } })) }).answer).toBe('unknown')
    const elsewhere = [`arn:aws:iam::${B}:user/Bob`, `arn:aws:iam::${A}:root`]
    expect(ask({ identity, resource: resource(deny({ NotPrincipal: { AWS: elsewhere } })) }).answer).toBe('unknown')
  })
  test('naming the account grants nothing by itself', () => {
    expect(ask({ resource: resource(all({ Principal: { AWS: A } })) })).toMatchObject({ answer: 'implicitDeny', missingLayer: 'identity' })
  })
  test('T68 an anonymous caller needs everyone', () => {
    const anonymous: Partial<Request> = { principal: { kind: 'anonymous' } }
    expect(ask({ resource: resource(all({ Principal: '*' })) }, anonymous).answer).toBe('allow')
    expect(ask({ resource: resource(all({ Principal: { AWS: A } })) }, anonymous)).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'resource',
    })
  })
  test('T69 an endpoint policy must allow', () => {
    expect(ask({ identity, endpoint: [compile('endpoint', all({ Principal: '*', Action: 'sqs:*' }))] })).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'endpoint',
    })
    expect(ask({ identity, endpoint: [compile('endpoint', all({ Principal: '*' }))] }).answer).toBe('allow')
  })
  test('T70 everyone may ask who they are, even under a Deny', () => {
    expect(ask({ identity: [compile('identity', deny())] }, { action: 'sts:GetCallerIdentity', resource: '*' }).answer).toBe('allow')
  })
})

describe('KMS', () => {
  const decrypt: Partial<Request> = { action: 'kms:Decrypt', resource: key }
  const policy = (...statements: object[]) => [compile('key', ...statements)]
  const delegates = all({ Principal: { AWS: `arn:aws:iam::${A}:root` } })
  test('T43 without delegation identity policies mean nothing', () => {
    expect(ask({ identity, resource: policy(all({ Principal: { AWS: `arn:aws:iam::${A}:role/other` } })) }, decrypt)).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'resource',
    })
    expect(ask({ identity, resource: policy(delegates) }, decrypt).answer).toBe('allow')
    expect(ask({ identity: [], resource: policy(delegates) }, decrypt)).toMatchObject({ answer: 'implicitDeny', missingLayer: 'identity' })
    expect(ask({ identity, resource: 'unread' }, decrypt).answer).toBe('unknown')
  })
  test('T44 the root of another account delegates to that account only', () => {
    const other = policy(all({ Principal: { AWS: `arn:aws:iam::${B}:root` } }))
    expect(ask({ identity, resource: other }, decrypt).answer).toBe('implicitDeny')
    const foreign: Principal = { kind: 'roleSession', roleArn: `arn:aws:iam::${B}:role/r`, sessionName: 's' }
    expect(ask({ identity, resource: other }, { ...decrypt, principal: foreign }).answer).toBe('allow')
    expect(ask({ identity: [], resource: other }, { ...decrypt, principal: foreign })).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'identity',
    })
  })
  test('T45 a grant alone', () => {
    const grants = [{ GranteePrincipal: roleArn, Operations: ['Decrypt'] }]
    expect(ask({ resource: policy(), grants }, decrypt)).toMatchObject({ answer: 'allow', decidedBy: { layer: 'grant', policy: 0 } })
    expect(ask({ resource: policy(), grants }, { ...decrypt, action: 'kms:Encrypt' }).answer).toBe('implicitDeny')
    const bound = [
      {
        ...grants[0],
        GranteePrincipal: roleArn,
        Operations: ['Decrypt'],
        Constraints: { EncryptionContextSubset: { 'aws:ebs:id': 'vol-1' } },
      },
    ]
    expect(
      ask({ resource: policy(), grants: bound }, { ...decrypt, context: { 'kms:EncryptionContext:aws:ebs:id': 'vol-1' } }).answer,
    ).toBe('allow')
    expect(ask({ resource: policy(), grants: bound }, decrypt).answer).toBe('implicitDeny')
  })
  test('T46 kms:ViaService of another service', () => {
    const via = policy(
      all({
        Principal: '*',
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com', 'kms:CallerAccount': A } },
      }),
    )
    const context = { 'kms:CallerAccount': A, 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' }
    expect(ask({ identity, resource: via }, { ...decrypt, context }).answer).toBe('implicitDeny')
    expect(
      ask({ resource: via }, { ...decrypt, context: { ...context, 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } }).answer,
    ).toBe('allow')
  })
  test('T47 a key policy that names the role needs no identity policy', () => {
    expect(ask({ resource: policy(all({ Principal: { AWS: roleArn } })) }, decrypt).answer).toBe('allow')
    expect(ask({ identity: [compile('identity', deny())], resource: policy(all({ Principal: { AWS: roleArn } })) }, decrypt).answer).toBe(
      'explicitDeny',
    )
  })
  test('T48 a secret of another account under aws/secretsmanager cannot be decrypted', () => {
    const foreign: Principal = { kind: 'roleSession', roleArn: `arn:aws:iam::${B}:role/r`, sessionName: 's' }
    const secret = `arn:aws:secretsmanager:eu-west-1:${A}:secret:db-AbCdEf`
    const grants = resource(all({ Principal: { AWS: B } }))
    expect(
      ask({ identity, resource: grants }, { principal: foreign, action: 'secretsmanager:GetSecretValue', resource: secret }).answer,
    ).toBe('allow')
    const managed = policy(all({ Principal: '*' }))
    expect(ask({ identity, resource: managed }, { ...decrypt, principal: foreign, awsManagedKey: true })).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'resource',
    })
  })
})

test('T49 the suffix of a secret', () => {
  const secret = (name: string) => ({
    action: 'secretsmanager:GetSecretValue',
    resource: `arn:aws:secretsmanager:eu-west-1:${A}:secret:${name}`,
  })
  const by = (pattern: string) => ({
    identity: [compile('identity', all({ Resource: `arn:aws:secretsmanager:eu-west-1:${A}:secret:${pattern}` }))],
  })
  expect(ask(by('db-??????'), secret('db-AbCdEf')).answer).toBe('allow')
  expect(ask(by('db-??????'), secret('db-prod-AbCdEf')).answer).toBe('implicitDeny')
  expect(ask(by('db-*'), secret('db-prod-AbCdEf')).answer).toBe('allow')
  expect(ask(by('db'), secret('db-AbCdEf')).answer).toBe('implicitDeny')
})
