import { describe, expect, test } from 'vitest'
import type { AwsInput } from '../aws-input.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Protocol } from '../question.ts'
import {
  acl,
  all,
  baseInput,
  group,
  networkInterface,
  nodeInterfaces,
  nodes,
  pod,
  prefixList,
  routeTable,
  rule,
  settings,
  subnet,
  unread,
  vpc,
} from '../../../tests/network/small-cluster.ts'
import { compileAws } from './compile-aws.ts'

/** Pods with branch interfaces: web on n1, db on n2, near on n1; without: plain1 on n1, plain2 on n2. */
const pods = [
  pod({ id: 'shop/web', node: 'n1', address: '10.0.1.50', branch: 'eni-web' }),
  pod({ id: 'shop/near', node: 'n1', address: '10.0.1.51', branch: 'eni-near' }),
  pod({ id: 'shop/db', node: 'n2', address: '10.0.2.50', branch: 'eni-db' }),
  pod({ id: 'shop/plain1', node: 'n1', address: '10.0.1.97' }),
  pod({ id: 'shop/plain2', node: 'n2', address: '10.0.2.97' }),
  pod({ id: 'shop/host1', node: 'n1', address: '10.0.1.10', spec: { hostNetwork: true } }),
]
const branches = [
  networkInterface({ id: 'eni-web', subnet: 'subnet-a', addresses: ['10.0.1.50'], groups: ['sg-web'], branchOf: 'eni-t1' }),
  networkInterface({ id: 'eni-near', subnet: 'subnet-a', addresses: ['10.0.1.51'], groups: ['sg-db'], branchOf: 'eni-t1' }),
  networkInterface({ id: 'eni-db', subnet: 'subnet-b', addresses: ['10.0.2.50'], groups: ['sg-db'], branchOf: 'eni-t2' }),
]
const groups = [group('sg-node', [rule('all', 'sg-node')]), group('sg-web', []), group('sg-db', [rule('tcp 5432', 'sg-web')])]

type Where = string
interface Asked {
  readonly input?: Partial<AwsInput>
  readonly onOneNode?: boolean
  readonly protocol?: Protocol
  readonly pods?: readonly Kinds['k8s/Pod'][]
}

function layer({ input = {}, pods: own = pods }: Asked = {}) {
  const base = baseInput({ securityGroups: all(...groups), networkInterfaces: all(...nodeInterfaces, ...branches), ...input })
  return compileAws(base, all(...own), all(...nodes))
}

const nodeOf: Record<string, string> = {
  'shop/web': 'n1',
  'shop/near': 'n1',
  'shop/db': 'n2',
  'shop/plain1': 'n1',
  'shop/plain2': 'n2',
  'shop/host1': 'n1',
  n1: 'n1',
  n2: 'n2',
}

/** `web → db`: pods of shop, nodes n1 and n2, or addresses. */
function ask(from: Where, to: Where, port: number | undefined, asked: Asked = {}) {
  const compiled = layer(asked)
  const end = (where: Where) => (/[.:]/.test(where) ? compiled.address(where) : (compiled.pod(`shop/${where}`) ?? compiled.node(where))!)
  const at = (where: Where) => nodeOf[`shop/${where}`] ?? nodeOf[where]
  const onOneNode = asked.onOneNode ?? (at(from) !== undefined && at(from) === at(to))
  const layers = compiled.explain(end(from), end(to), onOneNode, asked.protocol ?? 'TCP', port)
  const verdict = compiled.verdict(end(from), end(to), onOneNode, asked.protocol ?? 'TCP', port)
  const least = layers.some(l => l.verdict === 'deny') ? 'deny' : layers.some(l => l.verdict === 'unknown') ? 'unknown' : 'allow'
  expect(least, `${from} → ${to}: the layers say what the verdict says`).toBe(verdict)
  return { verdict, layers, reasons: layers.map(({ reason }) => reason) }
}
const verdict = (from: Where, to: Where, port: number | undefined, asked: Asked = {}) => ask(from, to, port, asked).verdict
const withMode = (securityGroupMode: 'strict' | 'standard', changed = {}): Asked => ({
  input: { settings: { value: settings({ securityGroupMode, ...changed }) } },
})

// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
describe('security groups between nodes', () => {
  test('a reference matches the private addresses of interfaces that carry the group', () => {
    expect(verdict('web', 'db', 5432)).toBe('allow')
    expect(verdict('web', 'db', 5433)).toBe('deny')
    expect(verdict('plain1', 'db', 5432)).toBe('deny')
  })

  test('the answer names the groups, the rules and what was asked', () => {
    const { layers } = ask('web', 'db', 5432)
    expect(layers).toEqual([
      {
        layer: 'securityGroup',
        end: 'source',
        verdict: 'allow',
        by: [{ kind: 'aws/ec2/SecurityGroup', id: groups[1]!.SecurityGroupArn, path: ['IpPermissionsEgress', 0, 'IpRanges', 0] }],
        asked: [{ kind: 'aws/ec2/SecurityGroup', id: groups[1]!.SecurityGroupArn, path: [] }],
        reason: 'sg-web allows tcp/5432 to sg-db (shop/db)',
      },
      {
        layer: 'securityGroup',
        end: 'destination',
        verdict: 'allow',
        by: [{ kind: 'aws/ec2/SecurityGroup', id: groups[2]!.SecurityGroupArn, path: ['IpPermissions', 0, 'UserIdGroupPairs', 0] }],
        asked: [{ kind: 'aws/ec2/SecurityGroup', id: groups[2]!.SecurityGroupArn, path: [] }],
        reason: 'sg-db allows tcp/5432 from sg-web (shop/web)',
      },
    ])
    expect(ask('plain2', 'web', 80).reasons).toContain('no rule of sg-web allows tcp/80 from sg-node (shop/plain2)')
  })

  test('no egress rules deny all out, whatever the other side allows; answers need no rule', () => {
    const input = { securityGroups: all(...groups.slice(0, 1), group('sg-web', [], []), groups[2]!) }
    expect(verdict('web', 'db', 5432, { input })).toBe('deny')
    const stateful = { securityGroups: all(groups[0]!, groups[1]!, group('sg-db', [rule('tcp 5432', 'sg-web')], [])) }
    expect(verdict('web', 'db', 5432, { input: stateful })).toBe('allow')
  })

  test('rules of all groups of an interface are one union', () => {
    const both = networkInterface({
      id: 'eni-db',
      subnet: 'subnet-b',
      addresses: ['10.0.2.50'],
      groups: ['sg-db', 'sg-node'],
      branchOf: 'eni-t2',
    })
    const input = { networkInterfaces: all(...nodeInterfaces, branches[0]!, branches[1]!, both) }
    expect(verdict('plain1', 'db', 22, { input })).toBe('allow')
    expect(verdict('web', 'db', 5432, { input })).toBe('allow')
  })

  test('a self reference joins the members, and only them', () => {
    expect(verdict('plain1', 'plain2', 80)).toBe('allow')
    const input = { securityGroups: all(groups[0]!, groups[1]!, group('sg-db', [rule('all', 'sg-db')])) }
    expect(verdict('near', 'db', 80, { input })).toBe('allow')
    expect(verdict('web', 'db', 80, { input })).toBe('deny')
  })

  test('a reference of which the peering is gone matches nobody', () => {
    const stale = group('sg-db', [])
    const pair = { GroupId: 'sg-web', VpcId: 'vpc-9', VpcPeeringConnectionId: 'pcx-9', PeeringStatus: 'deleted' }
    const rules = [{ IpProtocol: '-1', UserIdGroupPairs: [pair] }]
    const input = { securityGroups: all(groups[0]!, groups[1]!, { ...stale, IpPermissions: rules } as never) }
    expect(verdict('web', 'db', 5432, { input })).toBe('deny')
  })

  const dbWith = (...rules: Parameters<typeof group>[1]) => ({ securityGroups: all(groups[0]!, groups[1]!, group('sg-db', rules)) })

  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
  test('protocols: -1 is all whatever the ports; ICMP has types and codes; a number is that protocol alone', () => {
    expect(verdict('web', 'db', 9999, { input: dbWith(rule('all 80', 'sg-web')) })).toBe('allow')
    const ping = { protocol: 'ICMP' as const, input: dbWith(rule('icmp 8/-1', 'sg-web')) }
    expect(verdict('web', 'db', undefined, ping)).toBe('allow')
    expect(verdict('web', 'db', 3 * 256 + 4, ping)).toBe('deny')
    expect(verdict('web', 'db', undefined, { ...ping, input: dbWith(rule('icmp -1', 'sg-web')) })).toBe('allow')
    expect(verdict('web', 'db', undefined, { protocol: '50', input: dbWith(rule('50', 'sg-web')) })).toBe('allow')
    expect(verdict('web', 'db', 80, { input: dbWith(rule('50', 'sg-web')) })).toBe('deny')
    expect(verdict('web', 'db', 80, { input: dbWith(rule('udp 80', 'sg-web')) })).toBe('deny')
  })

  test('IPv6 blocks say nothing of IPv4 addresses', () => {
    expect(verdict('web', 'db', 80, { input: dbWith(rule('tcp 80', '::/0')) })).toBe('deny')
    expect(verdict('web', 'db', 80, { input: dbWith(rule('tcp 80', '10.0.1.50/32')) })).toBe('allow')
    expect(verdict('near', 'db', 80, { input: dbWith(rule('tcp 80', '10.0.1.50/32')) })).toBe('deny')
  })

  test('prefix lists stand for their entries; IPv6 entries alone match no IPv4', () => {
    const input = dbWith(rule('tcp 80', 'pl-1'))
    expect(verdict('web', 'db', 80, { input: { ...input, prefixLists: all(prefixList('pl-1', '10.0.1.0/24')) } })).toBe('allow')
    expect(verdict('web', 'db', 80, { input: { ...input, prefixLists: all(prefixList('pl-1', '2001:db8::/32')) } })).toBe('deny')
    const { verdict: unknown, reasons } = ask('web', 'db', 80, {
      input: { ...input, prefixLists: { all: [], missing: unread('aws/ec2/ManagedPrefixList') } },
    })
    expect(unknown).toBe('unknown')
    expect(reasons).toContain('the entries of pl-1 were not read')
    expect(verdict('web', 'db', 81, { input })).toBe('deny')
  })

  test('groups that were not read are unknown, never closed or open', () => {
    const input = { securityGroups: { all: groups.slice(0, 2), missing: unread('aws/ec2/SecurityGroup') } }
    const { verdict: unknown, layers } = ask('web', 'db', 5432, { input })
    expect(unknown).toBe('unknown')
    expect(layers.find(l => l.verdict === 'unknown')).toMatchObject({
      reason: 'sg-db was not read',
      fact: { kind: 'aws/ec2/SecurityGroup', id: 'sg-db' },
    })
  })

  test('an interface that was not read has unknown groups', () => {
    const input = { networkInterfaces: { all: [...nodeInterfaces, branches[0]!], missing: unread('aws/ec2/NetworkInterface') } }
    const { verdict: unknown, layers } = ask('web', 'db', 5432, { input })
    expect(unknown).toBe('unknown')
    expect(layers.find(l => l.verdict === 'unknown')).toMatchObject({ reason: 'eni-db was not read', fact: { id: 'eni-db' } })
  })

  test('a deny on one side is certain, whatever was not read on the other', () => {
    const input = {
      securityGroups: all(groups[0]!, group('sg-web', [], [])),
      networkInterfaces: { all: [...nodeInterfaces, branches[0]!], missing: unread('aws/ec2/NetworkInterface') },
    }
    expect(verdict('web', 'db', 5432, { input })).toBe('deny')
  })
})

// https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110
describe('one node', () => {
  test('pods without interfaces of their own are never filtered', () => {
    const input = { securityGroups: all(group('sg-node', [], []), ...groups.slice(1)) }
    expect(verdict('plain1', 'n1', 10_250, { input })).toBe('allow')
    expect(verdict('plain1', 'plain2', 80, { input })).toBe('deny')
  })

  test('strict: everything of a pod with its own interface passes the VPC, even to its own node', () => {
    expect(verdict('web', 'near', 5432)).toBe('allow')
    expect(verdict('web', 'near', 80)).toBe('deny')
    expect(verdict('web', 'plain1', 80)).toBe('deny')
    expect(verdict('plain1', 'web', 80)).toBe('deny')
    expect(verdict('web', 'n1', 53)).toBe('deny')
    expect(verdict('n1', 'web', 8080)).toBe('deny')
    const probes = { securityGroups: all(groups[0]!, group('sg-web', [rule('tcp 8080', 'sg-node')])) }
    expect(verdict('n1', 'web', 8080, { input: probes })).toBe('allow')
    expect(verdict('host1', 'web', 8080, { input: probes })).toBe('allow')
  })

  // https://github.com/aws/amazon-vpc-cni-k8s#disable_tcp_early_demux-v173
  test('strict: TCP from the node needs DISABLE_TCP_EARLY_DEMUX, UDP does not', () => {
    const probes = { securityGroups: all(groups[0]!, group('sg-web', [rule('all', 'sg-node')])) }
    const asked = { input: { ...probes, settings: { value: settings({ tcpEarlyDemuxDisabled: false }) } } }
    expect(verdict('n1', 'web', 8080, asked)).toBe('deny')
    expect(verdict('n1', 'web', 8080, { ...asked, protocol: 'UDP' })).toBe('allow')
    expect(verdict('n2', 'web', 8080, asked)).toBe('allow')
  })

  test('standard: nothing filters between such a pod and others of its node, or the node', () => {
    const asked = withMode('standard')
    for (const [from, to] of [
      ['web', 'plain1'],
      ['plain1', 'web'],
      ['web', 'n1'],
      ['n1', 'web'],
    ] as const) {
      expect(verdict(from, to, 80, asked)).toBe('allow')
    }
    expect(verdict('web', 'n2', 80, asked)).toBe('deny')
  })

  // The EKS guide and the CNI's README say different things of it.
  test('standard: two pods with interfaces of their own are an open question', () => {
    expect(verdict('web', 'near', 80, withMode('standard'))).toBe('unknown')
    expect(verdict('web', 'near', 80, { ...withMode('standard'), onOneNode: false })).toBe('deny')
  })

  test('without the settings, only what both modes agree on is known', () => {
    const input = { settings: { unread: unread('k8s/DaemonSet') } }
    const { verdict: unknown, layers } = ask('web', 'plain1', 80, { input })
    expect(unknown).toBe('unknown')
    expect(layers[0]).toMatchObject({ reason: 'denied in strict mode, allowed in standard mode', fact: { kind: 'k8s/DaemonSet' } })
    expect(verdict('web', 'db', 5432, { input })).toBe('allow')
  })

  test('a pod reaches itself, and pods of the host the host', () => {
    expect(verdict('web', 'web', 80)).toBe('allow')
    expect(verdict('host1', 'n1', 80)).toBe('allow')
  })
})

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
describe('network ACLs', () => {
  const own = ['100 in allow all 0.0.0.0/0', '100 out allow all 0.0.0.0/0']
  const asked = (a: readonly string[], b: readonly string[] = own) => ({
    input: { networkAcls: all(acl('acl-a', ['subnet-a'], a), acl('acl-b', ['subnet-b'], b)) },
  })

  test('are asked between subnets and not inside one', () => {
    const closed = asked(['100 out deny tcp 5432 0.0.0.0/0', '200 out allow all 0.0.0.0/0', '100 in allow all 0.0.0.0/0'])
    expect(verdict('web', 'db', 5432, closed)).toBe('deny')
    expect(verdict('web', 'near', 5432, closed)).toBe('allow')
  })

  test('the first entry that matches decides', () => {
    const entries = ['100 in allow all 0.0.0.0/0', '90 out allow tcp 5432 10.0.2.0/24', '100 out deny all 0.0.0.0/0']
    expect(verdict('web', 'db', 5432, asked(entries))).toBe('allow')
    expect(verdict('plain1', 'plain2', 80, asked(entries))).toBe('deny')
    const { layers } = ask('plain1', 'plain2', 80, asked(entries))
    expect(layers.find(l => l.verdict === 'deny')?.by[0]?.path).toEqual(['Entries', 2])
  })

  test('are stateless: what answers needs its own entry, at any port that a client may have', () => {
    const out = '100 out allow all 0.0.0.0/0'
    expect(verdict('web', 'db', 5432, asked([out, '100 in allow tcp 1024-65535 10.0.2.0/24']))).toBe('allow')
    expect(verdict('web', 'db', 5432, asked([out, '100 in allow tcp 443 0.0.0.0/0']))).toBe('deny')
    const partly = ask('web', 'db', 5432, asked([out, '100 in allow tcp 32768-60999 0.0.0.0/0']))
    expect(partly.verdict).toBe('unknown')
    expect(partly.reasons).toContain(
      'acl-a lets what answers tcp/5432 in at some ports of 1024 to 65535 only: it depends on the port that the client happens to have',
    )
    expect(verdict('web', 'db', 5432, asked(own, ['100 in allow tcp 5432 0.0.0.0/0', '100 out allow tcp 1024-65535 0.0.0.0/0']))).toBe(
      'allow',
    )
  })

  test('an echo request needs its reply', () => {
    const ping = { protocol: 'ICMP' as const }
    expect(
      verdict('plain1', 'plain2', undefined, {
        ...asked(['100 out allow icmp 8/-1 0.0.0.0/0', '100 in allow icmp 0/-1 0.0.0.0/0']),
        ...ping,
      }),
    ).toBe('allow')
    expect(verdict('plain1', 'plain2', undefined, { ...asked(['100 out allow icmp 8/-1 0.0.0.0/0']), ...ping })).toBe('deny')
  })

  test('that were not read are unknown between subnets, and not asked inside one', () => {
    const input = { networkAcls: { all: [], missing: unread('aws/ec2/NetworkAcl') } }
    expect(verdict('web', 'db', 5432, { input })).toBe('unknown')
    expect(verdict('web', 'db', 80, { input })).toBe('deny')
    expect(verdict('web', 'near', 5432, { input })).toBe('allow')
  })
})

describe('out of the VPC', () => {
  const world = '203.0.113.7'

  test('plain pods are translated to their node, whose groups and NAT gateway decide', () => {
    expect(verdict('plain1', world, 443)).toBe('allow')
    const input = { securityGroups: all(group('sg-node', [], [rule('tcp 80', '0.0.0.0/0')]), ...groups.slice(1)) }
    expect(verdict('plain1', world, 443, { input })).toBe('deny')
    expect(ask('plain1', world, 80, { input }).reasons[0]).toBe('sg-node allows tcp/80 to 203.0.113.7, translated to the address of n1')
  })

  // README of the CNI: standard mode, externalSNAT disabled: only the groups of eth0 are enforced; enabled: those of the pod.
  test.each([
    ['strict', {}, 'deny'],
    ['standard', {}, 'allow'],
    ['standard', { externalSnat: true }, 'deny'],
    ['standard', { excludeSnatCidrs: ['203.0.113.0/24'] }, 'deny'],
  ] as const)('a pod whose groups close it, in %s mode with %j: %s', (mode, changed, expected) => {
    const closed = { securityGroups: all(groups[0]!, group('sg-web', [], [])) }
    expect(
      verdict('web', world, 443, { input: { ...closed, settings: { value: settings({ securityGroupMode: mode, ...changed }) } } }),
    ).toBe(expected)
  })

  // https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
  test('an internet gateway needs a public address', () => {
    const routeTables = all(routeTable('rtb', ['subnet-a'], ['10.0.0.0/16 local', '0.0.0.0/0 igw-1']))
    expect(verdict('web', world, 443, { input: { routeTables } })).toBe('deny')
    expect(verdict('plain1', world, 443, { input: { routeTables } })).toBe('deny')
    const withPublic = networkInterface({
      id: 'eni-n1',
      subnet: 'subnet-a',
      addresses: ['10.0.1.10'],
      groups: ['sg-node'],
      instance: 'i-1',
      publicIp: '198.51.100.1',
    })
    expect(
      verdict('plain1', world, 443, { input: { routeTables, networkInterfaces: all(withPublic, nodeInterfaces[1]!, ...branches) } }),
    ).toBe('allow')
  })

  test.each([
    ['0.0.0.0/0 nat-1 blackhole', 'deny'],
    ['198.51.100.0/24 nat-1', 'deny'],
    ['0.0.0.0/0 tgw-1', 'unknown'],
    ['0.0.0.0/0 eni-firewall', 'unknown'],
    ['0.0.0.0/0 nat-gone', 'deny'],
  ])('route %s: %s', (route, expected) => {
    const routeTables = all(
      routeTable('rtb', ['subnet-a'], ['10.0.0.0/16 local', route]),
      routeTable('rtb-public', ['subnet-public'], ['0.0.0.0/0 igw-1']),
    )
    expect(verdict('plain1', world, 443, { input: { routeTables } })).toBe(expected)
  })

  test('the longest block wins', () => {
    const routes = ['10.0.0.0/16 local', '0.0.0.0/0 nat-1', '203.0.113.0/24 tgw-1']
    const routeTables = all(routeTable('rtb', ['subnet-a'], routes), routeTable('rtb-public', ['subnet-public'], ['0.0.0.0/0 igw-1']))
    expect(verdict('plain1', world, 443, { input: { routeTables } })).toBe('unknown')
    expect(verdict('plain1', '198.51.100.1', 443, { input: { routeTables } })).toBe('allow')
  })

  // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
  test('a gateway endpoint takes the addresses of its prefix list, and a group may name the list', () => {
    const routes = ['10.0.0.0/16 local', 'pl-s3 vpce-1']
    const input = {
      routeTables: all(routeTable('rtb', ['subnet-a'], routes)),
      prefixLists: all(prefixList('pl-s3', '203.0.113.0/24')),
      securityGroups: all(groups[0]!, group('sg-web', [], [rule('tcp 443', 'pl-s3')])),
    }
    expect(verdict('web', world, 443, { input })).toBe('allow')
    expect(verdict('web', world, 80, { input })).toBe('deny')
    expect(verdict('web', '198.51.100.1', 443, { input })).toBe('deny')
  })

  const peer = {
    vpcs: all(vpc('vpc-1', '10.0.0.0/16'), vpc('vpc-2', '10.9.0.0/16')),
    subnets: all(subnet('subnet-a', '10.0.1.0/24'), subnet('subnet-b', '10.0.2.0/24'), subnet('subnet-peer', '10.9.1.0/24', 'vpc-2')),
    routeTables: all(
      routeTable('rtb', ['subnet-a', 'subnet-b'], ['10.0.0.0/16 local', '10.9.0.0/16 pcx-1']),
      routeTable('rtb-peer', ['subnet-peer'], ['10.9.0.0/16 local', '10.0.0.0/16 pcx-1'], 'vpc-2'),
    ),
    networkAcls: all(acl('acl', ['subnet-a', 'subnet-b', 'subnet-peer'], ['100 in allow all 0.0.0.0/0', '100 out allow all 0.0.0.0/0'])),
    peerings: all({
      Arn: 'arn:aws:ec2:eu-west-1:111122223333:vpc-peering-connection/pcx-1',
      VpcPeeringConnectionId: 'pcx-1',
      Status: { Code: 'active' },
      AccepterVpcInfo: { Region: 'eu-west-1' },
      RequesterVpcInfo: { Region: 'eu-west-1' },
    } as never),
    networkInterfaces: all(
      ...nodeInterfaces,
      ...branches,
      networkInterface({ id: 'eni-rds', subnet: 'subnet-peer', addresses: ['10.9.1.5'], groups: ['sg-rds'], vpc: 'vpc-2' }),
    ),
    securityGroups: all(...groups, group('sg-rds', [rule('tcp 5432', 'sg-web')])),
  }

  // https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
  test('a peer may refer to the group of a pod, unless the node translates its address', () => {
    expect(verdict('web', '10.9.1.5', 5432, { input: peer })).toBe('allow')
    const standard = { value: settings({ securityGroupMode: 'standard' as const }) }
    const { verdict: denied, reasons } = ask('web', '10.9.1.5', 5432, { input: { ...peer, settings: standard } })
    expect(denied).toBe('deny')
    expect(reasons.at(-1)).toBe('no rule of sg-rds allows tcp/5432 from sg-node (n1)')
    const excluded = { value: settings({ securityGroupMode: 'standard', excludeSnatCidrs: ['10.9.0.0/16'] }) }
    expect(verdict('web', '10.9.1.5', 5432, { input: { ...peer, settings: excluded } })).toBe('allow')
  })

  test('the peer must know the way back', () => {
    const routeTables = all(peer.routeTables.all[0]!, routeTable('rtb-peer', ['subnet-peer'], ['10.9.0.0/16 local'], 'vpc-2'))
    expect(verdict('web', '10.9.1.5', 5432, { input: { ...peer, routeTables } })).toBe('deny')
  })

  test('from outside, a private IPv4 address is only reached by what is not modelled', () => {
    expect(verdict(world, 'web', 80)).toBe('unknown')
    const routeTables = all(routeTable('rtb', ['subnet-a'], ['10.0.0.0/16 local', '172.16.0.0/12 tgw-1']))
    expect(verdict('172.16.0.1', 'web', 80, { input: { routeTables } })).toBe('deny')
  })
})

// https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html
describe('addresses that mean something else', () => {
  const closed = { securityGroups: all(group('sg-node', [], []), group('sg-web', [], []), groups[2]!) }

  test.each(['169.254.169.254', '169.254.169.253', '169.254.169.123', '10.0.0.2', '169.254.170.23', '169.254.20.10'])(
    '%s is reached without any rule by a plain pod',
    address => {
      expect(verdict('plain1', address, 80, { input: closed })).toBe('allow')
      expect(verdict('n1', address, 80, { input: closed })).toBe('allow')
    },
  )

  // https://github.com/aws/amazon-vpc-cni-k8s/pull/3148
  test('strict mode loses link-local addresses of the node, standard mode does not', () => {
    expect(verdict('web', '169.254.170.23', 80)).toBe('deny')
    expect(verdict('web', '169.254.20.10', 53)).toBe('deny')
    expect(verdict('web', '169.254.170.23', 80, withMode('standard'))).toBe('allow')
    expect(verdict('web', '169.254.169.254', 80)).toBe('unknown')
    expect(verdict('web', '10.0.0.2', 53, { input: closed })).toBe('allow')
  })
})

describe('which interface', () => {
  test('an address inside a delegated prefix is of the interface that has the prefix', () => {
    expect(layer().pod('shop/plain1')).toMatchObject({ interfaceId: 'eni-n1', holder: 'node', groups: { value: ['sg-node'] } })
  })

  test('custom networking: the groups of the interface, and of the ENIConfig when it was not read', () => {
    const custom = { settings: { value: settings({ customNetworking: true }) } }
    const own = pod({ id: 'shop/plain3', node: 'n1', address: '10.0.100.7' })
    const eniConfigs = all({ metadata: { name: 'default' }, spec: { securityGroups: ['sg-pods'], subnet: 'subnet-public' } } as never)
    const compiled = layer({ pods: [own], input: { ...custom, eniConfigs } })
    expect(compiled.pod('shop/plain3')).toMatchObject({ holder: 'node', groups: { value: ['sg-pods'] }, subnetId: 'subnet-public' })
    expect(layer({ pods: [own], input: custom }).pod('shop/plain3')).toMatchObject({ holder: 'none', groups: { unread: {} } })
  })

  test('Fargate: an interface of its own, or the groups it will get', () => {
    const labels = { 'eks.amazonaws.com/fargate-profile': 'p' }
    const running = pod({ id: 'shop/f', address: '10.0.1.200', labels })
    const planned = pod({ id: 'shop/g', labels })
    const fargate = networkInterface({ id: 'eni-f', subnet: 'subnet-a', addresses: ['10.0.1.200'], groups: ['sg-db'] })
    const compiled = layer({ pods: [running, planned], input: { networkInterfaces: all(fargate) } })
    expect(compiled.pod('shop/f')).toMatchObject({ holder: 'own', groups: { value: ['sg-db'] }, platform: 'fargate' })
    expect(compiled.pod('shop/g')).toMatchObject({ holder: 'planned', groups: { value: ['sg-cluster'] } })
  })

  const policy = {
    metadata: { namespace: 'shop', name: 'db' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, securityGroups: { groupIds: ['sg-db'] } },
  }

  test('a pod that is only written down gets the groups of its policies, else those of the nodes', () => {
    const written = [pod({ id: 'shop/db1', labels: { app: 'db' } }), pod({ id: 'shop/any' })]
    const compiled = layer({ pods: written, input: { securityGroupPolicies: all(policy as never) } })
    expect(compiled.pod('shop/db1')).toMatchObject({ holder: 'planned', groups: { value: ['sg-db'] } })
    expect(compiled.pod('shop/any')).toMatchObject({ holder: 'planned', groups: { value: ['sg-node'] } })
    const unsure = layer({ pods: written, input: { securityGroupPolicies: { all: [], missing: unread('k8s/SecurityGroupPolicy') } } })
    expect(unsure.pod('shop/any')).toMatchObject({ groups: { unread: { kind: 'k8s/SecurityGroupPolicy' } } })
  })

  test('its address may be any of the subnets of the nodes: a rule for a part of them is not known to match', () => {
    const written = [pod({ id: 'shop/any' }), ...pods]
    const by = (block: string) => ({
      pods: written,
      input: { securityGroups: all(groups[0]!, groups[1]!, group('sg-db', [rule('tcp 80', block)])) },
    })
    expect(verdict('any', 'db', 80, { ...by('10.0.0.0/16'), onOneNode: false })).toBe('allow')
    expect(verdict('any', 'db', 80, { ...by('10.0.1.0/24'), onOneNode: false })).toBe('unknown')
    expect(verdict('any', 'db', 80, { ...by('10.0.9.0/24'), onOneNode: false })).toBe('deny')
  })

  test('a load balancer without groups is not filtered', () => {
    const balancer = networkInterface({
      id: 'eni-nlb',
      subnet: 'subnet-a',
      addresses: ['10.0.1.80'],
      groups: [],
      type: 'network_load_balancer',
    })
    expect(verdict('plain2', '10.0.1.80', 80, { input: { networkInterfaces: all(...nodeInterfaces, balancer) } })).toBe('allow')
    expect(verdict('plain2', '10.0.1.81', 80)).toBe('unknown')
  })

  // https://docs.aws.amazon.com/eks/latest/userguide/auto-sgp.html
  test('EKS Auto Mode: policies count from 1.36 on, and what translates addresses is not read', () => {
    const auto = { 'eks.amazonaws.com/compute-type': 'auto' }
    const written = [pod({ id: 'shop/db1', labels: { app: 'db' }, spec: { nodeSelector: auto } })]
    const by = (version: string) =>
      layer({
        pods: written,
        input: { securityGroupPolicies: all(policy as never), cluster: { value: { vpcId: 'vpc-1', version } } },
      }).pod('shop/db1')?.groups
    expect(by('1.36')).toEqual({ value: ['sg-db'] })
    expect(by('1.35')).toEqual({ value: ['sg-node'] })
  })
})
