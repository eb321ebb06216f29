/* Security groups and policies together. Each figure stands beside the bound of docs or beside the plain way of doing it in the same run. JSON on stdout. */
import type { AwsInput, NetworkInput } from '#network/aws-input.ts'
import { compileAws } from '#network/aws/compile-aws.ts'
import { trafficKey } from '#network/aws/traffic.ts'
import { compileNetwork } from '#network/compile-network.ts'
import type { Network } from '#network/network.ts'
import {
  all,
  baseInput,
  group,
  networkInterface,
  networkPolicy,
  routeTable,
  rule,
  settings,
  subnet,
  vpc,
  type ShortRule,
} from '../../tests/network/small-cluster.ts'
import { makeWorld } from './world.ts'

const podCount = 10_000
const setCount = 300
const shape = { pods: podCount, policies: 1_000, workloads: 300 }

function numbers(start: number): (below: number) => number {
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

function rulesOf(below: (n: number) => number): ShortRule[] {
  return Array.from({ length: 3 + below(5) }, () => {
    const port = 1_000 + below(150) * 10
    const peers = [`sg-own-${below(setCount)}`, `sg-team-${below(20)}`, blocks[below(blocks.length)]!]
    return rule(`tcp ${port}-${port + below(30)}`, peers[below(3)]!)
  })
}

function makeInput(): NetworkInput {
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
  const own = Array.from({ length: setCount }, (_, i) => group(`sg-own-${i}`, rulesOf(below), rulesOf(below)))
  const teams = Array.from({ length: 20 }, (_, i) => group(`sg-team-${i}`, rulesOf(below), rulesOf(below)))
  const aws: AwsInput = baseInput({
    vpcs: all(vpc('vpc-1', '10.0.0.0/8')),
    subnets: all(...subnets.map((name, i) => subnet(`subnet-${name}`, `10.${i * 64}.0.0/10`))),
    securityGroups: all(group('sg-node', [rule('all', 'sg-node')]), group('sg-base', [], [rule('udp 53', '0.0.0.0/0')]), ...own, ...teams),
    networkInterfaces: all(...primaries, ...interfaces),
    routeTables: all(routeTable('rtb', ['main'], ['10.0.0.0/8 local'])),
    settings: { value: settings() },
  })
  return { aws, policies: { ...policies, pods: all(...pods), nodes: all(...nodes) } as never }
}

function best(times: number, run: () => void): number {
  let least = Infinity
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

const input = makeInput()
const ports = Array.from({ length: 20 }, (_, i) => 1_000 + i * 70)
const workloads = Array.from({ length: shape.workloads }, (_, workload) => ({
  id: `workload-${workload}`,
  pods: input.policies.pods.all.flatMap((pod, i) =>
    i % shape.workloads === workload ? [`${pod.metadata.namespace}/${pod.metadata.name}`] : [],
  ),
}))
const ids = workloads.flatMap(({ pods }) => pods)

const compileAwsMs = best(5, () => void compileAws(input.aws, input.policies.pods, input.policies.nodes))
let network: Network = compileNetwork(input)
const compileMs = best(3, () => void (network = compileNetwork(input)))
const endsMs = best(1, () => ids.forEach(id => void network.aws.pod(id)))
const classes = new Set(ids.map(id => network.aws.pod(id)!.classId)).size

const layer = network.aws
const examples = [...new Map(ids.map(id => [layer.pod(id)!.classId, layer.pod(id)!])).values()]
const keys = ports.map(port => trafficKey('TCP', port))
let open = 0
/** One port of each pair is asked; the rows that are made for it hold every port. */
const awsMatrix = () => {
  for (const from of examples) for (const to of examples) if (layer.code(from, to, false, keys[0]!) === 2) open++
}
const awsMatrixFirstMs = best(1, awsMatrix)
const awsMatrixAgainMs = best(3, awsMatrix)

const traffic = ports.slice(0, 1).map(port => ({ protocol: 'TCP' as const, port }))
const matrixFirstMs = best(1, () => void network.matrix({ from: workloads, to: workloads, traffic }))
const matrixAgainMs = best(3, () => void network.matrix({ from: workloads, to: workloads, traffic }))

const below = numbers(3)
const questions = Array.from({ length: 50_000 }, () => ({
  from: { pod: ids[below(ids.length)]! },
  to: { pod: ids[below(ids.length)]! },
  protocol: 'TCP' as const,
  port: ports[below(ports.length)]!,
}))
const pointMs = best(3, () => questions.forEach(question => network.verdict(question)))
const explained = questions.slice(0, 2_000)
const explainMs = best(2, () => explained.forEach(question => network.answer(question)))

/** The plain way: every rule of every group of both interfaces, for each question. */
const plain = plainEvaluator(input)
const compared = questions.slice(0, 20_000)
const plainMs = best(2, () => compared.forEach(({ from, to, port }) => plain(from.pod, to.pod, port)))
const differing = compared.filter(({ from, to, port }) => {
  const code = layer.code(layer.pod(from.pod)!, layer.pod(to.pod)!, false, trafficKey('TCP', port))
  return from.pod !== to.pod && plain(from.pod, to.pod, port) !== (code === 2)
})
if (differing.length > 0) console.error(JSON.stringify(differing.slice(0, 3)))

let version = 0
const edited = () => {
  version++
  const after = group(
    'sg-own-7',
    [rule(`tcp ${2_000 + version}`, 'sg-own-8'), rule('tcp 1000', `10.1.${version}.0/24`)],
    rulesOf(numbers(version)),
  )
  network = network.update([{ kind: 'aws/ec2/SecurityGroup', id: after.SecurityGroupArn, after }])
}
const updateMs = best(20, edited)
const updateAndAskMs = best(20, () => {
  edited()
  const touched = network.aws.pod(workloads[7]!.pods[0]!)!
  for (const other of examples) {
    const end = network.aws.pod(other.name)!
    network.aws.code(touched, end, false, keys[0]!)
    network.aws.code(end, touched, false, keys[0]!)
  }
})
const policyChange = networkPolicy('ns-0/policy-0', { podSelector: {}, policyTypes: ['Ingress'] })
const policyUpdateMs = best(5, () => void network.update([{ kind: 'k8s/NetworkPolicy', id: 'ns-0/policy-0', after: policyChange }]))

const bigGroup = group(
  'sg-big',
  Array.from({ length: 10_000 }, (_, i) => rule(`tcp ${1 + (i % 60_000)}`, `10.${i >> 8}.${i & 255}.0/24`)),
)
const bigInput = {
  ...input.aws,
  securityGroups: all(...input.aws.securityGroups.all.slice(1), bigGroup, group('sg-node', [])),
  networkInterfaces: all(
    ...input.aws.networkInterfaces.all.slice(0, -1),
    networkInterface({
      id: `eni-${podCount - 1}`,
      subnet: 'subnet-a',
      addresses: [input.policies.pods.all.at(-1)!.status!.podIP!],
      groups: ['sg-big'],
      branchOf: 't',
    }),
  ),
}
const bigLayer = compileAws(bigInput, input.policies.pods, input.policies.nodes)
const bigEnd = bigLayer.pod(ids.find(id => id.endsWith(`-${podCount - 1}`))!)!
const bigMs = best(1, () => examples.forEach(({ name }) => bigLayer.code(bigLayer.pod(name)!, bigEnd, false, keys[0]!)))

const round = (value: number) => Math.round(value * 100) / 100
console.log(
  JSON.stringify(
    {
      pods: podCount,
      policies: shape.policies,
      groups: input.aws.securityGroups.all.length,
      awsClasses: classes,
      open,
      compileAwsMs: round(compileAwsMs),
      compileBothMs: round(compileMs),
      findAllPodsMs: round(endsMs),
      awsMatrix: {
        pairs: examples.length ** 2,
        portsAsked: 1,
        firstMs: round(awsMatrixFirstMs),
        againMs: round(awsMatrixAgainMs),
        boundMs: 250,
      },
      combinedMatrix: { workloads: workloads.length, ports: 1, firstMs: round(matrixFirstMs), againMs: round(matrixAgainMs) },
      pointMicroseconds: { ours: round((pointMs / questions.length) * 1_000), bound: 5 },
      explainMicroseconds: round((explainMs / explained.length) * 1_000),
      plainMicroseconds: round((plainMs / compared.length) * 1_000),
      differentFromPlain: differing.length,
      groupUpdateMs: { update: round(updateMs), andEveryPairOfIt: round(updateAndAskMs), bound: 5 },
      policyUpdateMs: round(policyUpdateMs),
      tenThousandRules: { askedByClasses: examples.length, ms: round(bigMs) },
    },
    undefined,
    2,
  ),
)

function plainEvaluator({ aws, policies }: NetworkInput): (from: string, to: string, port: number) => boolean {
  const interfaces = new Map(aws.networkInterfaces.all.map(one => [one.PrivateIpAddress, one]))
  const groups = new Map(aws.securityGroups.all.map(one => [one.GroupId, one]))
  const addresses = new Map(policies.pods.all.map(pod => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod.status?.podIP ?? '']))
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const inBlock = (block: string, address: string) => {
    const [base = '', prefix = '32'] = block.split('/')
    const size = 2 ** (32 - Number(prefix))
    return Math.floor(number(base) / size) === Math.floor(number(address) / size)
  }
  const allows = (own: string, other: string, list: 'IpPermissions' | 'IpPermissionsEgress', port: number) => {
    const carried = new Set(interfaces.get(other)?.Groups?.map(({ GroupId }) => GroupId))
    return (interfaces.get(own)?.Groups ?? []).some(({ GroupId }) =>
      groups.get(GroupId ?? '')?.[list]?.some(permission => {
        const isPort =
          permission.IpProtocol === '-1' || (permission.IpProtocol === 'tcp' && port >= permission.FromPort! && port <= permission.ToPort!)
        if (!isPort) return false
        const byGroup = permission.UserIdGroupPairs?.some(pair => carried.has(pair.GroupId)) === true
        return byGroup || permission.IpRanges?.some(({ CidrIp }) => inBlock(CidrIp ?? '', other)) === true
      }),
    )
  }
  return (from, to, port) => {
    const [source, destination] = [addresses.get(from) ?? '', addresses.get(to) ?? '']
    return allows(source, destination, 'IpPermissionsEgress', port) && allows(destination, source, 'IpPermissions', port)
  }
}
