import { describe, expect, test } from 'vitest'
import { networkInputOf } from '../../tests/network/engine-input.ts'
import { goldenCase, goldenFiles, says, worldOf } from '../../tests/network/golden-cases.ts'
import { all, baseInput, group, networkInterface, rule, settings, subnet } from '../../tests/network/small-cluster.ts'
import { cases, type EnforcedCase, type EnforcedGroupRule } from '../../tests/worlds/network/enforced/read.ts'
import { compileNetwork } from './compile-network.ts'
import type { NetworkInput } from './aws-input.ts'
import type { Protocol, Question } from './question.ts'

describe.each(goldenFiles)('%s', name => {
  const golden = goldenCase(name)
  test.runIf(golden.queries.length > 0)('the engine answers as expected', () => {
    for (const query of golden.queries) {
      const network = compileNetwork(networkInputOf(worldOf(golden, query)))
      const question = { ...query, protocol: query.protocol as Protocol } as Question
      const { verdict, layers } = network.answer(question)
      expect({ query: says(query), verdict }).toEqual({ query: says(query), verdict: query.expect.verdict })
      expect(network.verdict(question)).toBe(verdict)
      const { denyingLayer } = query.expect
      if (denyingLayer === undefined) continue
      const denying = layers.filter(layer => layer.verdict === 'deny').map(({ layer }) => layer)
      expect({ query: says(query), denying }).toEqual({ query: says(query), denying: expect.arrayContaining([denyingLayer]) as unknown })
    }
  })
})

// Recorded on real packets: tests/worlds/network/enforced/README.md. Groups there are allow-lists on each pod's own interface, also inside a node:
// strict mode does that with branch interfaces. Pods that the case does not name have a group that lets everything pass.
const recorded = cases('sg-and-np')
const toRule = ({ cidr, sourceGroup, protocol, from, to }: EnforcedGroupRule) =>
  rule(protocol === '-1' ? 'all' : `${protocol} ${from}-${to}`, cidr ?? sourceGroup ?? '')

function inputOf({ objects, nodes, securityGroups = [], mode }: EnforcedCase): NetworkInput {
  const kind = (name: string) => all(...objects.filter(object => object.kind === name)) as never
  const pods = objects
    .filter(object => object.kind === 'Pod')
    .map(({ metadata, ...rest }) => {
      const id = `${metadata.namespace}/${metadata.name}`
      const { podIP } = (rest as never as { status: { podIP: string } }).status
      const isHost = (rest as never as { spec: { hostNetwork?: boolean } }).spec.hostNetwork === true
      const annotations = isHost ? {} : { 'vpc.amazonaws.com/pod-eni': JSON.stringify([{ eniId: `eni-${id}`, privateIp: podIP }]) }
      return { id, podIP, isHost, body: { ...rest, metadata: { ...metadata, annotations } } }
    })
  const open = group('sg-open', [rule('all', '0.0.0.0/0')])
  const groups = new Map(
    securityGroups.map(({ group: name, ingress, egress }) => [name, group(name, ingress.map(toRule), egress.map(toRule))]),
  )
  for (const { group: name, ingress, egress } of securityGroups)
    expect(groups.get(name)).toEqual(group(name, ingress.map(toRule), egress.map(toRule)))
  const groupsOf = (id: string) => {
    const own = securityGroups.filter(({ pod }) => pod === id).map(({ group: name }) => name)
    return own.length === 0 ? ['sg-open'] : own
  }
  const interfaces = pods
    .filter(({ isHost }) => !isHost)
    .map(({ id, podIP }) =>
      networkInterface({ id: `eni-${id}`, subnet: 'subnet-a', addresses: [podIP], groups: groupsOf(id), branchOf: 'eni-t' }),
    )
  const nodeInterfaces = nodes.map(({ name, ip }, i) =>
    networkInterface({ id: `eni-${name}`, subnet: 'subnet-a', addresses: [ip], groups: ['sg-open'], instance: `i-${i}` }),
  )
  const aws = baseInput({
    vpcs: all({ VpcId: 'vpc-1', CidrBlock: '10.77.0.0/16' } as never),
    subnets: all(subnet('subnet-a', '10.77.0.0/16')),
    securityGroups: all(open, ...groups.values()),
    networkInterfaces: all(...nodeInterfaces, ...interfaces),
    settings: { value: settings() },
  })
  const none = all()
  return {
    aws,
    policies: {
      engine: { value: 'aws-vpc-cni' },
      mode: { value: mode },
      namespaces: kind('Namespace'),
      pods: all(...pods.map(({ body }) => body)) as never,
      nodes: all(
        ...nodes.map(({ name, ip }) => ({ metadata: { name }, status: { addresses: [{ type: 'InternalIP', address: ip }] } })),
      ) as never,
      networkPolicies: kind('NetworkPolicy'),
      applicationNetworkPolicies: none as never,
      awsClusterNetworkPolicies: kind('ClusterNetworkPolicy'),
      clusterNetworkPolicies: none as never,
      adminNetworkPolicies: none as never,
      baselineAdminNetworkPolicies: none as never,
      services: kind('Service'),
      endpointSlices: none as never,
    },
  }
}

test('there are recorded cases', () => expect(recorded.length).toBeGreaterThan(20))

describe.each(recorded.map(each => [each.id, each] as const))('%s', (_id, each) => {
  test('equals what packets did', () => {
    const network = compileNetwork(inputOf(each))
    const wrong = each.probes.flatMap(({ from, to, protocol, port, open }) => {
      const question = { from: { pod: from }, to: { pod: to }, protocol, port } as const
      const verdict = network.verdict(question)
      expect(network.answer(question).verdict).toBe(verdict)
      return verdict === (open ? 'allow' : 'deny') ? [] : [{ from, to, protocol, port, open, verdict }]
    })
    expect(wrong).toEqual([])
  })
})

// The pods behind the Service are admitted by their labels; its address is not, since the peer asks for a label that its selector lacks.
describe('to a Service', () => {
  const golden = goldenCase('22-service-by-labels-it-lacks.yaml')
  const input = networkInputOf(worldOf(golden))
  const question = { from: { pod: 'shop/web' }, to: { service: 'kube-system/kube-dns' }, protocol: 'UDP', port: 53 } as const

  test('an answer says what the published semantics would', () => {
    const { verdict, upstream } = compileNetwork(input).answer(question)
    expect({ verdict, upstream }).toEqual({
      verdict: 'deny',
      upstream: { verdict: 'allow', because: expect.stringContaining("must match the service's own selector") as unknown },
    })
  })
  test('to its pod nothing differs, and with the published semantics there is nothing else to say', () => {
    expect(compileNetwork(input).answer({ ...question, to: { pod: 'kube-system/coredns' } }).upstream).toBeUndefined()
    const upstream = compileNetwork({ ...input, policies: { ...input.policies, engine: { value: 'upstream' } } }).answer(question)
    expect([upstream.verdict, upstream.upstream]).toEqual(['allow', undefined])
  })
})
