import { describe, expect, test } from 'vitest'
import {
  acl,
  all,
  baseInput,
  group,
  networkInterface,
  node,
  nodeInterfaces,
  nodes,
  openAcl,
  pod,
  rule,
  settings,
  subnet,
  unread,
} from '../../../tests/network/small-cluster.ts'
import type { AwsInput } from '../aws-input.ts'
import type { Listed } from '../input.ts'
import { compileAws } from './compile-aws.ts'

const running = pod({ id: 'shop/web', node: 'n1', address: '10.0.1.100' })
const planned = pod({ id: 'shop/job' })
const agent = pod({ id: 'shop/agent', spec: { hostNetwork: true } })
const pods = all(running, planned, agent)

const layerOf = (changed: Partial<AwsInput> = {}, own: Listed<(typeof nodes)[number]> = all(...nodes)) =>
  compileAws(baseInput(changed), pods, own)

/** Between two nodes. */
function asked(layer: ReturnType<typeof layerOf>, from: string, to: string) {
  const layers = layer.explain(layer.pod(from)!, layer.pod(to)!, false, 'TCP', 80)
  return {
    verdict: layer.verdict(layer.pod(from)!, layer.pod(to)!, false, 'TCP', 80),
    reasons: layers.map(({ reason }) => reason).join('\n'),
  }
}

const withDatabase = {
  subnets: all(subnet('subnet-a', '10.0.1.0/24'), subnet('subnet-b', '10.0.2.0/24'), subnet('subnet-db', '10.0.10.0/24')),
  networkAcls: all(openAcl(), acl('acl-db', ['subnet-db'], ['100 in allow tcp 5432 10.0.0.0/16'])),
}

describe('a pod that does not run yet', () => {
  test.each(['shop/job', 'shop/agent'])('%s has the groups that all nodes have, and says so', id => {
    expect(asked(layerOf(), id, 'shop/web')).toEqual({
      verdict: 'allow',
      reasons: expect.stringContaining('it does not run yet') as unknown,
    })
    expect(asked(layerOf(), 'shop/web', id).verdict).toBe('allow')
  })
  test.each(['shop/job', 'shop/agent'])('%s is in a subnet of the nodes, so that an ACL of another does not count', id => {
    expect(asked(layerOf(withDatabase), id, 'shop/web').verdict).toBe('allow')
  })
  test('of which one is closed, it is not known', () => {
    const networkAcls = all(openAcl(), acl('acl-b', ['subnet-b'], ['100 in allow tcp 5432 10.0.0.0/16']))
    expect(asked(layerOf({ networkAcls }), 'shop/job', 'shop/web')).toEqual({
      verdict: 'unknown',
      reasons: expect.stringContaining('which network ACL filters it') as unknown,
    })
  })
  test('with custom networking it may be in any subnet, with groups that are not known', () => {
    const layer = layerOf({ ...withDatabase, settings: { value: settings({ customNetworking: true }) } })
    expect(asked(layer, 'shop/job', 'shop/web').verdict).toBe('unknown')
    expect(asked(layer, 'shop/agent', 'shop/web').verdict).toBe('allow')
  })
  test('where nodes differ, its groups are not known', () => {
    const [first, second] = nodeInterfaces
    const other = { ...second!, Groups: [{ GroupId: 'sg-other' }] }
    const layer = layerOf({
      networkInterfaces: all(first!, other),
      securityGroups: all(group('sg-node', [rule('all', 'sg-node')]), group('sg-other', [])),
    })
    expect(asked(layer, 'shop/job', 'shop/web').verdict).toBe('unknown')
    expect(asked(layer, 'shop/agent', 'shop/web').verdict).toBe('unknown')
  })
  test('where not all nodes were read, neither', () => {
    const layer = layerOf({}, { all: nodes, missing: unread('k8s/Node') as never })
    expect(asked(layer, 'shop/job', 'shop/web').verdict).toBe('unknown')
    expect(asked(layer, 'shop/agent', 'shop/web').verdict).toBe('unknown')
  })
  test('a node of Auto Mode may give it other groups', () => {
    const auto = node('n3', 'i-3', '10.0.1.11', { 'eks.amazonaws.com/compute-type': 'auto' })
    const third = networkInterface({ id: 'eni-n3', subnet: 'subnet-a', addresses: ['10.0.1.11'], groups: ['sg-node'], instance: 'i-3' })
    const layer = layerOf({ networkInterfaces: all(...nodeInterfaces, third) }, all(...nodes, auto))
    expect(asked(layer, 'shop/job', 'shop/web').verdict).toBe('unknown')
  })
  test('on a node of Fargate it is not', () => {
    const fargate = node('n3', '', '10.0.1.11', { 'eks.amazonaws.com/compute-type': 'fargate' })
    const third = networkInterface({ id: 'eni-f', subnet: 'subnet-a', addresses: ['10.0.1.11'], groups: ['sg-cluster'] })
    const layer = layerOf({ networkInterfaces: all(...nodeInterfaces, third) }, all(...nodes, fargate))
    expect(asked(layer, 'shop/job', 'shop/web').verdict).toBe('allow')
  })
})
