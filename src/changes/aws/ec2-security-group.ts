import { setTimeout as sleep } from 'node:timers/promises'
import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'
import { RemoteError, UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import { plannedIn, withIds } from '#model/planned-id.ts'
import { sameValue, singleRules } from '#model/comparison.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, lastOf, ownerTag, type AwsAccess } from './aws-access.ts'
import { ec2Of, type Ec2 } from './clients.ts'

type Group = Kinds['aws/ec2/SecurityGroup']

/**
 * Security groups and their rules. One that does not exist yet goes by `planned:aws/ec2/SecurityGroup:VPC/NAME`, since EC2 has one of a name in a
 * VPC. EC2 makes a group with one rule, which lets everything out: so is the body of a group that is created.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
 */
export function securityGroupWriter(access: AwsAccess): Writer<'aws/ec2/SecurityGroup'> {
  const connected = ec2Of(access)
  return {
    read: async target => read(await connected(), target),
    create: async (_target, body) => create(await connected(), body),
    update: async (target, before, after) => update(await connected(), target, before.body, after),
    delete: async target => remove(await connected(), target),
    idOf: async target => (await groupOf(await connected(), target))?.GroupId,
  }
}

async function groupOf({ ec2, commands }: Ec2, { id }: Target): Promise<SecurityGroup | undefined> {
  const planned = plannedIn(id)
  const [vpc = '', ...name] = planned?.name.split('/') ?? []
  const input =
    planned === undefined
      ? { GroupIds: [lastOf(id)] }
      : {
          Filters: [
            { Name: 'vpc-id', Values: [vpc] },
            { Name: 'group-name', Values: [name.join('/')] },
          ],
        }
  const answer = await found('ec2', 'DescribeSecurityGroups', () => ec2.send(new commands.DescribeSecurityGroupsCommand(input)))
  return answer?.SecurityGroups?.[0]
}

/** By whatever id it is asked for, by that id it is known, in its own rules too. */
async function read(client: Ec2, { id, ...target }: Target): Promise<Live<'aws/ec2/SecurityGroup'> | undefined> {
  const group = await groupOf(client, { id, ...target })
  if (group === undefined) return undefined
  const known = plannedIn(id) === undefined ? group : withIds(group, new Map([[group.GroupId ?? '', id]]))
  return { body: { ...known, SecurityGroupArn: id } as unknown as Group }
}

async function create({ ec2, commands }: Ec2, { GroupName, Description, VpcId, Tags = [] }: Group): Promise<void> {
  const tags = [...Tags.filter(({ Key }) => Key !== ownerTag.Key), ownerTag]
  const input = { GroupName, Description, VpcId, TagSpecifications: [{ ResourceType: 'security-group' as const, Tags: tags }] }
  await call('ec2', 'CreateSecurityGroup', () => ec2.send(new commands.CreateSecurityGroupCommand(input)))
}

/** What is let through is there before anything is taken away. */
async function update({ ec2, commands }: Ec2, target: Target, before: Group, after: Group): Promise<void> {
  const fixed = (['GroupName', 'Description', 'VpcId', 'Tags'] as const).find(name => !sameValue(before[name], after[name]))
  if (fixed !== undefined)
    throw new UserError('CHANGE_CONFLICT', `the ${fixed} of a security group cannot change so`, { help: 'plan again' })
  const GroupId = (await groupOf({ ec2, commands }, target))?.GroupId
  if (GroupId === undefined) throw new UserError('CHANGE_CONFLICT', `${target.id} does not exist`, { help: 'plan again' })
  const own = new Map([[target.id, GroupId]])
  const more = (name: Direction) => withIds(without(after[name], before[name]), own)
  const fewer = (name: Direction) => withIds(without(before[name], after[name]), own)
  const [ingress, egress, noIngress, noEgress] = [
    more('IpPermissions'),
    more('IpPermissionsEgress'),
    fewer('IpPermissions'),
    fewer('IpPermissionsEgress'),
  ]
  const { AuthorizeSecurityGroupIngressCommand, AuthorizeSecurityGroupEgressCommand } = commands
  const { RevokeSecurityGroupIngressCommand, RevokeSecurityGroupEgressCommand } = commands
  const send = async (operation: string, IpPermissions: IpPermission[], go: (input: Rules) => Promise<unknown>) =>
    IpPermissions.length === 0 ? undefined : call('ec2', operation, () => go({ GroupId, IpPermissions }))
  await send('AuthorizeSecurityGroupIngress', ingress, input => ec2.send(new AuthorizeSecurityGroupIngressCommand(input)))
  await send('AuthorizeSecurityGroupEgress', egress, input => ec2.send(new AuthorizeSecurityGroupEgressCommand(input)))
  await send('RevokeSecurityGroupIngress', noIngress, input => ec2.send(new RevokeSecurityGroupIngressCommand(input)))
  await send('RevokeSecurityGroupEgress', noEgress, input => ec2.send(new RevokeSecurityGroupEgressCommand(input)))
}

type Direction = 'IpPermissions' | 'IpPermissionsEgress'

interface Rules {
  readonly GroupId: string
  readonly IpPermissions: IpPermission[]
}

/** One permission for each rule of the first that the second has not. */
function without(of: unknown, taken: unknown): IpPermission[] {
  const others = listed(taken)
  return listed(of).filter(rule => !others.some(other => sameValue(rule, other)))
}

const listed = (permissions: unknown): IpPermission[] => ((permissions ?? []) as readonly unknown[]).flatMap(singleRules) as IpPermission[]

/** Interfaces of pods that were replaced keep a group for about a minute. https://github.com/aws/amazon-vpc-resource-controller-k8s */
const inUse = { seconds: 180, look: 5 } as const

async function remove(client: Ec2, target: Target): Promise<void> {
  const GroupId = (await groupOf(client, target))?.GroupId
  if (GroupId === undefined) return
  for (let waited = 0; ; waited += inUse.look) {
    try {
      await call('ec2', 'DeleteSecurityGroup', () => client.ec2.send(new client.commands.DeleteSecurityGroupCommand({ GroupId })))
      return
    } catch (error) {
      if (!(error instanceof RemoteError) || error.code !== 'DependencyViolation' || waited >= inUse.seconds) throw error
      await sleep(inUse.look * 1000)
    }
  }
}
