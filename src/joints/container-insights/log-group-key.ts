import { Unread } from '#base/errors.ts'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Decision } from '#iam/decision.ts'
import type { KmsGrant } from '#iam/kms-grant.ts'
import type { Request } from '#iam/request.ts'
import type { Resource } from '#model/resource.ts'
import { logGroupArn } from '#model/kinds-aws-operations.ts'
import type { Reader } from '#model/world.ts'

export type Group = Resource<'aws/logs/LogGroup'>
export type Key = Resource<'aws/kms/Key'>

/** The principal of CloudWatch Logs in a region. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
export const logsPrincipal = (partition: string, region: string): string =>
  `logs.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`

/** What writing and reading a group's events takes: CloudWatch Logs makes a data key and decrypts with it. */
export const keyActions = ['kms:GenerateDataKey', 'kms:Decrypt'] as const

/** The key that a group names; undefined for one that names none. @throws Unread when it was not read */
export const keyOf = (world: Reader<'aws/kms/Key'>, { body: { kmsKeyId } }: Group): Key | 'gone' | undefined =>
  kmsKeyId === undefined ? undefined : (world.find('aws/kms/Key', kmsKeyId) ?? 'gone')

/**
 * Whether the policy of a key lets CloudWatch Logs do something for a group. The service calls with the group's ARN as encryption context; other keys of a
 * request are not told.
 */
export function logsMay(key: Key, group: Group, action: string, document: unknown = key.body.Policy): Decision {
  if (document === undefined)
    throw new Unread({
      kind: key.kind,
      id: key.id,
      reason: 'the key was read without its policy',
      settle: { by: 'iam', action: 'kms:GetKeyPolicy' },
    })
  const request = logsRequest(key.id, logGroupArn(group.body), action)
  const { Grants } = key.body
  return decide(request, { resource: [compilePolicy(document, 'key')], grants: Grants === undefined ? 'unread' : Grants.flatMap(grantOf) })
}

/** CloudWatch Logs asks for a group. */
export function logsRequest(key: string, group: string, action: string): Request {
  const [, partition = 'aws', , region = '', account = ''] = group.split(':')
  const name = logsPrincipal(partition, region)
  return {
    principal: { kind: 'service', name },
    action,
    resource: key,
    resourceAccount: key.split(':')[4] ?? account,
    context: {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': name,
      'kms:EncryptionContext:aws:logs:arn': group,
      'kms:EncryptionContextKeys': ['aws:logs:arn'],
    },
    unlistedKeys: 'unknown',
  }
}

type Grant = NonNullable<Key['body']['Grants']>[number]
const grantOf = ({ GranteePrincipal, Operations = [] }: Grant): readonly KmsGrant[] =>
  GranteePrincipal === undefined ? [] : [{ GranteePrincipal, Operations }]
