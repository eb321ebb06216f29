import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import {
  error,
  json,
  jsonError,
  plainXml,
  stubAws,
  stubEnvironment,
  unknownCall,
  type Answer,
  type Call,
} from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

stubEnvironment()

const account = '111122223333'
const here = { account, region: 'eu-west-1' }
const inVpc = { ...here, vpc: 'vpc-1' }
const arn = (rest: string, owner = account) => `arn:aws:ec2:eu-west-1:${owner}:${rest}`

async function read(kinds: readonly AwsKind[], options: Partial<ReadAwsOptions> = {}) {
  const gathered = await readAws({ kinds, clusters: [{ name: 'prod' }], retryBudget: 0, ...options })
  return { gathered, world: new World(gathered) }
}

const cluster = json({
  cluster: {
    name: 'prod',
    arn: `arn:aws:eks:eu-west-1:${account}:cluster/prod`,
    resourcesVpcConfig: { vpcId: 'vpc-1', clusterSecurityGroupId: 'sg-cluster' },
  },
})

const items = (bodies: readonly string[]) => bodies.map(body => `<item>${body}</item>`).join('')
const list = (operation: string, set: string, bodies: readonly string[], more = '') =>
  plainXml(`${operation}Response`, `<${set}>${items(bodies)}</${set}>${more}`)

const vpcs = (owner = account) =>
  list('DescribeVpcs', 'vpcSet', [`<vpcId>vpc-1</vpcId><ownerId>${owner}</ownerId><cidrBlock>10.0.0.0/16</cidrBlock>`])

/** The values of the one filter of a call, by its name. */
const filter = ({ parameters }: Call): Record<string, string[]> => {
  const values = [...parameters].filter(([name]) => name.startsWith('Filter.1.Value')).map(([, value]) => value)
  return { [parameters.get('Filter.1.Name') ?? '']: values }
}

/** The cluster and its VPC, and what else is answered by name. */
const network = (answers: Readonly<Record<string, (call: Call) => Answer>>, owner?: string) =>
  stubAws(call => {
    if (call.name === 'eks:GET /clusters/prod') return cluster
    const answer = answers[call.name]
    if (answer !== undefined) return answer(call)
    return call.name === 'ec2:DescribeVpcs' ? vpcs(owner) : unknownCall
  })

const pair = (id: string, owner = account, more = '') =>
  `<ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><groups><item><groupId>${id}</groupId><userId>${owner}</userId>${more}</item></groups>`
const ingress = (...pairs: readonly string[]) => `<ipPermissions>${items(pairs)}</ipPermissions>`
const group = (id: string, vpc = 'vpc-1', more = '') =>
  `<groupId>${id}</groupId><vpcId>${vpc}</vpcId><ownerId>${account}</ownerId><groupName>${id}</groupName><securityGroupArn>${arn(`security-group/${id}`)}</securityGroupArn>${more}`
const rule = (id: string, of: string) =>
  `<securityGroupRuleId>${id}</securityGroupRuleId><groupId>${of}</groupId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>`

test('groups of the VPC in pages, and by id those of other VPCs that rules, interfaces, clusters and the caller name, each with its rules', async () => {
  const kind = 'aws/ec2/SecurityGroup'
  const calls = await network({
    'ec2:DescribeSecurityGroups': call => {
      if ('group-id' in filter(call)) return list('DescribeSecurityGroups', 'securityGroupInfo', [group('sg-far', 'vpc-2')])
      return call.parameters.has('NextToken')
        ? list('DescribeSecurityGroups', 'securityGroupInfo', [group('sg-cluster')])
        : list(
            'DescribeSecurityGroups',
            'securityGroupInfo',
            [
              group(
                'sg-a',
                'vpc-1',
                ingress(pair('sg-far'), pair('sg-peer', '444455556666', '<peeringStatus>active</peeringStatus><vpcId>vpc-9</vpcId>')),
              ),
            ],
            '<nextToken>t</nextToken>',
          )
    },
    'ec2:DescribeSecurityGroupRules': () =>
      list('DescribeSecurityGroupRules', 'securityGroupRuleSet', [rule('sgr-1', 'sg-a'), rule('sgr-2', 'sg-far')]),
  })
  const { world, gathered } = await read([kind], { wanted: { roleArns: [], securityGroups: ['sg-gone'] } })
  expect(gathered.unread).toEqual([])
  expect(calls.filter(({ name }) => name === 'ec2:DescribeSecurityGroups').map(filter)).toEqual([
    { 'vpc-id': ['vpc-1'] },
    { 'vpc-id': ['vpc-1'] },
    { 'group-id': ['sg-far', 'sg-gone'] },
  ])
  expect(filter(calls.at(-1) as Call)).toEqual({ 'group-id': ['sg-a', 'sg-cluster', 'sg-far'] })
  expect(
    world.where(kind, 'vpc', 'vpc-1', here).map(({ body }) => [body.GroupId, body.Rules?.map(each => each.SecurityGroupRuleId)]),
  ).toEqual([
    ['sg-a', ['sgr-1']],
    ['sg-cluster', []],
  ])
  expect(world.find(kind, arn('security-group/sg-far'))?.body.VpcId).toBe('vpc-2')
  expect(world.find(kind, arn('security-group/sg-gone'))).toBeUndefined()
  expect(() => world.find(kind, arn('security-group/sg-other'))).toThrow('was not read')
  expect(() => world.where(kind, 'vpc', 'vpc-2', here)).toThrow('was not read')
  // References stand as they are, those over a peering too.
  const pairs = world.find(kind, arn('security-group/sg-a'))?.body.IpPermissions?.flatMap(permission => permission.UserIdGroupPairs ?? [])
  expect(pairs).toEqual([
    { GroupId: 'sg-far', UserId: account },
    { GroupId: 'sg-peer', UserId: '444455556666', PeeringStatus: 'active', VpcId: 'vpc-9' },
  ])
})

test('a group of the same id that another account shares does not prove that this account has none', async () => {
  const kind = 'aws/ec2/SecurityGroup'
  const shared = arn('security-group/sg-shared', '999988887777')
  await network({
    'ec2:DescribeSecurityGroups': call =>
      list(
        'DescribeSecurityGroups',
        'securityGroupInfo',
        'vpc-id' in filter(call)
          ? [group('sg-cluster')]
          : [
              `<groupId>sg-shared</groupId><vpcId>vpc-2</vpcId><ownerId>999988887777</ownerId><securityGroupArn>${shared}</securityGroupArn>`,
            ],
      ),
    'ec2:DescribeSecurityGroupRules': () => list('DescribeSecurityGroupRules', 'securityGroupRuleSet', []),
  })
  const { world } = await read([kind], { wanted: { roleArns: [], securityGroups: ['sg-shared'] } })
  expect(world.find(kind, shared)?.scope).toEqual({ account: '999988887777', region: 'eu-west-1' })
  expect(() => world.find(kind, arn('security-group/sg-shared'))).toThrow('was not read')
})

test('rules that may not be described leave the groups whole, without their rules', async () => {
  const kind = 'aws/ec2/SecurityGroup'
  await network({
    'ec2:DescribeSecurityGroups': call =>
      list('DescribeSecurityGroups', 'securityGroupInfo', 'vpc-id' in filter(call) ? [group('sg-a')] : []),
    'ec2:DescribeSecurityGroupRules': () => error('UnauthorizedOperation'),
  })
  const { world } = await read([kind])
  expect(world.where(kind, 'vpc', 'vpc-1', here).map(({ body }) => body.Rules)).toEqual([undefined])
})

test('interfaces are found by each of their addresses, instance, group, subnet and trunk; those with groups of another VPC bring them in', async () => {
  const kind = 'aws/ec2/NetworkInterface'
  const calls = await network({
    'ec2:DescribeNetworkInterfaces': () =>
      list('DescribeNetworkInterfaces', 'networkInterfaceSet', [
        `<networkInterfaceId>eni-1</networkInterfaceId><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId><ownerId>${account}</ownerId><privateIpAddress>10.0.0.1</privateIpAddress><privateIpAddressesSet><item><privateIpAddress>10.0.0.1</privateIpAddress></item><item><privateIpAddress>10.0.0.2</privateIpAddress></item></privateIpAddressesSet><ipv6AddressesSet><item><ipv6Address>2001:db8::1</ipv6Address></item></ipv6AddressesSet><groupSet><item><groupId>sg-far</groupId></item></groupSet><attachment><instanceId>i-1</instanceId></attachment>`,
        `<networkInterfaceId>eni-2</networkInterfaceId><vpcId>vpc-1</vpcId><ownerId>${account}</ownerId><tagSet><item><key>vpcresources.k8s.aws/trunk-eni-id</key><value>eni-1</value></item></tagSet>`,
      ]),
    'ec2:DescribeSecurityGroups': call =>
      list('DescribeSecurityGroups', 'securityGroupInfo', 'vpc-id' in filter(call) ? [group('sg-cluster')] : [group('sg-far', 'vpc-2')]),
    'ec2:DescribeSecurityGroupRules': () => list('DescribeSecurityGroupRules', 'securityGroupRuleSet', []),
  })
  const { world } = await read([kind, 'aws/ec2/SecurityGroup'])
  const ids = (index: string, value: string) => world.where(kind, index, value, inVpc).map(({ body }) => body.NetworkInterfaceId)
  for (const [index, value] of Object.entries({ instance: 'i-1', group: 'sg-far', subnet: 'subnet-1', id: 'eni-1' }))
    expect(ids(index, value)).toEqual(['eni-1'])
  for (const address of ['10.0.0.1', '10.0.0.2', '2001:db8::1']) expect(ids('privateIp', address)).toEqual(['eni-1'])
  expect(ids('trunk', 'eni-1')).toEqual(['eni-2'])
  expect(ids('privateIp', '10.0.0.9')).toEqual([])
  expect(world.find(kind, arn('network-interface/eni-2'))?.origin.locate(['NetworkInterfaceId'], 'value')).toMatchObject({
    call: 'ec2:DescribeNetworkInterfaces eni-2',
  })
  expect(world.find('aws/ec2/SecurityGroup', arn('security-group/sg-far'))).toBeDefined()
  expect(calls.filter(({ name }) => name === 'ec2:DescribeNetworkInterfaces').map(filter)).toEqual([{ 'vpc-id': ['vpc-1'] }])
})

test('the VPC with its addresses and DNS attributes, its subnets, lists, tables and gateways; a peering that both sides know is one', async () => {
  const kinds = [
    'aws/ec2/Vpc',
    'aws/ec2/Subnet',
    'aws/ec2/NetworkAcl',
    'aws/ec2/RouteTable',
    'aws/ec2/NatGateway',
    'aws/ec2/InternetGateway',
    'aws/ec2/VpcPeeringConnection',
  ] as const
  const side = (name: string, vpc: string, owner: string) =>
    `<${name}><vpcId>${vpc}</vpcId><ownerId>${owner}</ownerId><region>eu-central-1</region></${name}>`
  const peering = `<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>${side('requesterVpcInfo', 'vpc-9', '444455556666')}${side('accepterVpcInfo', 'vpc-1', account)}`
  const calls = await network({
    'ec2:DescribeVpcAttribute': ({ parameters }) =>
      parameters.get('Attribute') === 'enableDnsSupport'
        ? plainXml('DescribeVpcAttributeResponse', '<vpcId>vpc-1</vpcId><enableDnsSupport><value>true</value></enableDnsSupport>')
        : error('UnauthorizedOperation'),
    'ec2:DescribeSubnets': () =>
      list('DescribeSubnets', 'subnetSet', [
        `<subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.0.1.0/24</cidrBlock><subnetArn>${arn('subnet/subnet-1')}</subnetArn>`,
      ]),
    'ec2:DescribeNetworkAcls': () =>
      list('DescribeNetworkAcls', 'networkAclSet', [
        `<networkAclId>acl-1</networkAclId><vpcId>vpc-1</vpcId><ownerId>${account}</ownerId><associationSet><item><subnetId>subnet-1</subnetId></item></associationSet><entrySet><item><ruleNumber>100</ruleNumber><protocol>-1</protocol><ruleAction>allow</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock></item></entrySet>`,
      ]),
    'ec2:DescribeRouteTables': () =>
      list('DescribeRouteTables', 'routeTableSet', [
        `<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><ownerId>${account}</ownerId><associationSet><item><main>true</main></item></associationSet>`,
        `<routeTableId>rtb-2</routeTableId><vpcId>vpc-1</vpcId><ownerId>${account}</ownerId><associationSet><item><main>false</main><subnetId>subnet-1</subnetId></item></associationSet>`,
      ]),
    'ec2:DescribeNatGateways': () =>
      list('DescribeNatGateways', 'natGatewaySet', ['<natGatewayId>nat-1</natGatewayId><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId>']),
    'ec2:DescribeInternetGateways': () =>
      list('DescribeInternetGateways', 'internetGatewaySet', [
        `<internetGatewayId>igw-1</internetGatewayId><ownerId>${account}</ownerId><attachmentSet><item><vpcId>vpc-1</vpcId></item></attachmentSet>`,
      ]),
    'ec2:DescribeVpcPeeringConnections': () => list('DescribeVpcPeeringConnections', 'vpcPeeringConnectionSet', [peering]),
  })
  const { world, gathered } = await read(kinds)
  expect(gathered.unread).toEqual([])
  const ids = (kind: AwsKind, index: string, value: string) => world.where(kind, index, value, inVpc).map(({ id }) => id)
  expect(world.find('aws/ec2/Vpc', arn('vpc/vpc-1'))?.body).toEqual({
    Arn: arn('vpc/vpc-1'),
    VpcId: 'vpc-1',
    OwnerId: account,
    CidrBlock: '10.0.0.0/16',
    EnableDnsSupport: { Value: true },
  })
  expect(ids('aws/ec2/Subnet', 'id', 'subnet-1')).toEqual([arn('subnet/subnet-1')])
  expect(ids('aws/ec2/NetworkAcl', 'subnet', 'subnet-1')).toEqual([arn('network-acl/acl-1')])
  expect(ids('aws/ec2/RouteTable', 'mainOf', 'vpc-1')).toEqual([arn('route-table/rtb-1')])
  expect(ids('aws/ec2/RouteTable', 'subnet', 'subnet-1')).toEqual([arn('route-table/rtb-2')])
  expect(ids('aws/ec2/NatGateway', 'subnet', 'subnet-1')).toEqual([arn('natgateway/nat-1')])
  expect(ids('aws/ec2/InternetGateway', 'vpc', 'vpc-1')).toEqual([arn('internet-gateway/igw-1')])
  expect(ids('aws/ec2/VpcPeeringConnection', 'vpc', 'vpc-1')).toEqual([
    'arn:aws:ec2:eu-central-1:444455556666:vpc-peering-connection/pcx-1',
  ])
  expect(gathered.resources.filter(({ kind }) => kind === 'aws/ec2/VpcPeeringConnection')).toHaveLength(1)
  // One call for each list, one more for the second side of peerings, two for the attributes; then the caller and the cluster.
  expect(calls).toHaveLength(7 + 1 + 2 + 2)
})

test('of a VPC that another account shares, lists are seen and never whole', async () => {
  const kind = 'aws/ec2/Subnet'
  const shared = arn('subnet/subnet-1', '999988887777')
  await network(
    {
      'ec2:DescribeSubnets': () =>
        list('DescribeSubnets', 'subnetSet', [
          `<subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><ownerId>999988887777</ownerId><subnetArn>${shared}</subnetArn>`,
        ]),
      'ec2:DescribeVpcAttribute': () => error('UnauthorizedOperation'),
    },
    '999988887777',
  )
  const { world, gathered } = await read([kind, 'aws/ec2/Vpc'])
  expect(world.find(kind, shared)?.scope).toEqual({ account: '999988887777', region: 'eu-west-1' })
  expect(() => world.where(kind, 'vpc', 'vpc-1', here)).toThrow('account 999988887777 shares vpc-1')
  expect(gathered.read).toEqual([{ kind: 'aws/ec2/Vpc', scope: here, vpc: 'vpc-1' }])
  expect(world.where('aws/ec2/Vpc', 'vpc', 'vpc-1', here).map(({ id }) => id)).toEqual([arn('vpc/vpc-1', '999988887777')])
})

test('each kind that is denied or throttled is unread by itself; without its cluster, everything in its VPC is', async () => {
  const kinds = ['aws/ec2/Subnet', 'aws/ec2/NetworkAcl', 'aws/ec2/NetworkInterface', 'aws/ec2/FlowLog'] as const
  await network({
    'ec2:DescribeSubnets': () => error('UnauthorizedOperation'),
    'ec2:DescribeNetworkAcls': () => error('RequestLimitExceeded', 'slow down', 503),
    'ec2:DescribeNetworkInterfaces': () => list('DescribeNetworkInterfaces', 'networkInterfaceSet', []),
    'ec2:DescribeFlowLogs': () => error('UnauthorizedOperation'),
  })
  const { world, gathered } = await read(kinds)
  expect(() => world.where('aws/ec2/Subnet', 'vpc', 'vpc-1', here)).toThrow('access denied to ec2:DescribeSubnets')
  expect(() => world.where('aws/ec2/NetworkAcl', 'vpc', 'vpc-1', here)).toThrow('throttled by ec2')
  expect(world.where('aws/ec2/NetworkInterface', 'vpc', 'vpc-1', here)).toEqual([])
  expect(() => world.list('aws/ec2/FlowLog', here)).toThrow('access denied to ec2:DescribeFlowLogs')
  expect(gathered.unread.find(({ kind }) => kind === 'aws/ec2/Subnet')).toMatchObject({
    scope: here,
    vpc: 'vpc-1',
    settle: { by: 'iam', action: 'ec2:DescribeSubnets' },
  })

  await stubAws(({ name }) =>
    name === 'ec2:DescribeFlowLogs'
      ? list('DescribeFlowLogs', 'flowLogSet', [])
      : json({ message: 'no' }, 403, { 'x-amzn-errortype': 'AccessDeniedException' }),
  )
  const blind = await read(kinds)
  for (const kind of ['aws/ec2/Subnet', 'aws/ec2/NetworkAcl', 'aws/ec2/NetworkInterface'] as const)
    expect(() => blind.world.where(kind, 'vpc', 'vpc-1', here)).toThrow('access denied to eks:DescribeCluster')
  expect(blind.world.list('aws/ec2/FlowLog', here)).toEqual([])
})

test('whose a VPC is must be known before its lists count as whole', async () => {
  await network({
    'ec2:DescribeVpcs': () => error('UnauthorizedOperation'),
    'ec2:DescribeSubnets': () => list('DescribeSubnets', 'subnetSet', []),
  })
  const { world } = await read(['aws/ec2/Subnet'])
  expect(() => world.where('aws/ec2/Subnet', 'vpc', 'vpc-1', here)).toThrow('access denied to ec2:DescribeVpcs')
})

test('prefix lists of the region, and entries of those that rules and routes name', async () => {
  const kind = 'aws/ec2/ManagedPrefixList'
  const prefixList = (id: string, owner: string) =>
    `<prefixListId>${id}</prefixListId><prefixListName>${id}</prefixListName><ownerId>${owner}</ownerId><maxEntries>2</maxEntries><prefixListArn>${arn(`prefix-list/${id}`, owner === 'AWS' ? 'aws' : owner)}</prefixListArn>`
  const calls = await network({
    'ec2:DescribeRouteTables': () =>
      list('DescribeRouteTables', 'routeTableSet', [
        `<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><ownerId>${account}</ownerId><routeSet>${items(['<destinationPrefixListId>pl-s3</destinationPrefixListId>', '<destinationPrefixListId>pl-denied</destinationPrefixListId>'])}</routeSet>`,
      ]),
    'ec2:DescribeManagedPrefixLists': () =>
      list('DescribeManagedPrefixLists', 'prefixListSet', [
        prefixList('pl-s3', 'AWS'),
        prefixList('pl-own', account),
        prefixList('pl-idle', account),
        prefixList('pl-denied', account),
      ]),
    'ec2:GetManagedPrefixListEntries': ({ parameters }) =>
      parameters.get('PrefixListId') === 'pl-denied'
        ? error('UnauthorizedOperation')
        : parameters.has('NextToken')
          ? list('GetManagedPrefixListEntries', 'entrySet', ['<cidr>10.2.0.0/16</cidr>'])
          : list('GetManagedPrefixListEntries', 'entrySet', ['<cidr>10.1.0.0/16</cidr>'], '<nextToken>t</nextToken>'),
  })
  const { world } = await read([kind, 'aws/ec2/RouteTable'], { wanted: { roleArns: [], prefixLists: ['pl-own'] } })
  const entries = (id: string, owner = account) => world.find(kind, arn(`prefix-list/${id}`, owner))?.body.Entries?.map(({ Cidr }) => Cidr)
  expect(entries('pl-s3', 'aws')).toEqual(['10.1.0.0/16', '10.2.0.0/16'])
  expect(entries('pl-own')).toEqual(['10.1.0.0/16', '10.2.0.0/16'])
  expect([entries('pl-idle'), entries('pl-denied')]).toEqual([undefined, undefined])
  expect(world.where(kind, 'id', 'pl-s3', { account: 'aws', region: 'eu-west-1' })).toHaveLength(1)
  expect(() => world.list(kind, here)).toThrow('access denied to ec2:GetManagedPrefixListEntries')
  expect(world.find(kind, arn('prefix-list/pl-gone'))).toBeUndefined()
  expect(calls.filter(({ name }) => name === 'ec2:GetManagedPrefixListEntries')).toHaveLength(5)
})

test('quotas: what the account has, else what AWS gives', async () => {
  const kind = 'aws/servicequotas/Quota'
  const id = (code: string) => `arn:aws:servicequotas:eu-west-1:${account}:vpc/${code}`
  const refused = 'not allowed'
  await network({
    'servicequotas:GetServiceQuota': ({ input }) =>
      input['QuotaCode'] === 'L-2AFB9258'
        ? json({ Quota: { ServiceCode: 'vpc', QuotaCode: 'L-2AFB9258', QuotaArn: id('L-2AFB9258'), Value: 16, Adjustable: true } })
        : jsonError('NoSuchResourceException'),
    'servicequotas:GetAWSDefaultServiceQuota': () =>
      json({
        Quota: { ServiceCode: 'vpc', QuotaCode: 'L-0EA8095F', QuotaArn: 'arn:aws:servicequotas:eu-west-1::vpc/L-0EA8095F', Value: 60 },
      }),
  })
  const { world } = await read([kind])
  expect(world.find(kind, id('L-2AFB9258'))?.body).toMatchObject({ Value: 16, Adjustable: true })
  expect(world.find(kind, id('L-0EA8095F'))?.body).toMatchObject({ Value: 60, QuotaArn: id('L-0EA8095F') })
  await network({ 'servicequotas:GetServiceQuota': () => jsonError('AccessDeniedException', refused) })
  const blind = await read([kind])
  expect(() => blind.world.find(kind, id('L-2AFB9258'))).toThrow('access denied to servicequotas:GetServiceQuota')
})

test('node groups and Fargate profiles of the cluster', async () => {
  const parts = {
    nodegroupArn: `arn:aws:eks:eu-west-1:${account}:nodegroup/prod/blue/1`,
    fargateProfileArn: `arn:aws:eks:eu-west-1:${account}:fargateprofile/prod/serverless/1`,
  }
  await network({
    'eks:GET /clusters/prod/node-groups?maxResults=100': () => json({ nodegroups: ['blue'] }),
    'eks:GET /clusters/prod/node-groups/blue': () =>
      json({ nodegroup: { nodegroupArn: parts.nodegroupArn, nodegroupName: 'blue', clusterName: 'prod', instanceTypes: ['m7g.large'] } }),
    'eks:GET /clusters/prod/fargate-profiles?maxResults=100': () => json({ fargateProfileNames: ['serverless', 'gone'] }),
    'eks:GET /clusters/prod/fargate-profiles/serverless': () =>
      json({ fargateProfile: { fargateProfileArn: parts.fargateProfileArn, fargateProfileName: 'serverless', clusterName: 'prod' } }),
    'eks:GET /clusters/prod/fargate-profiles/gone': () => json({ message: 'no' }, 404, { 'x-amzn-errortype': 'ResourceNotFoundException' }),
  })
  const { world } = await read(['aws/eks/Nodegroup', 'aws/eks/FargateProfile'])
  const there = { ...here, clusterName: 'prod' }
  expect(world.where('aws/eks/Nodegroup', 'name', 'prod\nblue', there).map(({ id }) => id)).toEqual([parts.nodegroupArn])
  expect(world.list('aws/eks/FargateProfile', there).map(({ id, scope }) => [id, scope])).toEqual([[parts.fargateProfileArn, there]])
})

test('the version of a launch template that a node group uses, without its user data', async () => {
  const kind = 'aws/ec2/LaunchTemplateVersion'
  const id = `${account}:eu-west-1:lt-1:3`
  const data =
    '<blockDeviceMappingSet><item><deviceName>/dev/xvda</deviceName><ebs><encrypted>true</encrypted></ebs></item></blockDeviceMappingSet>'
  const version = `<launchTemplateId>lt-1</launchTemplateId><versionNumber>3</versionNumber><launchTemplateData>${data}<userData>bmV2ZXI=</userData></launchTemplateData>`
  const nodegroup = { nodegroupArn: 'a', nodegroupName: 'blue', clusterName: 'prod', launchTemplate: { id: 'lt-1', version: '3' } }
  const groups = {
    'eks:GET /clusters/prod/node-groups?maxResults=100': () => json({ nodegroups: ['blue'] }),
    'eks:GET /clusters/prod/node-groups/blue': () => json({ nodegroup }),
  }
  await network({
    ...groups,
    'ec2:DescribeLaunchTemplateVersions': () =>
      plainXml('DescribeLaunchTemplateVersionsResponse', `<launchTemplateVersionSet><item>${version}</item></launchTemplateVersionSet>`),
  })
  const { world } = await read([kind])
  const body = world.find(kind, id)?.body
  expect(body?.LaunchTemplateData).toEqual({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }] })
  expect(() => world.find(kind, `${account}:eu-west-1:lt-1:4`)).toThrow()
  await network({ ...groups, 'ec2:DescribeLaunchTemplateVersions': () => json({}, 500) })
  const blind = await read([kind])
  expect(() => blind.world.find(kind, id)).toThrow('ec2 answered 500')
})

test.each([
  ['aws/ec2/NetworkInterface', 'DescribeNetworkInterfaces', 'networkInterfaceSet', 'networkInterfaceId', 1],
  ['aws/ec2/RouteTable', 'DescribeRouteTables', 'routeTableSet', 'routeTableId', 10],
  ['aws/ec2/SecurityGroup', 'DescribeSecurityGroups', 'securityGroupInfo', 'groupId', 6],
] as const)('1,000 of %s take the calls that are said', async (kind, operation, set, member, most) => {
  const serve = ({ parameters }: Call): Answer => {
    const size = Number(parameters.get('MaxResults'))
    const from = Number(parameters.get('NextToken') ?? 0)
    const ids = Array.from(
      { length: Math.min(size, 1000 - from) },
      (_, index) => `<${member}>x-${from + index}</${member}><vpcId>vpc-1</vpcId>`,
    )
    return list(operation, set, ids, from + size < 1000 ? `<nextToken>${from + size}</nextToken>` : '')
  }
  const calls = await network({
    [`ec2:${operation}`]: call => ('vpc-id' in filter(call) ? serve(call) : list(operation, set, [])),
    'ec2:DescribeSecurityGroupRules': () => list('DescribeSecurityGroupRules', 'securityGroupRuleSet', []),
  })
  const { world } = await read([kind])
  expect(world.where(kind, 'vpc', 'vpc-1', here)).toHaveLength(1000)
  const own = calls.filter(
    call =>
      call.name.startsWith('ec2:') && call.name !== 'ec2:DescribeVpcs' && !('group-id' in filter(call) && call.name.endsWith('Groups')),
  )
  expect(own).toHaveLength(most)
})
