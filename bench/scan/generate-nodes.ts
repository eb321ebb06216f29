import { nodeInstanceProfile } from './generate-access.ts'
import { nodeAddress, placePods, type PlacedPod } from './place-pods.ts'
import {
  account,
  arn,
  clusterName,
  hex,
  instanceId,
  nodeName,
  nodesOf,
  numbered,
  region,
  zoneOf,
  type WorldSize,
} from './workload-sorts.ts'

export const nodeGroup = 'sg-0a0000000000000a1'
export const ownGroup = (workload: number): string => groupId(Math.floor(workload / 10))
export const groupId = (index: number): string => `sg-0${hex(index, 16)}`

/** Nodes, their instances, and every network interface. */
export function generateNodes(size: WorldSize): readonly object[] {
  const nodes = nodesOf(size)
  return [...numbered(nodes, node), ...numbered(nodes, instance), ...networkInterfaces(placePods(size), nodes)]
}

const instanceType = 'm6i.4xlarge'

const node = (index: number): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: nodeName(index),
    creationTimestamp: '2025-11-01T08:00:00Z',
    labels: {
      'kubernetes.io/os': 'linux',
      'node.kubernetes.io/instance-type': instanceType,
      'topology.kubernetes.io/region': region,
      'topology.kubernetes.io/zone': zoneOf(index),
    },
  },
  spec: { providerID: `aws:///${zoneOf(index)}/${instanceId(index)}` },
  status: {
    addresses: [{ type: 'InternalIP', address: nodeAddress(index) }],
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: {
      kernelVersion: '6.1.150-174.273.amzn2023.x86_64',
      operatingSystem: 'linux',
      osImage: 'Amazon Linux 2023.9.20260301',
      architecture: 'amd64',
    },
    allocatable: { cpu: '16', memory: '60Gi', pods: '110', 'vpc.amazonaws.com/pod-eni': '54' },
  },
})

const instance = (index: number): object => ({
  kind: 'aws/ec2/Instance',
  Arn: arn('ec2', `instance/${instanceId(index)}`),
  InstanceId: instanceId(index),
  InstanceType: instanceType,
  VpcId: 'vpc-1',
  SubnetId: 'subnet-b',
  PrivateIpAddress: nodeAddress(index),
  PrivateDnsName: nodeName(index),
  SecurityGroups: [{ GroupId: nodeGroup }],
  State: { Name: 'running' },
  IamInstanceProfile: { Arn: nodeInstanceProfile },
  Tags: [{ Key: `kubernetes.io/cluster/${clusterName}`, Value: 'owned' }],
  MetadataOptions: {
    HttpEndpoint: 'enabled',
    HttpTokens: 'required',
    HttpPutResponseHopLimit: index % 50 === 7 ? 2 : 1,
    HttpProtocolIpv6: 'disabled',
  },
})

/** The primary one of each node, with the addresses of its pods; its trunk; and those that pods have for themselves. */
function networkInterfaces(pods: readonly PlacedPod[], nodes: number): object[] {
  const shared = Map.groupBy(
    pods.filter(({ hasBranch, address, node: at }) => !hasBranch && address !== nodeAddress(at)),
    pod => pod.node,
  )
  return [
    ...numbered(nodes, index => networkInterface(index, shared.get(index) ?? [])),
    ...numbered(nodes, trunk),
    ...pods.flatMap((pod, index) =>
      pod.hasBranch && pod.of !== 'dns' && 'workload' in pod.of ? [branch(pod, index, pod.of.workload)] : [],
    ),
  ]
}

const interfaceOf = (NetworkInterfaceId: string, InterfaceType: string, facts: object): object => ({
  kind: 'aws/ec2/NetworkInterface',
  Arn: arn('ec2', `network-interface/${NetworkInterfaceId}`),
  NetworkInterfaceId,
  InterfaceType,
  Status: 'in-use',
  OwnerId: account,
  VpcId: 'vpc-1',
  SubnetId: 'subnet-b',
  TagSet: [],
  ...facts,
})

const addresses = (own: string, others: readonly string[]) =>
  [own, ...others].map((PrivateIpAddress, index) => ({ PrivateIpAddress, Primary: index === 0 }))

const networkInterface = (index: number, pods: readonly PlacedPod[]): object =>
  interfaceOf(`eni-${index}`, 'interface', {
    PrivateIpAddress: nodeAddress(index),
    PrivateIpAddresses: addresses(
      nodeAddress(index),
      pods.map(({ address }) => address),
    ),
    Groups: [{ GroupId: nodeGroup }],
    Attachment: { InstanceId: instanceId(index), DeviceIndex: 0, NetworkCardIndex: 0 },
  })

function trunk(index: number): object {
  const own = `10.1.200.${index % 250}`
  return interfaceOf(`eni-t${index}`, 'trunk', {
    PrivateIpAddress: own,
    PrivateIpAddresses: addresses(own, []),
    Groups: [{ GroupId: nodeGroup }],
    Attachment: { InstanceId: instanceId(index), DeviceIndex: 1, NetworkCardIndex: 0 },
  })
}

const branch = ({ address }: PlacedPod, index: number, workload: number): object =>
  interfaceOf(`eni-b${hex(index)}`, 'branch', {
    SubnetId: 'subnet-a',
    PrivateIpAddress: address,
    PrivateIpAddresses: addresses(address, []),
    Groups: [{ GroupId: ownGroup(workload) }],
  })
