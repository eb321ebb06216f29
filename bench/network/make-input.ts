import type { Kinds } from '#model/kinds.ts'
import type { AwsInput, NetworkInput } from '#network/aws-input.ts'
import type { PodGroup } from '#network/network.ts'
import {
  all,
  baseInput,
  group,
  networkInterface,
  routeTable,
  rule,
  settings,
  subnet,
  vpc,
  type ShortRule,
} from '../../tests/network/small-cluster.ts'
import { makeWorld, type Shape } from './world.ts'

const setCount = 300

/** The same numbers each time. */
export function numbers(start: number): (below: number) => number {
  let state = start
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A pod's workload decides its set of groups: one of its own, and two that many share. */
const groupsOf = (workload: number): string[] => [`sg-own-${workload % setCount}`, `sg-team-${workload % 20}`, 'sg-base']

/** Subnets, a part of one, an office, everywhere. */
const blocks = ['10.0.0.0/10', '10.64.0.0/10', '10.128.0.0/10', '10.1.0.0/20', '192.0.2.0/24', '198.51.100.0/24', '0.0.0.0/0']

/** Of a group: three to seven, of ports and peers that others have too. */
export function rulesOf(below: (n: number) => number): ShortRule[] {
  return Array.from({ length: 3 + below(5) }, () => {
    const port = 1_000 + below(150) * 10
    const peers = [`sg-own-${below(setCount)}`, `sg-team-${below(20)}`, blocks[below(blocks.length)]!]
    return rule(`tcp ${port}-${port + below(30)}`, peers[below(3)]!)
  })
}

/** A run of ports that the policy opens to everybody: without it next to nothing would pass both layers. */
function withOpenPorts(policy: Kinds['k8s/NetworkPolicy'], i: number): Kinds['k8s/NetworkPolicy'] {
  const ports = [{ protocol: 'TCP', port: 1_000 + (i % 40) * 25, endPort: 1_024 + (i % 40) * 25 }]
  const { spec } = policy
  const opened = (rules: readonly object[] | undefined) => (rules === undefined ? undefined : [...rules, { ports }])
  return { ...policy, spec: { ...spec, ingress: opened(spec?.ingress), egress: opened(spec?.egress) } } as never
}

/** The world of `makeWorld` in a VPC: each pod has a branch interface with three groups, of 322. */
export function makeInput(shape: Shape): NetworkInput {
  const below = numbers(11)
  const policies = makeWorld(shape, 'aws-vpc-cni')
  const nodeCount = policies.nodes.all.length
  const pods = policies.pods.all.map((pod, i) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { 'vpc.amazonaws.com/pod-eni': JSON.stringify([{ eniId: `eni-${i}`, privateIp: pod.status?.podIP }]) },
    },
  }))
  const nodes = policies.nodes.all.map((node, i) => ({
    ...node,
    spec: { providerID: `aws:///eu-west-1a/i-${i}` },
    status: { addresses: [{ type: 'InternalIP', address: `10.200.${i >> 8}.${i & 255}` }] },
  }))
  const subnets = ['a', 'b', 'c']
  const interfaces = pods.map((pod, i) =>
    networkInterface({
      id: `eni-${i}`,
      subnet: `subnet-${subnets[i % 3]}`,
      addresses: [pod.status?.podIP ?? ''],
      groups: groupsOf(i % shape.workloads),
      branchOf: 't',
    }),
  )
  const primaries = Array.from({ length: nodeCount }, (_, i) =>
    networkInterface({
      id: `eni-node-${i}`,
      subnet: `subnet-${subnets[i % 3]}`,
      addresses: [`10.200.${i >> 8}.${i & 255}`],
      groups: ['sg-node'],
      instance: `i-${i}`,
    }),
  )
  const own = Array.from({ length: setCount }, (_, i) =>
    group(`sg-own-${i}`, [rule(`tcp ${1_000 + (i % 20) * 50}-${1_100 + (i % 20) * 50}`, '10.0.0.0/8'), ...rulesOf(below)], rulesOf(below)),
  )
  const teams = Array.from({ length: 20 }, (_, i) => group(`sg-team-${i}`, rulesOf(below), rulesOf(below)))
  const aws: AwsInput = baseInput({
    vpcs: all(vpc('vpc-1', '10.0.0.0/8')),
    subnets: all(...subnets.map((name, i) => subnet(`subnet-${name}`, `10.${i * 64}.0.0/10`))),
    securityGroups: all(
      group('sg-node', [rule('all', 'sg-node')]),
      group('sg-base', [], [rule('udp 53', '0.0.0.0/0'), rule('tcp 1000-2000', '10.0.0.0/8')]),
      ...own,
      ...teams,
    ),
    networkInterfaces: all(...primaries, ...interfaces),
    routeTables: all(routeTable('rtb', ['main'], ['10.0.0.0/8 local'])),
    settings: { value: settings() },
  })
  const networkPolicies = all(...policies.networkPolicies.all.map(withOpenPorts))
  return { aws, policies: { ...policies, networkPolicies, pods: all(...pods), nodes: all(...nodes) } as never }
}

/** Pods by workload, as `makeInput` deals them out. */
export const workloadsOf = (input: NetworkInput, { workloads }: Shape): readonly PodGroup[] =>
  Array.from({ length: workloads }, (_, workload) => ({
    id: `workload-${workload}`,
    pods: input.policies.pods.all.flatMap(({ metadata }, i) =>
      i % workloads === workload ? [`${metadata.namespace}/${metadata.name}`] : [],
    ),
  }))
