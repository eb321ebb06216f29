import { expect, test } from 'vitest'
import type { Kinds } from '#model/kinds.ts'
import { plannedId } from '#model/planned-id.ts'
import { error, plainXml, stubAws, stubEnvironment, type Answer, type Call } from '../../../tests/sources/stub-aws.ts'
import type { AwsAccess } from './aws-access.ts'
import { securityGroupWriter } from './ec2-security-group.ts'

stubEnvironment()

const access: AwsAccess = {
  account: '111122223333',
  partition: 'aws',
  region: 'eu-west-1',
  clientOptions: { region: 'eu-west-1', credentials: { accessKeyId: 'AKIDOWN', secretAccessKey: 'secret' } },
}
type Group = Kinds['aws/ec2/SecurityGroup']
const planned = plannedId('aws/ec2/SecurityGroup', 'vpc-1/prod-shop-web')
const target = { kind: 'aws/ec2/SecurityGroup', id: planned, scope: { account: '111122223333', region: 'eu-west-1' } } as const

/** A group that lets itself in on 8080 and everything out. */
const described = `<securityGroupInfo><item><ownerId>111122223333</ownerId><groupId>sg-0abc</groupId><groupName>prod-shop-web</groupName>
<groupDescription>own</groupDescription><vpcId>vpc-1</vpcId><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>8080</fromPort><toPort>8080</toPort>
<groups><item><userId>111122223333</userId><groupId>sg-0abc</groupId><description>own</description></item></groups><ipRanges/><ipv6Ranges/><prefixListIds/></item></ipPermissions>
<ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges><ipv6Ranges/><prefixListIds/></item></ipPermissionsEgress></item></securityGroupInfo>`

const answering =
  (others: (call: Call) => Answer = ({ name }) => plainXml(`${name.slice(4)}Response`, '<return>true</return>')) =>
  (call: Call): Answer => {
    if (call.name !== 'ec2:DescribeSecurityGroups') return others(call)
    const isNamed = call.parameters.get('Filter.2.Value.1') === 'prod-shop-web' || call.parameters.get('GroupId.1') === 'sg-0abc'
    return isNamed
      ? plainXml('DescribeSecurityGroupsResponse', described)
      : plainXml('DescribeSecurityGroupsResponse', '<securityGroupInfo/>')
  }

const rule = (port: number, GroupId: string) => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  UserIdGroupPairs: [{ GroupId, UserId: '111122223333', Description: 'web' }],
})

test('a planned group is found by its VPC and name, is known by its planned id throughout, and stands for its id', async () => {
  await stubAws(answering())
  const writer = securityGroupWriter(access)
  expect((await writer.read(target))?.body).toMatchObject({
    GroupId: planned,
    SecurityGroupArn: planned,
    IpPermissions: [{ UserIdGroupPairs: [{ GroupId: planned }] }],
  })
  expect(await writer.idOf?.(target)).toBe('sg-0abc')
  const other = plannedId('aws/ec2/SecurityGroup', 'vpc-1/other')
  expect(await writer.idOf?.({ ...target, id: other })).toBeUndefined()
  const arn = 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0abc'
  expect((await writer.read({ ...target, id: arn }))?.body).toMatchObject({ GroupId: 'sg-0abc', SecurityGroupArn: arn })
})

test('it is made with its tags; what one of the name exists for is a conflict', async () => {
  const calls = await stubAws(answering())
  const body = { GroupName: 'prod-shop-web', Description: 'own', VpcId: 'vpc-1', Tags: [{ Key: 'Name', Value: 'web' }] } as unknown as Group
  await securityGroupWriter(access).create(target, body)
  expect(Object.fromEntries(calls[0]?.parameters ?? [])).toMatchObject({
    GroupName: 'prod-shop-web',
    GroupDescription: 'own',
    VpcId: 'vpc-1',
    'TagSpecification.1.ResourceType': 'security-group',
    'TagSpecification.1.Tag.2.Key': 'managed-by',
    'TagSpecification.1.Tag.2.Value': 'mortise',
  })
  await stubAws(answering(() => error('InvalidGroup.Duplicate', 'exists', 400)))
  await expect(securityGroupWriter(access).create(target, body)).rejects.toMatchObject({ code: 'CHANGE_CONFLICT' })
})

test('each rule that differs is authorized or revoked by itself, what is new before what goes, and its own id is written out', async () => {
  const calls = await stubAws(answering())
  const writer = securityGroupWriter(access)
  const before = await writer.read(target)
  if (before === undefined) throw new Error('there is no group')
  const after = { ...before.body, IpPermissions: [rule(8080, planned), rule(9090, planned)], IpPermissionsEgress: [rule(53, 'sg-0dns')] }
  await writer.update(target, before, after as unknown as Group)
  const made = calls.filter(({ name }) => name !== 'ec2:DescribeSecurityGroups')
  expect(made.map(({ name }) => name)).toEqual([
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupEgress',
  ])
  // The words of the rule for 8080 differ: EC2 has no other way to change them.
  expect(
    made.map(({ parameters }) => Object.fromEntries([...parameters].filter(([name]) => /GroupId$|FromPort|CidrIp|Description/.test(name)))),
  ).toEqual([
    {
      GroupId: 'sg-0abc',
      'IpPermissions.1.FromPort': '8080',
      'IpPermissions.1.Groups.1.Description': 'web',
      'IpPermissions.1.Groups.1.GroupId': 'sg-0abc',
      'IpPermissions.2.FromPort': '9090',
      'IpPermissions.2.Groups.1.Description': 'web',
      'IpPermissions.2.Groups.1.GroupId': 'sg-0abc',
    },
    {
      GroupId: 'sg-0abc',
      'IpPermissions.1.FromPort': '53',
      'IpPermissions.1.Groups.1.Description': 'web',
      'IpPermissions.1.Groups.1.GroupId': 'sg-0dns',
    },
    {
      GroupId: 'sg-0abc',
      'IpPermissions.1.FromPort': '8080',
      'IpPermissions.1.Groups.1.Description': 'own',
      'IpPermissions.1.Groups.1.GroupId': 'sg-0abc',
    },
    { GroupId: 'sg-0abc', 'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0' },
  ])
})

test('a group that an interface still carries is tried again, and one that is gone is no error', async () => {
  let refused = 0
  await stubAws(
    answering(({ name }) => {
      if (name !== 'ec2:DeleteSecurityGroup') return error('Unexpected')
      refused += 1
      return refused === 1 ? error('DependencyViolation', 'has a dependent object', 400) : plainXml('DeleteSecurityGroupResponse', '')
    }),
  )
  const writer = securityGroupWriter(access)
  const live = { body: {} as unknown as Group }
  await writer.delete(target, live)
  expect(refused).toBe(2)
  await writer.delete({ ...target, id: plannedId('aws/ec2/SecurityGroup', 'vpc-1/other') }, live)
  expect(refused).toBe(2)
}, 15_000)
