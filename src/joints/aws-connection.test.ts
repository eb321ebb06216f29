import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { readFiles } from '#sources/files/read-files.ts'
import { World } from '#model/world.ts'
import { awsConnection } from './aws-connection.ts'
import { podsOfWorkload } from './pod-sorts.ts'
import { workloadsOf } from './workloads.ts'

const [header = '', ...documents] = readFileSync(new URL('irsa/sts-connection-denied/pass.yaml', import.meta.url), 'utf8').split('---\n')
const withoutEndpoint = documents
  .filter(text => !text.startsWith('kind: aws/ec2/VpcEndpoint'))
  .map(text =>
    text.replace(
      /Associations:\n/,
      'Associations:\n  - { NetworkAclAssociationId: aclassoc-0b, NetworkAclId: acl-0a, SubnetId: subnet-0b }\n',
    ),
  )

/** The subnet of the nodes, whose table has these routes besides the one of the VPC. */
const routed = (...routes: readonly string[]) => `kind: aws/ec2/RouteTable
Arn: arn:aws:ec2:eu-west-1:111122223333:route-table/rtb-0a
RouteTableId: rtb-0a
VpcId: vpc-0aa
OwnerId: "111122223333"
Associations:
  - { RouteTableId: rtb-0a, Main: true, AssociationState: { State: associated } }
Routes:
  - { DestinationCidrBlock: 10.0.0.0/16, GatewayId: local, State: active, Origin: CreateRouteTable }
${routes.map(route => `  - { ${route}, State: active, Origin: CreateRoute }\n`).join('')}`

const subnet = `kind: aws/ec2/Subnet
SubnetArn: arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0a
SubnetId: subnet-0a
VpcId: vpc-0aa
OwnerId: "111122223333"
CidrBlock: 10.0.1.0/24
AvailabilityZone: eu-west-1a
`
const out = 'DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-0a'
const nat = `kind: aws/ec2/NatGateway
Arn: arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-0a
NatGatewayId: nat-0a
VpcId: vpc-0aa
SubnetId: subnet-0b
State: available
ConnectivityType: public
NatGatewayAddresses: [{ PublicIp: 54.0.0.1, PrivateIp: 10.0.2.5, NetworkInterfaceId: eni-0n }]
`
/** Where the NAT gateway is. */
const outside = [
  subnet.replaceAll('subnet-0a', 'subnet-0b').replace('10.0.1.0', '10.0.2.0'),
  routed('DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-0a')
    .replaceAll('rtb-0a', 'rtb-0b')
    .replace('Main: true', 'Main: false, SubnetId: subnet-0b'),
]
const controller = `apiVersion: v1
kind: ConfigMap
metadata: { name: amazon-vpc-cni, namespace: kube-system }
data: { enable-network-policy-controller: "true" }
`
const policy = (egress: string) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: limited, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: ${egress}
`
const namespaces = ['shop', 'kube-system'].map(name => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`)

/** It is there already; without it the pod of the Deployment is planned. */
const pod = `apiVersion: v1
kind: Pod
metadata:
  name: api-1
  namespace: shop
  labels: { app: api, pod-template-hash: '5d8c7f' }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: api-5d8c7f, uid: 5d0c1f7e-0000-4000-8000-000000000001, controller: true }]
spec: { nodeName: node-a, serviceAccountName: api, containers: [{ name: api, image: 'shop/api:2.4.0' }] }
status: { phase: Running, podIP: 10.0.1.20, podIPs: [{ ip: 10.0.1.20 }] }
`

async function ask(...parts: readonly string[]) {
  const gathered = await readFiles(['-'], { stdin: Readable.from([[header, ...parts, ...namespaces].join('---\n')]), cluster: 'prod' })
  const world = new World(gathered)
  const workload = workloadsOf(world).find(({ name }) => name === 'deploy/api')
  if (workload === undefined) throw new Error('deploy/api was not read')
  return awsConnection(world, 'prod', podsOfWorkload(world, workload).pods, 'sts', 'eu-west-1')
}

test('without an endpoint the name leads to the internet, and policies may close it', async () => {
  const closed = await ask(
    ...withoutEndpoint,
    routed(out),
    subnet,
    nat,
    controller,
    policy('[{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }]'),
  )
  expect(closed).toMatchObject({ is: 'closed', where: 'the internet' })
})

test('where another network may have the endpoint, nobody can tell', async () => {
  const transit = 'DestinationCidrBlock: 10.0.0.0/8, TransitGatewayId: tgw-0a'
  const asked = ask(
    ...withoutEndpoint,
    routed(out, transit),
    subnet,
    nat,
    controller,
    policy('[{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }]'),
  )
  await expect(asked).rejects.toThrow('an endpoint of another network')
})

test('out to some addresses of the internet may or may not be out to AWS', async () => {
  const asked = ask(
    ...withoutEndpoint,
    routed(out),
    subnet,
    nat,
    ...outside,
    pod,
    controller,
    policy('[{ to: [{ ipBlock: { cidr: 52.0.0.0/8 } }] }]'),
  )
  await expect(asked).rejects.toThrow('only for some addresses')
})

test('of pods that wait for a node, as of planned ones, the way out is not known', async () => {
  const waiting = pod.replace('nodeName: node-a, ', '').replace(/status:.*/, 'status: { phase: Pending }')
  for (const pods of [[], [waiting]]) {
    expect(await ask(...withoutEndpoint, routed(out), subnet, nat, ...outside, ...pods)).toMatchObject({
      is: 'none',
      why: 'its pods are on no node yet, so their way out is not known',
    })
  }
})

test('that no route leads out is the finding of another check', async () => {
  expect(await ask(...withoutEndpoint, routed(), subnet, pod)).toMatchObject({ is: 'none', why: expect.stringContaining('no route') })
})

test('an endpoint whose interfaces were not read is unknown', async () => {
  const unread = documents.filter(text => !text.includes('NetworkInterfaceId: eni-0e'))
  await expect(ask(...unread)).rejects.toThrow('network interface eni-0e')
  const nameless = documents.map(text => text.replace(/NetworkInterfaceIds: .*\n/, ''))
  await expect(ask(...nameless)).rejects.toThrow('without its network interfaces')
})

test('IPv6 clusters are not judged', async () => {
  const ipv6 = documents.map(text =>
    text.startsWith('kind: aws/eks/Cluster') ? `${text}kubernetesNetworkConfig: { ipFamily: ipv6 }\n` : text,
  )
  expect(await ask(...ipv6)).toMatchObject({ is: 'none' })
})
