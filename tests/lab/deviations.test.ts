import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { beforeAll, expect, test } from 'vitest'
import { deviations, type TrustFacts } from './deviations.ts'
import { policyText } from './iam-principal.ts'
import { describeLab } from './shared-lab.ts'

describeLab('where the lab decides differently from AWS', lab => {
  // An account of its own, so that its provider meets no other suite's.
  const accountId = '777788889999'
  const root = { accessKeyId: accountId, secretAccessKey: 'root' }
  const issuerKey = lab.issuer.replace('https://', '')
  const facts: TrustFacts = {
    providerArn: `arn:aws:iam::${accountId}:oidc-provider/${issuerKey}`,
    issuerKey,
    subject: 'system:serviceaccount:default:default',
  }

  beforeAll(async () => {
    const provider = { Url: lab.issuer, ClientIDList: ['sts.amazonaws.com'] }
    await new IAMClient(lab.aws(root)).send(new CreateOpenIDConnectProviderCommand(provider))
  })

  async function decide(name: string, ...statements: object[]): Promise<'allowed' | 'denied'> {
    const trust = { RoleName: name, AssumeRolePolicyDocument: policyText(statements) }
    const { Role: role } = await new IAMClient(lab.aws(root)).send(new CreateRoleCommand(trust))
    const token = await lab.mintToken('default', 'default')
    const call = { RoleArn: role?.Arn, RoleSessionName: 'deviations', WebIdentityToken: token }
    try {
      await new STSClient(lab.aws(root)).send(new AssumeRoleWithWebIdentityCommand(call))
      return 'allowed'
    } catch (error) {
      if ((error as Error).message !== 'Not authorized to perform sts:AssumeRoleWithWebIdentity') throw error
      return 'denied'
    }
  }

  test.for(deviations)('$id: AWS $aws, the lab $lab', async ({ id, statement, lab: decision }) => {
    expect(await decide(id, statement(facts))).toBe(decision)
  })

  // What the lab decides as AWS does, though one might doubt it.
  const agreements: readonly (readonly [string, object, 'allowed' | 'denied'])[] = [
    ['keys-ignore-case', { StringEquals: { [`${issuerKey}:SUB`.toUpperCase()]: facts.subject } }, 'allowed'],
    ['values-keep-case', { StringEquals: { [`${issuerKey}:sub`]: facts.subject.toUpperCase() } }, 'denied'],
    ['star-is-literal-in-string-equals', { StringEquals: { [`${issuerKey}:sub`]: 'system:*' } }, 'denied'],
    ['string-like', { StringLike: { [`${issuerKey}:sub`]: 'system:serviceaccount:default:*' } }, 'allowed'],
    ['absent-key', { StringEquals: { [`${issuerKey}:absent`]: 'x' } }, 'denied'],
    ['absent-key-negated', { StringNotEquals: { [`${issuerKey}:absent`]: 'x' } }, 'allowed'],
    ['absent-key-if-exists', { StringEqualsIfExists: { [`${issuerKey}:absent`]: 'x' } }, 'allowed'],
    ['absent-key-for-all-values', { 'ForAllValues:StringEquals': { [`${issuerKey}:absent`]: 'x' } }, 'allowed'],
    ['absent-key-for-any-value', { 'ForAnyValue:StringEquals': { [`${issuerKey}:absent`]: 'x' } }, 'denied'],
    ['audience-of-a-list', { StringEquals: { [`${issuerKey}:aud`]: 'sts.amazonaws.com' } }, 'allowed'],
    ['several-values', { StringEquals: { [`${issuerKey}:sub`]: ['x', facts.subject] } }, 'allowed'],
    ['several-values-negated', { StringNotEquals: { [`${issuerKey}:sub`]: ['x', facts.subject] } }, 'denied'],
    ['secure-transport', { Bool: { 'aws:SecureTransport': 'true' } }, 'allowed'],
  ]

  test.for(agreements)('%s', async ([name, condition, decision]) => {
    const principal = { Federated: facts.providerArn }
    const statement = {
      Effect: 'Allow',
      Principal: principal,
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: condition,
    }
    expect(await decide(name, statement)).toBe(decision)
  })

  test('a Deny that matches wins over an Allow, in either order', async () => {
    const action = 'sts:AssumeRoleWithWebIdentity'
    const everybody = { Effect: 'Allow', Principal: { Federated: facts.providerArn }, Action: action }
    const deny = { ...everybody, Effect: 'Deny', Condition: { StringEquals: { [`${issuerKey}:sub`]: facts.subject } } }
    expect(await decide('deny-last', everybody, deny)).toBe('denied')
    expect(await decide('deny-first', deny, everybody)).toBe('denied')
    expect(await decide('no-deny', everybody)).toBe('allowed')
  })
})
