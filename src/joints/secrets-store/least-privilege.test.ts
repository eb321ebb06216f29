import { describe, expect, it } from 'vitest'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Context, Request } from '#iam/request.ts'
import { leastPrivilege } from './least-privilege.ts'

const role = 'arn:aws:iam::444455556666:role/api'
const own = '444455556666'
const other = '111122223333'
const secret = (name: string, account = own) => `arn:aws:secretsmanager:eu-west-1:${account}:secret:${name}`
const key = (name: string, account = own) => `arn:aws:kms:eu-west-1:${account}:key/${name}`
const parameter = `arn:aws:ssm:eu-west-1:${own}:parameter/shop/rates`

const input = {
  roleArn: role,
  describes: false,
  mounted: [
    { arn: secret('shop/db-AbCdEf'), keyArn: key('one') },
    { arn: secret('shop/api-GhIjKl') },
    { arn: secret('shared/tls-MnOpQr', other), keyArn: key('theirs', other) },
    { arn: parameter, keyArn: key('one') },
  ],
}
const documents = leastPrivilege(input)
const identity = compilePolicy(documents.identity, 'identity')

const decrypt = (service: string, context: Readonly<Record<string, string>>): Context => ({
  'kms:ViaService': `${service}.eu-west-1.amazonaws.com`,
  ...Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
})

const delegating = compilePolicy({ Statement: { Effect: 'Allow', Principal: { AWS: own }, Action: 'kms:*', Resource: '*' } }, 'key')

/** With the documents in their places: the role's, those of the other account's secrets and keys, and key policies that delegate to their own account. */
function answer(action: string, resource: string, context: Context = {}) {
  const account = resource.split(':')[4] ?? ''
  const [service] = action.split(':')
  const ofKey = documents.keys.get(resource)
  const ofSecret = documents.secrets.get(resource)
  const policy =
    service === 'kms'
      ? account === own
        ? [delegating]
        : ofKey === undefined
          ? []
          : [compilePolicy({ Version: '2012-10-17', Statement: [ofKey] }, 'key')]
      : ofSecret === undefined
        ? []
        : [compilePolicy(ofSecret, 'resource')]
  const request: Request = {
    principal: { kind: 'roleSession', roleArn: role, sessionName: 'x' },
    action,
    resource,
    context,
    unlistedKeys: 'absent',
    resourceAccount: account,
  }
  return decide(request, { identity: [identity], resource: policy }).answer
}

describe('least privilege for what is mounted', () => {
  it.each([
    ['secretsmanager:GetSecretValue', secret('shop/db-AbCdEf'), {}],
    ['secretsmanager:GetSecretValue', secret('shop/db-ZzZzZz'), {}],
    ['secretsmanager:GetSecretValue', secret('shop/api-GhIjKl'), {}],
    ['secretsmanager:GetSecretValue', secret('shared/tls-MnOpQr', other), {}],
    ['ssm:GetParameters', parameter, {}],
    ['kms:Decrypt', key('one'), decrypt('secretsmanager', { SecretARN: secret('shop/db-AbCdEf') })],
    ['kms:Decrypt', key('one'), decrypt('ssm', { PARAMETER_ARN: parameter })],
    ['kms:Decrypt', key('theirs', other), decrypt('secretsmanager', { SecretARN: secret('shared/tls-MnOpQr', other) })],
  ])('allows %s on %s', (action, resource, context) => expect(answer(action, resource, context)).toBe('allow'))
  it.each([
    ['secretsmanager:GetSecretValue', secret('shop/db-prod-AbCdEf'), {}],
    ['secretsmanager:GetSecretValue', secret('shop/other-AbCdEf'), {}],
    ['secretsmanager:GetSecretValue', secret('shared/other-AbCdEf', other), {}],
    ['secretsmanager:DescribeSecret', secret('shop/db-AbCdEf'), {}],
    ['secretsmanager:PutSecretValue', secret('shop/db-AbCdEf'), {}],
    ['secretsmanager:ListSecrets', '*', {}],
    ['ssm:GetParameters', `${parameter}-more`, {}],
    ['ssm:GetParameter', parameter, {}],
    ['ssm:GetParametersByPath', parameter, {}],
    ['kms:Decrypt', key('one'), {}],
    ['kms:Decrypt', key('one'), decrypt('s3', { SecretARN: secret('shop/db-AbCdEf') })],
    ['kms:Decrypt', key('one'), decrypt('secretsmanager', { SecretARN: secret('shop/other-AbCdEf') })],
    ['kms:Decrypt', key('two'), decrypt('secretsmanager', { SecretARN: secret('shop/db-AbCdEf') })],
    ['kms:Decrypt', key('theirs', other), {}],
    ['kms:Encrypt', key('one'), decrypt('secretsmanager', { SecretARN: secret('shop/db-AbCdEf') })],
    ['kms:CreateGrant', key('one'), {}],
  ])('does not allow %s on %s', (action, resource, context) => expect(answer(action, resource, context)).toBe('implicitDeny'))
  it('describes where the driver does', () => {
    const { identity: document } = leastPrivilege({ ...input, describes: true })
    expect(JSON.stringify(document)).toContain('secretsmanager:DescribeSecret')
  })
  it('has documents without problems', () => {
    expect(identity.problems).toEqual([])
    expect(documents.keys.size).toBe(2)
    expect([...documents.secrets.keys()]).toEqual([secret('shared/tls-MnOpQr', other)])
  })
  it('knows the partition', () => {
    const cn = leastPrivilege({
      roleArn: role.replace('aws', 'aws-cn'),
      describes: false,
      mounted: [
        {
          arn: 'arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:a-AbCdEf',
          keyArn: 'arn:aws-cn:kms:cn-north-1:444455556666:key/k',
        },
      ],
    })
    expect(JSON.stringify(cn.identity)).toContain('secretsmanager.cn-north-1.amazonaws.com.cn')
  })
})
