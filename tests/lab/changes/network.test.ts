import { readFile } from 'node:fs/promises'
import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import { CreateAddonCommand, DescribeAddonCommand, EKSClient } from '@aws-sdk/client-eks'
import { GetRoleCommand, IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam'
import { CreateDBInstanceCommand, CreateDBSubnetGroupCommand, DeleteDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, expect, test } from 'vitest'
import networkPolicy from '#joints/network-policy/joint.ts'
import securityGroups from '#joints/security-groups-for-pods/joint.ts'
import { apply, deployment, namespaceOf, serviceAccount, untilPodsExist } from '../irsa/workloads.ts'
import { describeLab } from '../shared-lab.ts'
import { makeCluster } from '../sources/make-network.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'
import { vpcCni } from './vpc-cni.ts'

const name = 'apply-network'
const nodes = ['apply-network-1', 'apply-network-2'] as const

/** A pod gets the token of the node two hops away, or needs none. */
const loose = { HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 2, HttpTokens: 'optional' } as const

const blueprint = `cluster: ${name}
workloads:
  ${name}/api:
    network:
      from: [${name}/web:8080]
      to: [rds/apply-orders:5432]
      securityGroup: own
  ${name}/web:
    network: { to: [] }
nodes: { imds: { hopLimit: 1, tokens: required } }
`

describeLab('the network of a blueprint on a live cluster and account', lab => {
  const [ec2, eks, rds] = [new EC2Client(lab.aws()), new EKSClient(lab.aws()), new RDSClient(lab.aws())]
  let run: BlueprintRun
  let vpc = ''
  let instance = ''

  const group = async (GroupName: string) =>
    (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpc }))).GroupId ?? ''

  beforeAll(async () => {
    for (const crd of ['vpcresources.k8s.aws', 'networking.k8s.aws', 'policy.networking.k8s.io'])
      await lab.kubectlApply(await readFile(new URL(`../crds/${crd}.yaml`, import.meta.url), 'utf8'))
    await lab.kubectl('wait', '--for=condition=Established', 'crd/securitygrouppolicies.vpcresources.k8s.aws')
    vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? ''
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.0.0.0/16' }))
    const subnet = Subnet?.SubnetId ?? ''
    const [ofNodes, ofDatabase] = [await group(`${name}-nodes`), await group(`${name}-orders`)]
    const running = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-1',
        MinCount: 1,
        MaxCount: 1,
        MetadataOptions: loose,
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: `kubernetes.io/cluster/${name}`, Value: 'owned' }] }],
      }),
    )
    instance = running.Instances?.[0]?.InstanceId ?? ''
    for (const [index, node] of nodes.entries()) {
      const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [ofNodes] }))
      const { NetworkInterfaceId, PrivateIpAddress: address } = made.NetworkInterface ?? {}
      const InstanceId = index === 0 ? instance : `i-0000000000000a00${index}`
      await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId, DeviceIndex: 0 }))
      await apply(lab, [nodeOf(node, InstanceId)])
      const status = { addresses: [{ type: 'InternalIP', address }], allocatable: { 'vpc.amazonaws.com/pod-eni': '9', pods: '29' } }
      await lab.kubectl('patch', 'node', node, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }))
    }
    await makeCluster(lab, name, vpc, subnet)
    await eks.send(new CreateAddonCommand({ clusterName: name, addonName: 'vpc-cni' }))
    await rds.send(new CreateDBSubnetGroupCommand({ DBSubnetGroupName: name, DBSubnetGroupDescription: name, SubnetIds: [subnet] }))
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'apply-orders',
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
        DBSubnetGroupName: name,
        VpcSecurityGroupIds: [ofDatabase],
      }),
    )
    await apply(lab, [
      namespaceOf(name),
      ...['api', 'web'].flatMap(account => [serviceAccount(name, account), deployment(name, account, account)]),
    ])
    // Nothing runs here, so a rolling update would wait for ever.
    const strategy = JSON.stringify({ spec: { strategy: { type: 'Recreate', rollingUpdate: null } } })
    await lab.kubectl('patch', 'deployment', 'api', '-n', name, '-p', strategy)
    await untilPodsExist(lab, name, { api: 1, web: 1 })
    await apply(lab, vpcCni({}))
    run = blueprintRun(lab, blueprint, name)
  })
  afterAll(async () => {
    run.remove()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }))
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'apply-orders', SkipFinalSnapshot: true }))
    await lab.kubectl('delete', 'namespace', name, '--wait=false')
    await lab.kubectl('delete', 'node', ...nodes)
    await lab.kubectl('delete', 'daemonset/aws-node', 'configmap/amazon-vpc-cni', '-n', 'kube-system')
  })

  /** Everything on both sides that the blueprint is about. */
  async function state(): Promise<unknown> {
    const groups = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] }))
    const { addon } = await eks.send(new DescribeAddonCommand({ clusterName: name, addonName: 'vpc-cni' }))
    const iam = new IAMClient(lab.aws())
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }))
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: Role?.RoleName }))
    const { Reservations: [reservation] = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }))
    const objects = await lab.kubectl('get', 'networkpolicies,securitygrouppolicies', '-n', name, '-o', 'name')
    return {
      groups: (groups.SecurityGroups ?? []).map(rulesOf).sort(),
      configuration: JSON.parse(addon?.configurationValues === '' ? '{}' : (addon?.configurationValues ?? '{}')) as unknown,
      policies: AttachedPolicies.map(({ PolicyName }) => PolicyName),
      metadata: reservation?.Instances?.[0]?.MetadataOptions,
      objects: objects.split('\n').filter(line => line !== ''),
    }
  }

  test('is made, holds, is planned again to nothing, and undone to nothing', async () => {
    const before = await state()
    const steps = await run.plan()
    expect(steps).toContain(`create security group ${name}-${name}-api`)
    const done = await run.apply()
    expect(await state()).toEqual({
      groups: [
        `${name}-${name}-api: in tcp 8080 from ${name}/web; out udp 53 to DNS of the cluster; out tcp 53 to DNS of the cluster; out tcp 5432 to rds/apply-orders`,
        `${name}-nodes: in udp 53 from DNS of ${name}/api; in tcp 53 from DNS of ${name}/api; out -1 to 0.0.0.0/0`,
        `${name}-orders: in tcp 5432 from ${name}/api; out -1 to 0.0.0.0/0`,
        'default: out -1 to 0.0.0.0/0',
      ],
      configuration: {
        env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' },
        enableNetworkPolicy: 'true',
      },
      policies: ['AmazonEKSVPCResourceController'],
      metadata: { ...loose, HttpPutResponseHopLimit: 1, HttpTokens: 'required', State: 'applied' },
      objects: [
        'networkpolicy.networking.k8s.io/mortise-api',
        'networkpolicy.networking.k8s.io/mortise-web',
        'securitygrouppolicy.vpcresources.k8s.aws/mortise-api',
      ],
    })
    // EKS does what the configuration says; the emulator does not.
    await apply(lab, vpcCni({ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' }, true))
    await untilPodsExist(lab, name, { api: 1, web: 1 })
    expect(await run.plan()).toEqual([])
    expect(await reached('deploy/web', 'deploy/api', 8080)).toBe('allow')
    expect(await reached('deploy/web', 'deploy/api', 9090)).toBe('deny')
    expect(await reached('deploy/api', 'deploy/web', 8080)).toBe('deny')
    // No controller resolves policies here, no webhook asks for interfaces, and nobody declared flow logs.
    const notHere = [
      'network-policy/flow-evidence-off',
      'network-policy/policy-endpoint-outdated',
      'security-groups-for-pods/webhook-unhealthy',
      'security-groups-for-pods/pod-without-branch-interface',
    ]
    const found = [
      await run.scan(networkPolicy, notHere, '--namespace', name),
      await run.scan(securityGroups, notHere, '--namespace', name),
    ]
    expect(found.flatMap(({ findings }) => findings)).toEqual([])
    await run.undo(done)
    expect(await state()).toEqual(before)
  }, 300_000)

  async function reached(from: string, to: string, port: number): Promise<string> {
    const ran = await run.mortise('reach', from, to, '--port', String(port), '-n', name, '--cluster', name, '--format', 'json')
    const { reached: all } = JSON.parse(ran.stdout) as { readonly reached: readonly { readonly verdict: string }[] }
    return all.map(({ verdict }) => verdict).join()
  }
})

/** `nodes: in tcp 53 from DNS; out -1 to 0.0.0.0/0`, a rule for each peer. */
function rulesOf({ GroupName = '', IpPermissions = [], IpPermissionsEgress = [] }: SecurityGroup): string {
  const words = (permissions: typeof IpPermissions, way: string, to: string) =>
    permissions.flatMap(({ IpProtocol, FromPort, IpRanges = [], UserIdGroupPairs = [] }) =>
      [...IpRanges.map(({ CidrIp, Description }) => Description ?? CidrIp), ...UserIdGroupPairs.map(({ Description }) => Description)].map(
        peer => `${way} ${IpProtocol ?? ''}${FromPort === undefined ? '' : ` ${FromPort}`} ${to} ${peer ?? ''}`,
      ),
    )
  return `${GroupName}: ${[...words(IpPermissions, 'in', 'from'), ...words(IpPermissionsEgress, 'out', 'to')].join('; ')}`
}

const nodeOf = (node: string, instance: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: node, labels: { 'kubernetes.io/os': 'linux', 'node.kubernetes.io/instance-type': 'm5.large' } },
  spec: { providerID: `aws:///eu-central-1a/${instance}` },
})
