import type { Statement } from '#iam/document.ts'
import type { AccessReader } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { judgeNeed, type JudgedNeed } from '../irsa/need.ts'
import type { Home } from './home.ts'
import type { Key } from './keys.ts'
import { keyActions, keyContext } from './needs.ts'
import type { Role } from './operator.ts'

type Place = Omit<Home, 'cluster'>

/** The role by which Auto Scaling starts the nodes of managed node groups. https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html */
export const autoScalingRole = ({ partition, account }: Place): string =>
  `arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`

/** What starting an instance with an encrypted volume asks of the key. Whether `kms:ViaService` is then EC2 or Auto Scaling is not documented. */
export function judgeAutoScaling(world: AccessReader, role: Role, key: Key, place: Place): readonly JudgedNeed[] {
  const caller = roleCaller(world, role)
  return keyActions.class.map(action => {
    const context = {
      ...keyContext(place, place.account, action),
      'kms:ViaService': { unknown: 'whether EC2 or Auto Scaling is named there is not documented' },
    }
    return judgeNeed(world, caller, { action, resource: key.id, by: 'controller', context })
  })
}

/**
 * Those of the statements that AWS asks for in the policy of the key which allow what is denied.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
export function autoScalingStatements(roleArn: string, denied: readonly JudgedNeed[]): readonly Statement[] {
  const isGrant = ({ need }: JudgedNeed) => need.action === 'kms:CreateGrant'
  return [...(denied.every(isGrant) ? [] : [useOf(roleArn)]), ...(denied.some(isGrant) ? [grantOf(roleArn)] : [])]
}

const useOf = (roleArn: string): Statement => ({
  Sid: 'AutoScalingUsesTheKey',
  Effect: 'Allow',
  Principal: { AWS: roleArn },
  Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
  Resource: '*',
})

const grantOf = (roleArn: string): Statement => ({
  Sid: 'AutoScalingGrantsTheKeyToEC2',
  Effect: 'Allow',
  Principal: { AWS: roleArn },
  Action: 'kms:CreateGrant',
  Resource: '*',
  Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
})
