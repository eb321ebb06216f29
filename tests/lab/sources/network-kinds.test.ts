import { Readable } from 'node:stream'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { awsOperations, awsPermissions } from '#sources/aws/operations.ts'
import { readAws } from '#sources/aws/read.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import type { AwsCredentials } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { makeNetwork, type Network } from './make-network.ts'

/** ministack has no Fargate profiles and no service quotas. */
const kinds: readonly AwsKind[] = [
  'aws/ec2/FlowLog',
  'aws/ec2/InternetGateway',
  'aws/ec2/ManagedPrefixList',
  'aws/ec2/NatGateway',
  'aws/ec2/NetworkAcl',
  'aws/ec2/NetworkInterface',
  'aws/ec2/RouteTable',
  'aws/ec2/SecurityGroup',
  'aws/ec2/Subnet',
  'aws/ec2/Vpc',
  'aws/ec2/VpcPeeringConnection',
  'aws/eks/Cluster',
  'aws/eks/Nodegroup',
]

/** Not called for a named cluster, or of facts that are left out when they are refused. */
const unnamed = new Set(['eks:ListClusters', 'ec2:DescribeSecurityGroupRules', 'ec2:DescribeVpcAttribute'])

/** For these the lab asks for another resource than AWS. */
const onAnything = ['ec2:DescribeVpcAttribute', 'ec2:GetManagedPrefixListEntries', 'eks:DescribeNodegroup']

describeLab('the kinds of the network', lab => {
  let network: Network
  beforeAll(async () => {
    network = await makeNetwork(lab)
  })
  afterEach(() => vi.unstubAllEnvs())

  function read(asked: readonly AwsKind[], credentials: AwsCredentials = lab.adminCredentials) {
    const environment = {
      AWS_ENDPOINT_URL: lab.awsEndpoint,
      AWS_REGION: lab.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const wanted = { roleArns: [], prefixLists: [network.prefixList], securityGroups: [network.far, 'sg-00000000000000000'] }
    return readAws({ kinds: asked, clusters: [{ name: network.clusterName }], wanted })
  }

  test('are all there, as they were made, and go through a snapshot unchanged', async () => {
    const gathered = await read(kinds)
    expect(gathered.unread).toEqual([])
    const world = new World(gathered)
    expect(kinds.filter(kind => world.seen(kind).length === 0)).toEqual([])

    const inVpc = { account: lab.accountId, region: lab.region, vpc: network.vpc }
    const [web] = world.where('aws/ec2/SecurityGroup', 'id', network.web, inVpc)
    const pairs = web?.body.IpPermissions?.flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ GroupId }) => GroupId))
    expect(pairs).toEqual([network.pods, network.far])
    const { Rules = [] } = web?.body ?? {}
    // ministack says of each rule which group it is of and its id, and of prefix lists and groups nothing.
    expect(Rules.length).toBeGreaterThan(0)
    expect(Rules.filter(rule => rule.GroupId !== network.web || rule.SecurityGroupRuleId === undefined)).toEqual([])
    const group = (id: string) => `arn:aws:ec2:${lab.region}:${lab.accountId}:security-group/${id}`
    expect(world.find('aws/ec2/SecurityGroup', group(network.far))?.body.GroupName).toBe('kinds-far')
    expect(world.find('aws/ec2/SecurityGroup', group('sg-00000000000000000'))).toBeUndefined()

    expect(world.where('aws/ec2/NetworkInterface', 'trunk', network.trunk, inVpc).map(({ body }) => body.NetworkInterfaceId)).toEqual([
      network.branch,
    ])
    expect(world.where('aws/ec2/NetworkInterface', 'group', network.pods, inVpc)).toHaveLength(2)
    const [table] = world.where('aws/ec2/RouteTable', 'subnet', network.subnet, inVpc)
    const out = table?.body.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0')
    expect(out?.GatewayId).toBe(world.where('aws/ec2/InternetGateway', 'vpc', network.vpc, inVpc)[0]?.body.InternetGatewayId)
    const [list] = world.seen('aws/ec2/ManagedPrefixList').filter(({ body }) => body.PrefixListId === network.prefixList)
    expect(list?.body.Entries).toEqual([{ Cidr: '203.0.113.0/24', Description: 'office' }])
    expect(world.where('aws/ec2/FlowLog', 'resource', network.vpc, { account: lab.accountId, region: lab.region })).toHaveLength(1)
    expect(world.where('aws/ec2/VpcPeeringConnection', 'vpc', network.vpc, inVpc)).toHaveLength(1)

    const text = writeSnapshot(world)
    const again = new World(await readFiles(['-'], { stdin: Readable.from([text]) }))
    expect(writeSnapshot(again)).toBe(text)
    const plain = (of: World) => new Map([...of.resources()].map(({ kind, id, scope, body }) => [`${kind} ${id}`, { scope, body }]))
    expect(plain(again)).toEqual(plain(world))
    expect(again.where('aws/ec2/SecurityGroup', 'vpc', network.vpc, inVpc).map(({ id }) => id)).toEqual(
      world.where('aws/ec2/SecurityGroup', 'vpc', network.vpc, inVpc).map(({ id }) => id),
    )
  })

  test('are read with the least policy as with every permission', async () => {
    const statements = awsPermissions(kinds).Statement.map(({ Sid: _, ...statement }) => statement)
    const scanner = await lab.iamRole([...statements, { Effect: 'Allow', Action: onAnything, Resource: '*' }])
    const [whole, least] = [await read(kinds), await read(kinds, scanner.credentials)]
    expect(least.unread).toEqual([])
    const bodies = ({ resources }: typeof whole) => new Map(resources.map(({ kind, id, body }) => [`${kind} ${id}`, body]))
    expect(bodies(least)).toEqual(bodies(whole))
  })

  test('are unread, never absent, for someone who may read nothing', async () => {
    const gathered = await read(kinds, (await lab.iamRole()).credentials)
    expect(gathered.resources).toEqual([])
    expect(gathered.read).toEqual([])
    expect(kinds.filter(kind => !gathered.unread.some(entry => entry.kind === kind))).toEqual([])
  })

  test.each(kinds)('%s: every action that is taken away is named', async kind => {
    const { needs } = awsOperations[kind]
    // What is of the region alone needs no cluster whose region is named.
    const isNeeded = (action: string) => !unnamed.has(action) && !(action === 'eks:DescribeCluster' && isOfRegion(kind))
    for (const { action } of needs.filter(need => isNeeded(need.action))) {
      const left = needs.filter(need => need.action !== action).map(need => need.action)
      const scanner = await lab.iamRole(left.length === 0 ? undefined : [{ Effect: 'Allow', Action: left, Resource: '*' }])
      const { unread } = await read([kind], scanner.credentials)
      expect(
        unread.map(({ settle }) => (settle?.by === 'iam' ? settle.action : settle)),
        action,
      ).toContain(action)
    }
  })
})

const isOfRegion = (kind: AwsKind) => ['aws/ec2/FlowLog', 'aws/ec2/ManagedPrefixList', 'aws/eks/Nodegroup'].includes(kind)
