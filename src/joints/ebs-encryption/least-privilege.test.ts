import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Context } from '#iam/request.ts'
import { controllerKeyPolicy, keyPolicy, type KeyPlace } from './least-privilege.ts'
import { keyContext } from './needs.ts'

const account = '111122223333'
const roleArn = `arn:aws:iam::${account}:role/ebs-csi`
const key = `arn:aws:kms:eu-west-1:${account}:key/5b1f0c00-0000-4000-8000-000000000001`
const place: KeyPlace = { keys: [key], partition: 'aws', region: 'eu-west-1' }

const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }
const delegating = compilePolicy({ Version: '2012-10-17', Statement: [root] }, 'key')

/** What the controller, or somebody else, gets with the two documents. */
function ask(action: string, context: Context = {}, resource = key, who = roleArn, where = place) {
  const request = {
    principal: { kind: 'roleSession' as const, roleArn: who, sessionName: 's' },
    action,
    resource,
    context: { ...keyContext(where, account, action), ...context },
  }
  const identity = [compilePolicy(controllerKeyPolicy(where), 'identity')]
  const { Statement, ...rest } = keyPolicy(roleArn, account, where)
  const byKey = compilePolicy({ ...rest, Statement: Statement.slice(1) }, 'key')
  return {
    byRole: decide(request, { identity, resource: [delegating], grants: [] }).answer,
    byKey: decide(request, { identity: [], resource: [byKey], grants: [] }).answer,
  }
}

const both = (answer: string) => ({ byRole: answer, byKey: answer })

describe('the documents about keys', () => {
  it.each(['kms:GenerateDataKeyWithoutPlaintext', 'kms:Decrypt', 'kms:CreateGrant', 'kms:DescribeKey'])(
    'allow %s through EC2, each alone',
    action => expect(ask(action)).toEqual(both('allow')),
  )
  it.each([
    ['kms:Encrypt', {}],
    ['kms:GenerateDataKey', {}],
    ['kms:ReEncryptFrom', {}],
    ['kms:ScheduleKeyDeletion', {}],
    ['kms:DisableKey', {}],
    ['kms:PutKeyPolicy', {}],
    ['kms:RevokeGrant', {}],
    ['kms:CreateGrant', { 'kms:GrantIsForAWSResource': 'false' }],
    ['kms:CreateGrant', { 'kms:GrantIsForAWSResource': null }],
    ['kms:Decrypt', { 'kms:ViaService': null }],
    ['kms:Decrypt', { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' }],
    ['kms:Decrypt', { 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' }],
  ] as const)('do not allow %s with %j', (action, context) => expect(ask(action, context)).toEqual(both('implicitDeny')))
  it('allow nothing on another key, by the role', () => expect(ask('kms:Decrypt', {}, key.replace(/1$/, '2')).byRole).toBe('implicitDeny'))
  it('let no other role in, by the key', () =>
    expect(ask('kms:Decrypt', {}, key, `arn:aws:iam::${account}:role/other`).byKey).toBe('implicitDeny'))
  it('allow what copying between keys takes only where it is asked for', () =>
    expect(ask('kms:ReEncryptTo', {}, key, roleArn, { ...place, reencrypts: true })).toEqual(both('allow')))
  it('name EC2 as China does', () => {
    const china = { keys: ['arn:aws-cn:kms:cn-north-1:111122223333:key/k'], partition: 'aws-cn', region: 'cn-north-1' }
    expect(JSON.stringify(controllerKeyPolicy(china))).toContain('ec2.cn-north-1.amazonaws.com.cn')
  })
})

describe('docs/guide/joints/ebs-encryption.md', () => {
  const page = readFileSync(new URL('../../../docs/guide/joints/ebs-encryption.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown)
  it('shows the documents as they are made', () => expect(blocks).toEqual([controllerKeyPolicy(place), keyPolicy(roleArn, account, place)]))
})
