import { describe, expect, test } from 'vitest'
import { compilePolicy } from './compile.ts'
import { applyEdits } from './edit.ts'
import { explainPolicy } from './explain.ts'
import { healTrust } from './heal.ts'
import { valueAt } from './document.ts'
import { decideTrust, trustIndex, trustRequest, type TrustQuestion } from './web-identity.ts'

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE'
const provider = `arn:aws:iam::111122223333:oidc-provider/${issuer}`
const sub = 'system:serviceaccount:payments:reader'
const question: TrustQuestion = {
  roleArn: 'arn:aws:iam::111122223333:role/s3-reader',
  providerArn: provider,
  issuer,
  claims: { sub, aud: 'sts.amazonaws.com' },
}

function trust(statement: object | object[]) {
  return compilePolicy({ Version: '2012-10-17', Statement: statement }, 'trust')
}

function irsa(Condition: object, more: object = {}) {
  return { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity', Condition, ...more }
}

const good = irsa({ StringEquals: { [`${issuer}:sub`]: sub, [`${issuer}:aud`]: 'sts.amazonaws.com' } })

/** The trust table: how a statement is written, and what a token of payments/reader gets. */
const table: readonly (readonly [string, object | object[], string])[] = [
  ['exact subject and audience', good, 'allow'],
  ['glob over the namespace', irsa({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:payments:*' } }), 'allow'],
  ['glob over every namespace', irsa({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:*:reader' } }), 'allow'],
  ['prefix of a namespace', irsa({ StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:pay*:*' } }), 'allow'],
  ['star under StringEquals', irsa({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:payments:*' } }), 'implicitDeny'],
  ['StringLike without a star', irsa({ StringLike: { [`${issuer}:sub`]: sub } }), 'allow'],
  ['no subject at all', irsa({ StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' } }), 'allow'],
  ['subject under aud', irsa({ StringEquals: { [`${issuer}:aud`]: sub } }), 'implicitDeny'],
  ['everyone except another', irsa({ StringNotEquals: { [`${issuer}:sub`]: 'system:serviceaccount:a:b' } }), 'allow'],
  ['ForAllValues', irsa({ 'ForAllValues:StringEquals': { [`${issuer}:sub`]: sub } }), 'allow'],
  ['IfExists', irsa({ StringEqualsIfExists: { [`${issuer}:sub`]: sub } }), 'allow'],
  ['key with https://', irsa({ StringEquals: { [`https://${issuer}:sub`]: sub } }), 'implicitDeny'],
  ['key of another cluster', irsa({ StringEquals: { [`${issuer.replace('EXAMPLE', 'OTHER')}:sub`]: sub } }), 'implicitDeny'],
  ['provider of another account', { ...good, Principal: { Federated: provider.replace('111122223333', '999999999999') } }, 'implicitDeny'],
  ['sts:AssumeRole only', { ...good, Action: 'sts:AssumeRole' }, 'implicitDeny'],
  ['sts:*', { ...good, Action: 'sts:*' }, 'allow'],
  ['everyone', { ...good, Principal: '*' }, 'allow'],
  ['every provider', { ...good, Principal: { Federated: '*' } }, 'allow'],
  ['a Deny on the subject', [good, { ...irsa({ StringLike: { [`${issuer}:sub`]: '*:reader' } }), Effect: 'Deny' }], 'explicitDeny'],
  ['an operator that does not exist', irsa({ StringEqual: { [`${issuer}:sub`]: sub } }), 'implicitDeny'],
  ['a source address nobody read', irsa({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }), 'unknown'],
]

describe('trust policies', () => {
  test.each(table)('%s', (_, statement, answer) => {
    const policy = trust(statement)
    const decision = decideTrust(question, policy)
    expect(decision.answer).toBe(answer)
    for (const trace of explainPolicy(trustRequest(question), policy)) {
      for (const difference of trace.differences) expect(valueAt(policy.document, difference.path)).toBeDefined()
    }
    for (const heal of healTrust(question, policy)) {
      const healed = compilePolicy(applyEdits(policy.document, heal.edits), 'trust')
      expect(healed.problems.map(problem => problem.code)).toEqual(policy.problems.map(problem => problem.code))
      expect(['allow', 'unknown']).toContain(decideTrust(question, healed).answer)
    }
  })

  test('points at the value that decides', () => {
    const policy = trust(irsa({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:default:reader' } }))
    const [trace] = explainPolicy(trustRequest(question), policy)
    expect(trace).toMatchObject({ outcome: 'differs', statement: 0, effect: 'Allow' })
    expect(trace?.differences).toEqual([
      {
        element: 'Condition',
        path: ['Statement', 'Condition', 'StringEquals', `${issuer}:sub`],
        operator: 'StringEquals',
        key: `${issuer}:sub`,
        expected: ['system:serviceaccount:default:reader'],
        actual: [sub],
        unknown: false,
      },
    ])
  })
})

describe('healing a trust policy', () => {
  const cases: readonly (readonly [string, object | object[], string[]])[] = [
    [
      'another subject',
      irsa({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:default:reader' } }),
      ['addValue', 'changeValue', 'addStatement'],
    ],
    [
      'star under StringEquals',
      irsa({ StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:payments:*' } }),
      ['changeValue', 'changeOperator', 'addStatement'],
    ],
    ['subject under aud', irsa({ StringEquals: { [`${issuer}:aud`]: sub } }), ['changeValue', 'addStatement']],
    ['https:// in the key', irsa({ StringEquals: { [`https://${issuer}:sub`]: sub } }), ['renameKey', 'addStatement']],
    ['wrong action', { ...good, Action: 'sts:AssumeRole' }, ['addAction', 'addStatement']],
    ['stale provider', { ...good, Principal: { Federated: `${provider}X` } }, ['changePrincipal', 'addPrincipal', 'addStatement']],
    ['a Deny without exceptions', [good, { ...good, Effect: 'Deny' }], []],
    ['a Deny with exceptions', [good, { ...irsa({ StringNotEquals: { [`${issuer}:sub`]: 'x' } }), Effect: 'Deny' }], ['exemptFromDeny']],
    ['nothing of ours', { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }, ['addStatement']],
  ]
  test.each(cases)('%s', (_, statement, kinds) => {
    const policy = trust(statement)
    const heals = healTrust(question, policy)
    expect(heals.map(heal => heal.kind)).toEqual(expect.arrayContaining(kinds))
    expect(heals[0]?.kind).toBe(kinds[0])
    for (const heal of heals) {
      const healed = compilePolicy(applyEdits(policy.document, heal.edits), 'trust')
      expect(decideTrust(question, healed).answer).toBe('allow')
      // No heal may open the role to another service account of another name.
      const other = { ...question, claims: { ...question.claims, sub: 'system:serviceaccount:evil:pod' } }
      expect(decideTrust(other, healed).answer).toBe(decideTrust(other, policy).answer)
    }
  })
})

test('the index answers as the decision does', () => {
  const entries = table.map(([, statement], i) => ({ roleArn: `arn:aws:iam::111122223333:role/r${i}`, trust: trust(statement) }))
  const index = trustIndex(entries, { issuer, aud: 'sts.amazonaws.com' })
  for (const subject of [sub, 'system:serviceaccount:a:b', 'system:serviceaccount:payments:*']) {
    const slow = entries.flatMap((entry, role) => {
      const decision = decideTrust({ ...question, roleArn: entry.roleArn, claims: { sub: subject, aud: 'sts.amazonaws.com' } }, entry.trust)
      return decision.answer === 'allow' || decision.answer === 'unknown' ? [{ role, decision }] : []
    })
    expect(index.rolesFor(subject)).toEqual(slow)
  }
})
