import type { PolicyDocument, Statement } from '#iam/document.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import { declaredReads, type DeclaredRead, type DeclaredReader } from './declared-reads.ts'

/**
 * The smallest identity policy by which a workload reads what it declares, mounts included.
 * @throws Unread when a secret, a parameter or its key was not read, UserError when there is none of that name
 */
export const readDocument = (world: DeclaredReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: declaredReads(world, cluster, workload).flatMap(statementsFor),
})

function statementsFor(declared: DeclaredRead): readonly Statement[] {
  const { read, arn, key } = declared
  const own: Statement = { Effect: 'Allow', Action: actionsOf(read), Resource: arn }
  return key === undefined ? [own] : [own, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key, Condition: throughService(declared) }]
}

/**
 * A mount describes too: drivers before 1.6.0 describe a secret before they rotate it, and which one the add-on brings is known only when it is there.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrating_ascp_irsa.html
 */
function actionsOf({ is, isMounted }: DeclaredRead['read']): string | readonly string[] {
  if (is === 's3') return 's3:GetObject'
  if (is === 'parameter') return ['ssm:GetParameter', 'ssm:GetParameters']
  return isMounted === true ? ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'] : 'secretsmanager:GetSecretValue'
}

/**
 * A key is used only through the service that keeps the value, and only for this one: it says so in the encryption context.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-encryption-context
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html#parameter-store-encryption-context
 */
export function throughService({ read, arn }: DeclaredRead): NonNullable<Statement['Condition']> {
  const [, partition, , region = ''] = arn.split(':')
  const [service, context] = read.is === 'parameter' ? (['ssm', 'PARAMETER_ARN'] as const) : (['secretsmanager', 'SecretARN'] as const)
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return { StringEquals: { [`kms:EncryptionContext:${context}`]: arn, 'kms:ViaService': `${service}.${region}.${domain}` } }
}
