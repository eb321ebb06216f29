import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import type { Lab } from '../lab.ts'
import { makeCluster } from '../sources/make-network.ts'

export const namespace = 'reach-shop'
export const clusterName = 'reach-network'

const pods = [
  { name: 'web', node: 'reach-node-1' },
  { name: 'api', node: 'reach-node-2' },
  { name: 'job', node: 'reach-node-1' },
] as const
const nodes = ['reach-node-1', 'reach-node-2'] as const

/**
 * A VPC with a group for nodes and one for a database, and a cluster of three pods on two nodes in it. ministack gives interfaces addresses of 10.0.0.0/16
 * as it likes, so pods and nodes take theirs from it.
 * @returns the address of the database
 */
export async function makeShop(lab: Lab): Promise<string> {
  const ec2 = new EC2Client(lab.aws())
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.0.0.0/16' }))
  const group = async (GroupName: string) => {
    const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: Vpc?.VpcId }))
    return made.GroupId ?? ''
  }
  const [ofNodes, ofDatabase] = [await group('reach-nodes'), await group('reach-database')]
  const addressIn = async (groupId: string) => {
    const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId, Groups: [groupId] }))
    return made.NetworkInterface?.PrivateIpAddress ?? ''
  }
  const addresses = new Map<string, string>()
  for (const name of [...pods.map(each => each.name), ...nodes]) addresses.set(name, await addressIn(ofNodes))
  const database = await addressIn(ofDatabase)
  const admit = (GroupId: string, port: number, peer: object) =>
    ec2.send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer }] }),
    )
  await admit(ofNodes, 8080, { UserIdGroupPairs: [{ GroupId: ofNodes }] })
  await admit(ofDatabase, 5432, { IpRanges: [{ CidrIp: `${addresses.get('web')}/32` }] })
  await makeCluster(lab, clusterName, Vpc?.VpcId ?? '', Subnet?.SubnetId ?? '')
  await lab.kubectl('create', 'namespace', namespace)
  await lab.kubectl('create', 'serviceaccount', 'default', '-n', namespace).catch(alreadyThere)
  await lab.kubectlApply(manifests(database))
  await makeRunning(lab, addresses)
  return database
}

async function makeRunning(lab: Lab, addresses: ReadonlyMap<string, string>): Promise<void> {
  const patch = (target: readonly string[], status: object) =>
    lab.kubectl('patch', ...target, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }))
  for (const { name, node } of pods) {
    const podIP = addresses.get(name)
    await patch(['pod', name, '-n', namespace], { phase: 'Running', podIP, podIPs: [{ ip: podIP }], hostIP: addresses.get(node) })
  }
  for (const name of nodes) await patch(['node', name], { addresses: [{ type: 'InternalIP', address: addresses.get(name) }] })
}

/** The controller manager may be quicker. */
function alreadyThere(error: unknown): void {
  if (!(error instanceof Error) || !error.message.includes('already exists')) throw error
}

export async function removeShop(lab: Lab): Promise<void> {
  await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
  await lab.kubectl('delete', 'pods', '--all', '-n', namespace, '--grace-period=0', '--force')
  await lab.kubectl('delete', 'node', ...nodes)
  await lab.kubectl('delete', 'daemonset', 'aws-node', '-n', 'kube-system')
  await lab.kubectl('delete', 'configmap', 'amazon-vpc-cni', '-n', 'kube-system')
}

const pod = ({ name, node }: (typeof pods)[number]) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { app: ${name} } }
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 0
  containers: [{ name: main, image: none, ports: [{ containerPort: 8080 }] }]`

const manifests = (database: string) =>
  [
    ...nodes.map(name => `apiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { kubernetes.io/os: linux } }`),
    ...pods.map(pod),
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api-in, namespace: ${namespace} }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]`,
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: job-out, namespace: ${namespace} }
spec:
  podSelector: { matchLabels: { app: job } }
  policyTypes: [Egress]
  egress: [{ to: [{ ipBlock: { cidr: ${database}/32 } }], ports: [{ port: 5432 }] }]`,
    `apiVersion: v1
kind: ConfigMap
metadata: { name: amazon-vpc-cni, namespace: kube-system }
data: { enable-network-policy-controller: "true" }`,
    `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: aws-node, namespace: kube-system }
spec:
  selector: { matchLabels: { k8s-app: aws-node } }
  template:
    metadata: { labels: { k8s-app: aws-node } }
    spec:
      nodeSelector: { nowhere: "true" }
      containers:
        - { name: aws-node, image: "amazon-k8s-cni:v1.20.4", env: [{ name: ENABLE_POD_ENI, value: "false" }] }
        - { name: aws-eks-nodeagent, image: "amazon/aws-network-policy-agent:v1.2.7", args: [--enable-network-policy=true] }`,
  ].join('\n---\n')
