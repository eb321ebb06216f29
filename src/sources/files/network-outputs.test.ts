import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { World } from '#model/world.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { readFiles } from './read-files.ts'

const account = '111122223333'
const arn = (rest: string, region = 'eu-west-1', partition = 'aws') => `arn:${partition}:ec2:${region}:${account}:${rest}`
const read = (...outputs: readonly object[]) =>
  readFiles(['-'], { stdin: Readable.from([outputs.map(output => JSON.stringify(output, undefined, 2)).join('\n')]) })

const subnet = {
  SubnetId: 'subnet-1',
  VpcId: 'vpc-1',
  OwnerId: account,
  AvailabilityZone: 'eu-west-1a',
  CidrBlock: '10.0.1.0/24',
  SubnetArn: arn('subnet/subnet-1'),
}
const group = {
  GroupId: 'sg-1',
  VpcId: 'vpc-1',
  OwnerId: account,
  SecurityGroupArn: arn('security-group/sg-1'),
  IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }, { CidrIp: '192.168.0.0/16' }] }],
  IpPermissionsEgress: [],
}
const rule = (id: string, of: string, CidrIpv4: string) => ({
  SecurityGroupRuleId: id,
  GroupId: of,
  IsEgress: false,
  IpProtocol: 'tcp',
  CidrIpv4,
})

describe('outputs of aws ec2 about the network', () => {
  it('say of each object what its ARN is: by itself, or by what else is in its VPC', async () => {
    const gathered = await read(
      { NatGateways: [{ NatGatewayId: 'nat-1', VpcId: 'vpc-1', SubnetId: 'subnet-1' }] },
      { Vpcs: [{ VpcId: 'vpc-1', OwnerId: account, CidrBlock: '10.0.0.0/16' }] },
      { NetworkAcls: [{ NetworkAclId: 'acl-1', VpcId: 'vpc-1', OwnerId: account, Entries: [] }] },
      { RouteTables: [{ RouteTableId: 'rtb-1', VpcId: 'vpc-1', OwnerId: account, Routes: [] }] },
      { InternetGateways: [{ InternetGatewayId: 'igw-1', OwnerId: account, Attachments: [{ VpcId: 'vpc-1', State: 'available' }] }] },
      { FlowLogs: [{ FlowLogId: 'fl-1', ResourceId: 'subnet-1', FlowLogStatus: 'ACTIVE' }] },
      { Subnets: [subnet] },
      { SecurityGroups: [group] },
      { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', OwnerId: account, VpcId: 'vpc-1', AvailabilityZone: 'eu-west-1a' }] },
      {
        VpcPeeringConnections: [
          { VpcPeeringConnectionId: 'pcx-1', RequesterVpcInfo: { OwnerId: account, Region: 'cn-north-1', VpcId: 'vpc-9' } },
        ],
      },
      { PrefixLists: [{ PrefixListId: 'pl-1', PrefixListName: 'own', PrefixListArn: arn('prefix-list/pl-1'), MaxEntries: 1 }] },
    )
    expect(gathered.problems).toEqual([])
    expect(gathered.unread).toEqual([])
    expect(gathered.read).toEqual([])
    expect(gathered.resources.map(({ kind, id }) => `${kind.slice('aws/ec2/'.length)} ${id}`).sort()).toEqual([
      `FlowLog ${arn('vpc-flow-log/fl-1')}`,
      `InternetGateway ${arn('internet-gateway/igw-1')}`,
      `ManagedPrefixList ${arn('prefix-list/pl-1')}`,
      `NatGateway ${arn('natgateway/nat-1')}`,
      `NetworkAcl ${arn('network-acl/acl-1')}`,
      `NetworkInterface ${arn('network-interface/eni-1')}`,
      `RouteTable ${arn('route-table/rtb-1')}`,
      `SecurityGroup ${arn('security-group/sg-1')}`,
      `Subnet ${arn('subnet/subnet-1')}`,
      `Vpc ${arn('vpc/vpc-1')}`,
      `VpcPeeringConnection ${arn('vpc-peering-connection/pcx-1', 'cn-north-1', 'aws-cn')}`,
    ])
    const text = writeSnapshot(new World(gathered))
    expect(writeSnapshot(new World(await readFiles(['-'], { stdin: Readable.from([text]) })))).toBe(text)
  })

  it('that say nothing of a region are reported, and their kind is unread', async () => {
    const gathered = await read({ Vpcs: [{ VpcId: 'vpc-1', OwnerId: account }] }, { Subnets: [{ ...subnet, VpcId: 'vpc-2' }] })
    expect(gathered.problems.map(({ code, line, message }) => [code, line, message])).toEqual([
      ['NO_REGION', 3, 'this aws/ec2/Vpc does not say which region it is in'],
    ])
    expect(gathered.unread.map(({ kind }) => kind)).toEqual(['aws/ec2/Vpc'])
  })

  it('are placed by a cluster too, and a shared VPC is of the account that its subnets name', async () => {
    const eks = { name: 'prod', arn: `arn:aws:eks:eu-west-1:${account}:cluster/prod`, resourcesVpcConfig: { vpcId: 'vpc-1' } }
    const nat = { NatGateways: [{ NatGatewayId: 'nat-1', VpcId: 'vpc-1' }] }
    const ofCluster = await read({ cluster: eks }, nat)
    expect(ofCluster.resources.map(({ id }) => id)).toContain(arn('natgateway/nat-1'))
    const shared = await read({ cluster: eks }, nat, {
      Subnets: [{ ...subnet, SubnetArn: 'arn:aws:ec2:eu-west-1:999988887777:subnet/subnet-1' }],
    })
    expect(shared.resources.map(({ id }) => id)).toContain('arn:aws:ec2:eu-west-1:999988887777:natgateway/nat-1')
  })

  it('join the rules of each group, in their places', async () => {
    const rules = [rule('sgr-a', 'sg-1', '10.0.0.0/8'), rule('sgr-x', 'sg-gone', '0.0.0.0/0'), rule('sgr-b', 'sg-1', '192.168.0.0/16')]
    const gathered = await read({ SecurityGroups: [group] }, { SecurityGroupRules: rules })
    const [found] = gathered.resources
    expect(found?.body).toEqual({ ...group, Rules: [rules[0], rules[2]] })
    const place = found?.origin.locate(['Rules', 1, 'SecurityGroupRuleId'], 'value')
    expect(place).toMatchObject({ in: 'file', text: expect.stringContaining('sgr-b') as string })
    expect(found?.origin.locate(['IpPermissions', 0, 'FromPort'], 'value')).toMatchObject({
      text: expect.stringContaining('"FromPort": 443') as string,
    })
    expect(gathered.problems.map(({ code }) => code)).toEqual(['PART_WITHOUT_WHOLE'])
  })

  it('do not take some of the rules of a group for all', async () => {
    const gathered = await read({ SecurityGroups: [group] }, { SecurityGroupRules: [rule('sgr-a', 'sg-1', '10.0.0.0/8')] })
    expect(gathered.resources.map(({ body }) => body)).toEqual([group])
    expect(gathered.problems.map(({ code, message }) => [code, message])).toEqual([['PART_INCOMPLETE', 'sg-1 has 2 rules, and not 1']])
  })

  it('join entries to the prefix list that they name, and guess none', async () => {
    const lists = { PrefixLists: [{ PrefixListId: 'pl-1', PrefixListName: 'own', PrefixListArn: arn('prefix-list/pl-1') }] }
    const Entries = [{ Cidr: '10.1.0.0/16' }]
    expect((await read(lists, { PrefixListId: 'pl-1', Entries })).resources[0]?.body).toMatchObject({ Entries })
    const loose = await read(lists, { Entries })
    expect(loose.resources[0]?.body).not.toHaveProperty('Entries')
    expect(loose.problems.map(({ code, help }) => [code, help])).toEqual([['PART_WITHOUT_WHOLE', 'add PrefixListId: beside Entries:']])
  })

  it('join the attributes of a VPC', async () => {
    const gathered = await read(
      { Subnets: [subnet] },
      { Vpcs: [{ VpcId: 'vpc-1', OwnerId: account }] },
      { VpcId: 'vpc-1', EnableDnsHostnames: { Value: false } },
      { VpcId: 'vpc-1', EnableDnsSupport: { Value: true } },
    )
    expect(gathered.problems).toEqual([])
    expect(gathered.resources.find(({ kind }) => kind === 'aws/ec2/Vpc')?.body).toMatchObject({
      EnableDnsHostnames: { Value: false },
      EnableDnsSupport: { Value: true },
    })
  })

  it('of other services under the same key are none of EC2', async () => {
    const gathered = await read({ SecurityGroups: ['sg-1'] }, { PrefixLists: [{ PrefixListId: 'pl-1', Cidrs: [] }] }, { Subnets: [] })
    expect(gathered.resources).toEqual([])
    expect([...gathered.ignored]).toEqual([['without a kind', 3]])
  })

  it('with a value that EC2 would not give are reported where it stands', async () => {
    const broken = { ...group, IpPermissions: [{ IpProtocol: 'tcp', FromPort: '443' }] }
    const gathered = await read({ SecurityGroups: [group, { ...broken, GroupId: 'sg-2', SecurityGroupArn: arn('security-group/sg-2') }] })
    expect(gathered.resources.map(({ id }) => id)).toEqual([arn('security-group/sg-1')])
    const [problem] = gathered.problems
    expect(problem).toMatchObject({ code: 'WRONG_TYPE', text: expect.stringContaining('"FromPort": "443"') as string })
    expect(problem?.message).toContain('must be a number, not a text')
    expect(gathered.unread.map(({ kind }) => kind)).toEqual(['aws/ec2/SecurityGroup'])
  })
})

describe('outputs of aws eks and aws service-quotas', () => {
  it('give node groups, Fargate profiles and quotas', async () => {
    const eks = (rest: string) => `arn:aws:eks:eu-west-1:${account}:${rest}`
    const gathered = await read(
      { nodegroup: { nodegroupArn: eks('nodegroup/prod/blue/1'), nodegroupName: 'blue', clusterName: 'prod' } },
      {
        fargateProfile: {
          fargateProfileArn: eks('fargateprofile/prod/serverless/1'),
          fargateProfileName: 'serverless',
          clusterName: 'prod',
        },
      },
      {
        Quota: {
          QuotaArn: `arn:aws:servicequotas:eu-west-1:${account}:vpc/L-2AFB9258`,
          QuotaCode: 'L-2AFB9258',
          Value: 5,
          Adjustable: true,
        },
      },
    )
    expect(gathered.problems).toEqual([])
    expect(gathered.resources.map(({ kind, scope }) => [kind, scope])).toEqual([
      ['aws/eks/Nodegroup', { account, region: 'eu-west-1', clusterName: 'prod' }],
      ['aws/eks/FargateProfile', { account, region: 'eu-west-1', clusterName: 'prod' }],
      ['aws/servicequotas/Quota', { account, region: 'eu-west-1' }],
    ])
  })
})

it('hand-written objects take account and region from beside their kind', async () => {
  const text = `kind: mortise/World
version: 1
read:
  - kind: aws/ec2/SecurityGroup
    account: '${account}'
    region: eu-west-1
    vpc: vpc-1
---
kind: aws/ec2/SecurityGroup
account: '${account}'
region: eu-west-1
GroupId: sg-1
VpcId: vpc-1
`
  const world = new World(await readFiles(['-'], { stdin: Readable.from([text]) }))
  const here = { account, region: 'eu-west-1' }
  expect(world.where('aws/ec2/SecurityGroup', 'vpc', 'vpc-1', here).map(({ id }) => id)).toEqual([arn('security-group/sg-1')])
  expect(() => world.where('aws/ec2/SecurityGroup', 'vpc', 'vpc-2', here)).toThrow('was not read')
})
