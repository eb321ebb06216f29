import { parseArn } from '#iam/arn.ts'
import { regionalId } from '#model/kinds-aws-operations.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/**
 * The version of the launch template that a node group is made by; undefined when it names none, or that version is gone. EKS copies it to a
 * template of its own, which nobody is to change.
 * https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
 * @throws Unread when it was not read
 */
export function templateOf(
  world: Reader<'aws/ec2/LaunchTemplateVersion'>,
  group: Resource<'aws/eks/Nodegroup'>,
): Resource<'aws/ec2/LaunchTemplateVersion'> | undefined {
  const { launchTemplate: { id, version } = {} } = group.body
  const arn = parseArn(group.id)
  if (id === undefined || version === undefined || arn === undefined) return undefined
  return world.find('aws/ec2/LaunchTemplateVersion', regionalId(arn.account, arn.region, id, version))
}
