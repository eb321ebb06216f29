import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicy } from '#iam/compile.ts'
import { valueAt } from '#iam/document.ts'
import { decideTrust } from '#iam/web-identity.ts'
import { trustQuestion, type WebIdentityToken } from '#joints/trust.ts'
import { diagnose, type Cause } from './trust-diagnosis.ts'
import type { FaultKind } from './statement-faults.ts'

const id = 'EXAMPLED539D4633E53DE1B716D3041E'
const issuer = `oidc.eks.eu-west-1.amazonaws.com/id/${id}`
const otherCluster = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const otherRegion = `oidc.eks.eu-west-2.amazonaws.com/id/${id}`
const roleArn = 'arn:aws:iam::111122223333:role/s3-reader'
const providerOf = (name: string, account = '111122223333', partition = 'aws') => `arn:${partition}:iam::${account}:oidc-provider/${name}`
const subject = 'system:serviceaccount:payments:reader'
const audience = 'sts.amazonaws.com'
const token: WebIdentityToken = { provider: providerOf(issuer), issuer, subject, audience }

const policyOf = (statement: unknown) => compilePolicy({ Version: '2012-10-17', Statement: statement }, 'trust')

function irsa(Condition: object, more: object = {}) {
  return { Effect: 'Allow', Principal: { Federated: token.provider }, Action: 'sts:AssumeRoleWithWebIdentity', Condition, ...more }
}

const claims = (sub: unknown, aud: unknown = audience, name = issuer) => ({ [`${name}:sub`]: sub, [`${name}:aud`]: aud })
const exact = (sub: unknown = subject, aud: unknown = audience, name = issuer) => irsa({ StringEquals: claims(sub, aud, name) })
const github = {
  Effect: 'Allow',
  Principal: { Federated: providerOf('token.actions.githubusercontent.com') },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:shop/*' } },
}
const ec2 = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }

/** What the trust table of the knowledge base calls broken or ok, each in the forms that people write. */
const allowed: readonly (readonly [string, unknown])[] = [
  ['exact subject and audience', exact()],
  ['a list that holds the subject', exact(['system:serviceaccount:a:b', subject])],
  ['glob over the namespace', irsa({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:payments:*' } })],
  ['glob over every namespace', irsa({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:*:reader' } })],
  ['prefix of a namespace', irsa({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:pay*:*' } })],
  ['StringLike without a wildcard', irsa({ StringLike: claims(subject) })],
  ['no subject', irsa({ StringEquals: { [`${issuer}:aud`]: audience } })],
  ['no audience', irsa({ StringEquals: { [`${issuer}:sub`]: subject } })],
  ['StringNotEquals in an Allow', irsa({ StringNotEquals: { [`${issuer}:sub`]: 'system:serviceaccount:a:b' } })],
  ['ForAllValues', irsa({ 'ForAllValues:StringLike': { [`${issuer}:sub`]: subject } })],
  ['IfExists', irsa({ StringEqualsIfExists: claims(subject) })],
  ['keys in another case', irsa({ StringEquals: { [`${issuer.toUpperCase()}:SUB`]: subject } })],
  ['every action of STS', { ...exact(), Action: 'sts:*' }],
  ['everyone', { ...exact(), Principal: '*' }],
  ['every provider', { ...exact(), Principal: { Federated: '*' } }],
  ['two clusters', [{ ...exact(subject, audience, otherCluster), Principal: { Federated: providerOf(otherCluster) } }, exact()]],
]

const sub = (name: string, value: unknown) => ({ [`${name}:sub`]: value })

const denied: readonly (readonly [string, unknown, Cause, FaultKind, 'mended' | 'unmended'])[] = [
  ['sts:AssumeRole only', { ...exact(), Action: 'sts:AssumeRole' }, 'action', 'action', 'mended'],
  ['a list of other actions', { ...exact(), Action: ['sts:AssumeRole', 'sts:TagSession'] }, 'action', 'action', 'mended'],
  ['action and wildcard', { ...exact('system:serviceaccount:payments:*'), Action: 'sts:AssumeRole' }, 'action', 'action', 'mended'],
  ['https:// in the keys', exact(subject, audience, `https://${issuer}`), 'issuer', 'issuer', 'mended'],
  ['keys of another cluster', exact(subject, audience, otherCluster), 'issuer', 'issuer', 'mended'],
  ['keys of another region', exact(subject, audience, otherRegion), 'issuer', 'issuer', 'mended'],
  [
    'one key of another cluster',
    irsa({ StringEquals: { [`${issuer}:aud`]: audience, ...sub(otherCluster, subject) } }),
    'issuer',
    'issuer',
    'mended',
  ],
  ['a key of another provider', irsa({ StringEquals: sub('token.actions.githubusercontent.com', subject) }), 'issuer', 'issuer', 'mended'],
  [
    'wrong issuer and a literal wildcard',
    irsa({ StringEquals: sub(otherCluster, 'system:serviceaccount:payments:*') }),
    'issuer',
    'issuer',
    'mended',
  ],
  [
    'principal of another account',
    { ...exact(), Principal: { Federated: providerOf(issuer, '999988887777') } },
    'issuer',
    'issuer',
    'mended',
  ],
  [
    'principal of another partition',
    { ...exact(), Principal: { Federated: providerOf(issuer, '111122223333', 'aws-cn') } },
    'issuer',
    'issuer',
    'mended',
  ],
  ['principal with https://', { ...exact(), Principal: { Federated: providerOf(`https://${issuer}`) } }, 'issuer', 'issuer', 'mended'],
  ['principal in lower case', { ...exact(), Principal: { Federated: providerOf(issuer.toLowerCase()) } }, 'issuer', 'issuer', 'mended'],
  ['principal without its ARN', { ...exact(), Principal: { Federated: issuer } }, 'issuer', 'issuer', 'mended'],
  ['principal of a deleted provider', { ...exact(), Principal: { Federated: providerOf(otherCluster) } }, 'issuer', 'issuer', 'mended'],
  [
    'a list of other providers',
    { ...exact(), Principal: { Federated: [providerOf(otherCluster), providerOf(otherRegion)] } },
    'issuer',
    'issuer',
    'mended',
  ],
  [
    'a whole statement of another cluster',
    { ...exact(subject, audience, otherCluster), Principal: { Federated: providerOf(otherCluster) } },
    'issuer',
    'issuer',
    'mended',
  ],
  ['subject under aud', irsa({ StringEquals: { [`${issuer}:aud`]: subject } }), 'swapped', 'swapped', 'mended'],
  ['subject under aud, beside the right one', exact(subject, subject), 'swapped', 'swapped', 'mended'],
  ['audience under sub', irsa({ StringEquals: { [`${issuer}:sub`]: audience } }), 'swapped', 'swapped', 'mended'],
  ['both swapped', exact(audience, subject), 'swapped', 'swapped', 'mended'],
  ['pattern under aud', irsa({ StringLike: { [`${issuer}:aud`]: 'system:serviceaccount:payments:*' } }), 'swapped', 'swapped', 'mended'],
  ['star under StringEquals', exact('system:serviceaccount:payments:*'), 'wildcard', 'wildcard', 'mended'],
  ['question mark under StringEquals', exact('system:serviceaccount:payments:reade?'), 'wildcard', 'wildcard', 'mended'],
  ['star in a list', exact(['system:serviceaccount:a:b', 'system:serviceaccount:payments:*']), 'wildcard', 'wildcard', 'mended'],
  [
    'star under StringEqualsIgnoreCase',
    irsa({ StringEqualsIgnoreCase: sub(issuer, 'system:serviceaccount:payments:*') }),
    'wildcard',
    'wildcard',
    'mended',
  ],
  [
    'star under both operators',
    irsa({ StringEquals: sub(issuer, 'system:serviceaccount:payments:*'), StringLike: sub(issuer, 'system:*') }),
    'wildcard',
    'wildcard',
    'mended',
  ],
  ['another namespace', exact('system:serviceaccount:default:reader'), 'other', 'subject', 'mended'],
  ['another name', exact('system:serviceaccount:payments:writer'), 'other', 'subject', 'mended'],
  ['a star of another namespace', exact('system:serviceaccount:default:*'), 'other', 'subject', 'mended'],
  ['a pattern of another namespace', irsa({ StringLike: sub(issuer, 'system:serviceaccount:prod*:*') }), 'other', 'subject', 'mended'],
  ['a subject in another case', exact('system:serviceaccount:Payments:reader'), 'other', 'subject', 'mended'],
  ['another subject under aud', irsa({ StringEquals: { [`${issuer}:aud`]: 'system:serviceaccount:a:b' } }), 'other', 'subject', 'mended'],
  ['another audience', exact(subject, 'vault'), 'other', 'audience', 'mended'],
  ['ArnLike', irsa({ ArnLike: sub(issuer, subject) }), 'other', 'operator', 'mended'],
  ['a negated operator', irsa({ StringNotEquals: sub(issuer, subject) }), 'other', 'excluded', 'unmended'],
  ['an organization', irsa({ StringEquals: { ...claims(subject), 'aws:PrincipalOrgID': 'o-example' } }), 'other', 'condition', 'unmended'],
  ['no key at all', irsa({ Null: sub(issuer, 'true') }), 'other', 'condition', 'unmended'],
  ['NotAction', { ...exact(), Action: undefined, NotAction: 'sts:AssumeRoleWithWebIdentity' }, 'other', 'not-action', 'unmended'],
  ['an operator that does not exist', irsa({ StringEqual: claims(subject) }), 'other', 'invalid', 'unmended'],
  ['an explicit Deny', [exact(), { ...exact(), Effect: 'Deny' }], 'other', 'excluded', 'unmended'],
  [
    'a Deny with exceptions',
    [exact(), { ...irsa({ StringNotEquals: sub(issuer, 'system:serviceaccount:a:b') }), Effect: 'Deny' }],
    'other',
    'excluded',
    'mended',
  ],
  ['nothing for this cluster', [ec2, github], 'other', 'foreign', 'mended'],
  ['no statement', [], 'other', 'foreign', 'mended'],
  [
    'another service account of another cluster',
    { ...exact('system:serviceaccount:a:b', audience, otherCluster), Principal: { Federated: providerOf(otherCluster) } },
    'other',
    'subject',
    'mended',
  ],
]

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a trust that allows has no diagnosis', () => {
  test.each(allowed)('%s', (_, statement) => {
    expect(diagnose(policyOf(statement), roleArn, token)).toBeUndefined()
  })
})

describe('a trust that denies has one cause', () => {
  test.each(denied)('%s', (_, statement, cause, kind, mended) => {
    const policy = policyOf(plain(statement))
    const diagnosis = diagnose(policy, roleArn, token)
    expect([diagnosis?.cause, diagnosis?.faults[0].kind]).toEqual([cause, kind])
    for (const fault of diagnosis?.faults ?? []) expect(valueAt(policy.document, fault.path), fault.label).toBeDefined()
    expect(diagnosis?.mended === undefined ? 'unmended' : 'mended').toBe(mended)
    if (diagnosis?.mended !== undefined) expect(answerOf(diagnosis.mended)).toBe('allow')
  })
  test('the nearest statement is named, wherever it stands', () => {
    const policy = policyOf([ec2, github, exact('system:serviceaccount:shop:web'), exact('system:serviceaccount:payments:*')])
    const diagnosis = diagnose(policy, roleArn, token)
    expect(diagnosis?.cause).toBe('wildcard')
    expect(diagnosis?.faults[0].path).toEqual(['Statement', 3, 'Condition', 'StringEquals', `${issuer}:sub`])
  })
  test('a statement that works for another cluster stays as it is', () => {
    const theirs = { ...exact(subject, audience, otherCluster), Principal: { Federated: providerOf(otherCluster) } }
    expect(diagnose(policyOf(theirs), roleArn, token)?.mended).toEqual({ Version: '2012-10-17', Statement: [theirs, exact()] })
  })
  test('a statement whose principal is of a deleted cluster is rewritten, for its keys are of this one', () => {
    const stale = { ...exact(), Principal: { Federated: providerOf(otherCluster) } }
    expect(diagnose(policyOf(stale), roleArn, token)?.mended).toEqual({ Version: '2012-10-17', Statement: exact() })
  })
  test('moving the only key of an operator leaves no empty operator behind', () => {
    const mended = diagnose(policyOf(irsa({ StringEquals: sub(issuer, 'system:serviceaccount:payments:*') })), roleArn, token)?.mended
    expect(mended).toEqual({ Version: '2012-10-17', Statement: irsa({ StringLike: sub(issuer, 'system:serviceaccount:payments:*') }) })
  })
  test('a wildcard that reaches beyond one namespace is not made real', () => {
    for (const pattern of ['*', 'system:serviceaccount:*:reader', 'system:serviceaccount:pay*:*']) {
      const mended = diagnose(policyOf(exact(pattern)), roleArn, token)?.mended
      expect(mended).toEqual({ Version: '2012-10-17', Statement: exact() })
    }
  })
  test('statements for other callers are never rewritten', () => {
    const mended = diagnose(policyOf([github, ec2]), roleArn, token)?.mended as { Statement: unknown[] }
    expect(mended.Statement.slice(0, 2)).toEqual([github, ec2])
  })
})

const answerOf = (document: unknown) => decideTrust(trustQuestion(roleArn, token), compilePolicy(document, 'trust')).answer

const issuers = fc.constantFrom(
  issuer,
  issuer,
  issuer,
  otherCluster,
  otherRegion,
  `https://${issuer}`,
  'token.actions.githubusercontent.com',
)
const values = fc.constantFrom(
  subject,
  audience,
  'vault',
  '*',
  'system:serviceaccount:payments:*',
  'system:serviceaccount:*:reader',
  'system:serviceaccount:default:reader',
  'system:serviceaccount:payments:writer',
)
const operators = fc.constantFrom(
  'StringEquals',
  'StringEquals',
  'StringLike',
  'StringNotEquals',
  'StringEqualsIfExists',
  'ForAnyValue:StringLike',
  'ArnLike',
  'Null',
  'Oops',
)
const keys = fc.tuple(issuers, fc.constantFrom(':sub', ':aud', ':sub', ':amr')).map(parts => parts.join(''))
const anyKey = fc.oneof({ weight: 9, arbitrary: keys }, { weight: 1, arbitrary: fc.constantFrom('aws:SourceIp', 'aws:PrincipalOrgID') })
const conditions = fc.dictionary(operators, fc.dictionary(anyKey, fc.oneof(values, fc.array(values, { maxLength: 3 })), { maxKeys: 3 }), {
  maxKeys: 2,
})
const principals = fc.oneof(
  { weight: 6, arbitrary: issuers.map(name => ({ Federated: providerOf(name) })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '*',
      { Service: 'ec2.amazonaws.com' },
      { Federated: [providerOf(otherCluster), 'accounts.google.com'] },
      { AWS: '111122223333' },
    ),
  },
)
const actions = fc.constantFrom(
  'sts:AssumeRoleWithWebIdentity',
  'sts:AssumeRoleWithWebIdentity',
  'sts:AssumeRole',
  ['sts:AssumeRole', 'sts:TagSession'],
  'sts:*',
  'nothing',
)
const statements = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  Principal: principals,
  Action: actions,
  Condition: conditions,
})
const documents = fc.oneof(statements, fc.array(statements, { maxLength: 4 })).map(Statement => ({ Version: '2012-10-17', Statement }))

test('names a cause if and only if the engine denies, and its mend is let in', () => {
  fc.assert(
    fc.property(documents, document => {
      const policy = compilePolicy(document, 'trust')
      const { answer } = decideTrust(trustQuestion(roleArn, token), policy)
      const diagnosis = diagnose(policy, roleArn, token)
      expect(diagnosis !== undefined).toBe(answer === 'explicitDeny' || answer === 'implicitDeny')
      for (const fault of diagnosis?.faults ?? []) expect(valueAt(document, fault.path), `${fault.kind} ${fault.label}`).toBeDefined()
      if (diagnosis?.mended !== undefined) expect(['allow', 'unknown']).toContain(answerOf(diagnosis.mended))
    }),
    { numRuns: 3000 },
  )
})

test('no mend lets in a service account that no value of the policy fits', () => {
  const stranger = { ...trustQuestion(roleArn, token), claims: { sub: 'system:serviceaccount:evil:pod', aud: audience } }
  const answerTo = (document: unknown) => decideTrust(stranger, compilePolicy(document, 'trust')).answer
  const fitsNobodyElse = (document: object) =>
    !/"\*|:\*:|Not|IfExists|ForAnyValue|Null/.test(JSON.stringify(document).replaceAll('"Principal":"*"', ''))
  fc.assert(
    fc.property(documents.filter(fitsNobodyElse), document => {
      const mended = diagnose(compilePolicy(document, 'trust'), roleArn, token)?.mended
      if (mended !== undefined && answerTo(document) !== 'allow') expect(answerTo(mended)).not.toBe('allow')
    }),
    { numRuns: 2000 },
  )
})
