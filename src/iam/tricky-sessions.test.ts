import { describe, expect, test } from 'vitest'
import { decideAssumeRole } from './assume-role.ts'
import { compilePolicy, type PolicyKind } from './compile.ts'
import { decide, type Policies } from './decide.ts'
import type { Principal, Request } from './request.ts'
import { chainedSession, podIdentitySession, sentTags, sessionArn, webIdentitySession, type PodFacts } from './session.ts'
import { decideTrust, providerArnFor, type TrustQuestion } from './web-identity.ts'

const A = '111122223333'
const B = '444455556666'
const roleArn = `arn:aws:iam::${A}:role/team/reader`
const target = `arn:aws:iam::${A}:role/target`
const role: Principal = { kind: 'roleSession', roleArn, sessionName: 's', uniqueId: 'AROAREADER' }
const pods: Principal = { kind: 'service', name: 'pods.eks.amazonaws.com' }
const pod: PodFacts = {
  clusterArn: `arn:aws:eks:eu-west-1:${A}:cluster/shop`,
  clusterName: 'shop',
  namespace: 'payments',
  serviceAccount: 'reader',
  podName: 'reader-7d4',
  podUid: 'u',
}

function compile(kind: PolicyKind, ...statements: object[]) {
  return compilePolicy({ Version: '2012-10-17', Statement: statements }, kind)
}
const all = { Effect: 'Allow', Action: '*', Resource: '*' }
const trust = (Principal: unknown, Action: unknown = 'sts:AssumeRole', extra: object = {}) => [
  compile('trust', { Effect: 'Allow', Principal, Action, ...extra }),
]
const identity = [compile('identity', all)]

function assume(policies: Policies, more: Partial<Parameters<typeof decideAssumeRole>[0]> = {}) {
  return decideAssumeRole({ principal: role, roleArn: target, ...more }, policies)
}

describe('assuming roles', () => {
  test('T50 trusting the account needs an identity policy', () => {
    expect(assume({ resource: trust({ AWS: A }) }).decision).toMatchObject({ answer: 'implicitDeny', missingLayer: 'identity' })
    expect(assume({ resource: trust({ AWS: `arn:aws:iam::${A}:root` }), identity }).decision.answer).toBe('allow')
  })
  test('T51 trusting the role of the same account does not', () =>
    expect(assume({ resource: trust({ AWS: roleArn }) }).decision.answer).toBe('allow'))
  test('T52 a role must trust itself to assume itself', () => {
    expect(assume({ resource: trust({ Service: 'ec2.amazonaws.com' }), identity }, { roleArn }).decision).toMatchObject({
      answer: 'implicitDeny',
      missingLayer: 'resource',
    })
    expect(assume({ resource: trust({ AWS: roleArn }) }, { roleArn }).decision.answer).toBe('allow')
  })
  test('T53 a unique id is the role it was made for, and no other of its name', () => {
    expect(assume({ resource: trust({ AWS: 'AROAREADER' }) }).decision.answer).toBe('allow')
    expect(assume({ resource: trust({ AWS: 'AROAOLDONE' }), identity }).decision.answer).toBe('implicitDeny')
  })
  test('T54 tags need sts:TagSession on both sides', () => {
    const tags = { team: 'a' }
    expect(assume({ resource: trust({ AWS: roleArn }) }, { tags })).toMatchObject({
      action: 'sts:TagSession',
      decision: { answer: 'implicitDeny', missingLayer: 'resource' },
    })
    expect(assume({ resource: trust({ AWS: roleArn }, ['sts:AssumeRole', 'sts:TagSession']) }, { tags }).decision.answer).toBe('allow')
    const other = `arn:aws:iam::${B}:role/target`
    const narrow = [compile('identity', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' })]
    expect(
      assume({ resource: trust({ AWS: A }, ['sts:AssumeRole', 'sts:TagSession']), identity: narrow }, { tags, roleArn: other }),
    ).toMatchObject({ action: 'sts:TagSession', decision: { missingLayer: 'identity' } })
  })
  test('T55 an external id that the trust asks for', () => {
    const asks = trust({ AWS: roleArn }, 'sts:AssumeRole', { Condition: { StringEquals: { 'sts:ExternalId': 'shop' } } })
    expect(assume({ resource: asks }).decision.answer).toBe('implicitDeny')
    expect(assume({ resource: asks }, { externalId: 'shop' }).decision.answer).toBe('allow')
  })
  test('root cannot assume roles', () => {
    expect(assume({ resource: trust('*') }, { principal: { kind: 'root', account: A, partition: 'aws' } }).decision.answer).toBe(
      'implicitDeny',
    )
  })
})

describe('Pod Identity', () => {
  const both = ['sts:AssumeRole', 'sts:TagSession']
  const tagged = trust({ Service: 'pods.eks.amazonaws.com' }, both, {
    Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'payments' } },
  })
  test('T56 a trust that asks for tags never works without them', () => {
    const association = { role: { roleArn } }
    expect(assume({ resource: tagged }, { principal: pods, tags: sentTags(association, pod) }).decision.answer).toBe('allow')
    expect(
      assume({ resource: tagged }, { principal: pods, tags: sentTags({ ...association, disableSessionTags: true }, pod) }).decision.answer,
    ).toBe('implicitDeny')
    expect(
      assume({ resource: tagged }, { principal: pods, tags: sentTags({ ...association, hasPolicy: true }, pod) }).decision.answer,
    ).toBe('implicitDeny')
    expect(
      assume({ resource: trust({ Service: 'pods.eks.amazonaws.com' }) }, { principal: pods, tags: sentTags(association, pod) }).action,
    ).toBe('sts:TagSession')
  })
  test('T57 the session policy of an association limits the target role only', () => {
    const policy = [compile('session', { ...all, Action: 's3:GetObject' })]
    const first = podIdentitySession({ role: { roleArn }, hasPolicy: true }, pod)
    const second = chainedSession(first, { role: { roleArn: target }, sessionName: 't' })
    const request = (session: typeof first): Request => ({
      principal: session.principal,
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::b/a',
      resourceAccount: A,
      context: session.context,
    })
    expect(decide(request(first), { identity }).answer).toBe('allow')
    expect(decide(request(second), { identity, session: policy })).toMatchObject({ answer: 'implicitDeny', missingLayer: 'session' })
  })
  test('T58 a session tag wins over the role tag of the same key', () => {
    const session = podIdentitySession({ role: { roleArn, tags: { 'Kubernetes-Namespace': 'other', team: 'a' } } }, pod)
    expect(session.context).toMatchObject({ 'aws:PrincipalTag/kubernetes-namespace': 'payments', 'aws:PrincipalTag/team': 'a' })
    expect(Object.keys(session.context)).not.toContain('aws:PrincipalTag/Kubernetes-Namespace')
  })
  test('what a session does not say about the request stays open', () => {
    const session = podIdentitySession({ role: { roleArn } }, pod)
    const ask = (key: string) => {
      const document = compile('identity', { ...all, Condition: { StringEquals: { [key]: 'x' } } })
      const { principal, context, unlistedKeys } = session
      return decide(
        { principal, action: 's3:GetObject', resource: 'arn:aws:s3:::b/a', resourceAccount: A, context, unlistedKeys },
        { identity: [document] },
      ).answer
    }
    expect(ask('aws:SourceVpce')).toBe('unknown')
    expect(ask('s3:prefix')).toBe('unknown')
    expect(ask('aws:PrincipalTag/team')).toBe('implicitDeny')
    expect(ask('aws:username')).toBe('implicitDeny')
    expect(podIdentitySession({ role: { roleArn, tags: 'unread' } }, pod).unlistedKeys).not.toEqual(session.unlistedKeys)
  })
  test('T59 transitive tags go on into another account and cannot be overridden', () => {
    const first = podIdentitySession({ role: { roleArn } }, pod)
    const second = chainedSession(first, {
      role: { roleArn: `arn:aws:iam::${B}:role/target` },
      sessionName: 't',
      tags: { 'kubernetes-namespace': 'forged', own: '1' },
    })
    expect(second.context).toMatchObject({
      'aws:PrincipalTag/kubernetes-namespace': 'payments',
      'aws:PrincipalTag/own': '1',
      'aws:PrincipalAccount': B,
    })
    expect(Object.keys(second.transitiveTags)).toHaveLength(6)
    expect(Object.keys(chainedSession(second, { role: { roleArn }, sessionName: 'u' }).context)).not.toContain('aws:PrincipalTag/own')
  })
})

describe('IRSA', () => {
  const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/E1'
  const sub = 'system:serviceaccount:payments:reader'
  const question: TrustQuestion = {
    roleArn,
    providerArn: providerArnFor(roleArn, issuer),
    issuer,
    claims: { sub, aud: 'sts.amazonaws.com' },
  }
  const web = (host: string, condition: object, account = A) => ({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${host}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  })
  const subject = (host: string, value: unknown = sub) => ({ StringEquals: { [`${host}:sub`]: value } })
  const answer = (...statements: object[]) => decideTrust(question, compile('trust', ...statements)).answer

  test('T29 the session ARN drops the path', () => {
    const session = webIdentitySession({ role: { roleArn }, issuer, sub, aud: 'sts.amazonaws.com', sessionName: 's' })
    expect(sessionArn(session)).toBe(`arn:aws:sts::${A}:assumed-role/reader/s`)
    expect(session.context['aws:PrincipalArn']).toBe(roleArn)
    const byName: Principal = { kind: 'roleSession', roleArn: `arn:aws:iam::${A}:role/reader`, sessionName: 's', pathUnknown: true }
    expect(assume({ resource: trust({ AWS: roleArn }) }, { principal: byName }).decision.answer).toBe('allow')
  })
  test('T30 a session has no aws:username', () => {
    const session = webIdentitySession({ role: { roleArn }, issuer, sub, aud: 'sts.amazonaws.com' })
    const document = compile('identity', { ...all, Resource: 'arn:aws:s3:::b/${aws:username}/*' })
    expect(
      decide(
        {
          principal: session.principal,
          action: 's3:GetObject',
          resource: 'arn:aws:s3:::b/u/a',
          resourceAccount: A,
          context: session.context,
        },
        { identity: [document] },
      ).answer,
    ).toBe('implicitDeny')
  })
  test('T61 a star under StringEquals is a star', () =>
    expect(answer(web(issuer, subject(issuer, 'system:serviceaccount:payments:*')))).toBe('implicitDeny'))
  test('T62 a list of audiences', () => {
    expect(answer(web(issuer, { StringEquals: { [`${issuer}:sub`]: sub, [`${issuer}:aud`]: ['other', 'sts.amazonaws.com'] } }))).toBe(
      'allow',
    )
    expect(answer(web(issuer, { StringEquals: { [`${issuer}:sub`]: sub, [`${issuer}:aud`]: ['other'] } }))).toBe('implicitDeny')
    const many = { ...question, claims: { sub, aud: ['other', 'sts.amazonaws.com'] } }
    expect(decideTrust(many, compile('trust', web(issuer, { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' } }))).answer).toBe(
      'unknown',
    )
  })
  test('T63 one trust for two clusters', () => {
    const other = issuer.replace('E1', 'E2')
    expect(answer(web(other, subject(other)), web(issuer, subject(issuer)))).toBe('allow')
    expect(answer(web(other, subject(other)), web(issuer, subject(other)))).toBe('implicitDeny')
  })
  test('T64 condition keys are compared without case, providers with', () => {
    const loud = issuer.replace('oidc', 'OIDC')
    expect(answer(web(issuer, subject(loud)))).toBe('allow')
    expect(answer(web(loud, subject(issuer)))).toBe('implicitDeny')
  })
  test('T65 other partitions', () => {
    const cn = `arn:aws-cn:iam::${A}:role/reader`
    expect(providerArnFor(cn, 'oidc.eks.cn-north-1.amazonaws.com.cn/id/E')).toBe(
      `arn:aws-cn:iam::${A}:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/E`,
    )
    expect(
      answer({ ...web(issuer, subject(issuer)), Principal: { Federated: question.providerArn.replace('arn:aws:', 'arn:aws-us-gov:') } }),
    ).toBe('implicitDeny')
  })
})
