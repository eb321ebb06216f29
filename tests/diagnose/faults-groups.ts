import { account, cluster, region, roleArn } from './healthy-shop.ts'
import type { Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'
import { node, timedOut, noName, api, aws, type NetworkFault } from './network-fault.ts'

const group = 'sg-0a0000000000000a1'
const allocation = (says: string): Said => ({
  event: 'BranchAllocationFailed',
  says: `failed to allocate branch ENI to pod: creating network interface, operation error EC2: CreateNetworkInterface, https response error StatusCode: 400, ${says}`,
})
const noBranch: Said = { event: 'FailedScheduling', says: '0/2 nodes are available: 2 Insufficient vpc.amazonaws.com/pod-eni.' }
/** Pods that wait for what they are to get: no annotation, no address, no node. */
function waiting(world: WorldEditor, scheduled = true): void {
  api(world, body => {
    delete body.metadata.annotations
    body.status = { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: scheduled ? 'True' : 'False' }] }
    if (!scheduled) delete body.spec.nodeName
  })
}
const setVariable = (containers: Body, name: string, value: string) => {
  const variable = containers[0].env.find((each: Body) => each.name === name)
  variable.value = value
}

const withoutTrunks = (world: WorldEditor) =>
  world.editAll(
    'k8s/Node',
    () => true,
    body => delete body.status.allocatable['vpc.amazonaws.com/pod-eni'],
  )

/** The policy names these groups, and the pods wait. */
const naming =
  (groupIds: readonly string[]) =>
  (world: WorldEditor): void => {
    waiting(world)
    world.edit('k8s/SecurityGroupPolicy', 'shop/api', body => (body.spec.securityGroups.groupIds = groupIds))
  }

/** What a SecurityGroupPolicy needs to give pods their groups. */
export const groupFaults: readonly NetworkFault[] = [
  {
    name: 'group that is not there',
    breaks: naming(['sg-0a00000000000dead']),
    says: [allocation("api error InvalidSecurityGroupID.NotFound: The securityGroup ID 'sg-0a00000000000dead' does not exist")],
    link: 'security-groups-for-pods/groups',
    check: 'group-missing',
  },
  {
    name: 'group that is no id',
    breaks: naming(['shop-api-pods']),
    says: [allocation('api error InvalidSecurityGroupId.Malformed: Invalid id: "shop-api-pods" (expecting "sg-...")')],
    link: 'security-groups-for-pods/groups',
    check: 'group-id-malformed',
  },
  {
    name: 'group of another VPC',
    breaks: world => {
      waiting(world)
      world.edit('aws/ec2/SecurityGroup', group, body => Object.assign(body, { VpcId: 'vpc-0e0000000000000e1', GroupName: 'default' }))
      world.removeAll('aws/ec2/NetworkInterface', body => body.Groups?.[0]?.GroupId === group)
    },
    says: [allocation(`api error InvalidGroup.NotFound: The security group '${group}' does not exist in VPC`)],
    link: 'security-groups-for-pods/groups',
    check: 'group-in-other-vpc',
  },
  {
    name: 'more groups than an interface takes',
    breaks: world => {
      waiting(world)
      const more = [1, 2, 3, 4, 5].map(index => `sg-0b0000000000000b${index}`)
      for (const id of more)
        world.add(
          'aws/ec2/SecurityGroup',
          `arn:aws:ec2:${region}:${account}:security-group/${id}`,
          { account, region },
          {
            ...structuredClone(world.find('aws/ec2/SecurityGroup', group).body as object),
            GroupId: id,
            SecurityGroupArn: `arn:aws:ec2:${region}:${account}:security-group/${id}`,
          },
        )
      world.edit('k8s/SecurityGroupPolicy', 'shop/api', body => body.spec.securityGroups.groupIds.push(...more))
    },
    says: [
      allocation(`api error InvalidParameterValue: user ${account} exceeded limit 5 on the number of interface security group memberships`),
    ],
    link: 'security-groups-for-pods/groups',
    check: 'groups-too-many',
  },
  {
    name: 'branch interfaces switched off',
    breaks: world => {
      aws(world, containers => setVariable(containers, 'ENABLE_POD_ENI', 'false'))
      waiting(world, false)
    },
    says: [noBranch],
    link: 'security-groups-for-pods/cni',
    check: 'pod-eni-disabled',
  },
  {
    name: 'nodes of custom networking without ENIConfig',
    breaks: world => {
      waiting(world, false)
      withoutTrunks(world)
    },
    says: [
      noBranch,
      {
        event: 'EniConfigNameNotFound',
        of: { kind: 'Node', name: node },
        says: `couldn't find custom networking eniconfig name for node ${node}, error: resource was not found`,
      },
    ],
    link: 'security-groups-for-pods/trunk',
    check: 'trunk-not-attached',
  },
  {
    name: 'CNINodes deleted',
    breaks: world => {
      waiting(world, false)
      withoutTrunks(world)
    },
    says: [
      {
        event: 'CNINodeCreationFailed',
        of: { kind: 'Node', name: node },
        says: 'CNINode was deleted and failed to be recreated by the vpc-resource-controller',
      },
    ],
    link: 'security-groups-for-pods/trunk',
    check: 'trunk-not-attached',
  },
  {
    name: 'subnets without addresses',
    breaks: world => {
      waiting(world)
      for (const name of ['subnet-0a0000000000000a1', 'subnet-0b0000000000000b1'])
        world.edit('aws/ec2/Subnet', name, body => (body.AvailableIpAddressCount = 0))
    },
    says: [
      allocation(
        'api error InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.',
      ),
    ],
    link: 'security-groups-for-pods/capacity',
    check: 'subnet-addresses-exhausted',
  },
  {
    name: 'webhook deleted',
    breaks: world => {
      world.remove('k8s/MutatingWebhookConfiguration', 'vpc-resource-mutating-webhook')
      api(world, body => {
        delete body.metadata.annotations
        for (const { resources } of body.spec.containers) {
          delete resources.limits
          delete resources.requests['vpc.amazonaws.com/pod-eni']
        }
      })
    },
    says: [],
    link: 'security-groups-for-pods/webhook',
    check: 'webhook-unhealthy',
  },
  {
    name: 'groups changed by hand on the interface',
    breaks: world =>
      world.edit('aws/ec2/NetworkInterface', 'eni-0a0000000000000a1', body => (body.Groups = [{ GroupId: 'sg-0c0000000000000c1' }])),
    says: [],
    link: 'security-groups-for-pods/interface',
    check: 'interface-groups-differ',
  },
  {
    name: 'group closes a flow that policies mean',
    breaks: world =>
      world.edit('aws/ec2/SecurityGroup', group, body => {
        body.IpPermissions = body.IpPermissions.filter(({ FromPort }: Body) => FromPort !== 8080)
      }),
    says: [timedOut],
    of: 'deploy/web in shop',
    link: 'security-groups-for-pods/traffic',
    check: 'flow-denied-by-group',
  },
  {
    name: 'group closes a flow, asked of the server',
    breaks: world =>
      world.edit('aws/ec2/SecurityGroup', group, body => {
        body.IpPermissions = body.IpPermissions.filter(({ FromPort }: Body) => FromPort !== 8080)
      }),
    says: [],
    link: 'security-groups-for-pods/traffic',
    check: 'flow-denied-by-group',
  },
  {
    name: 'group closes DNS',
    breaks: world =>
      world.edit('aws/ec2/SecurityGroup', group, body => {
        body.IpPermissionsEgress = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
      }),
    says: [noName],
    link: 'security-groups-for-pods/dns',
    check: 'dns-egress-denied',
  },
  {
    name: 'cluster group closes DNS',
    breaks: world =>
      world.edit('aws/ec2/SecurityGroup', 'sg-0c0000000000000c1', body => {
        body.IpPermissions = body.IpPermissions.filter(({ FromPort }: Body) => FromPort !== 53)
      }),
    says: [noName],
    link: 'security-groups-for-pods/dns',
    check: 'dns-ingress-denied',
  },
  {
    name: 'role of the cluster without its policy',
    breaks: world => {
      waiting(world, false)
      for (const name of [node, 'ip-10-0-2-17.eu-west-1.compute.internal'])
        world.edit('k8s/Node', name, body => {
          delete body.status.allocatable['vpc.amazonaws.com/pod-eni']
          delete body.status.capacity['vpc.amazonaws.com/pod-eni']
        })
      world.edit('aws/eks/Cluster', `cluster/${cluster}`, body => (body.roleArn = roleArn('shop-cluster')))
      world.add(
        'aws/iam/Role',
        roleArn('shop-cluster'),
        { account },
        {
          Arn: roleArn('shop-cluster'),
          RoleName: 'shop-cluster',
          Path: '/',
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
          },
          RolePolicyList: [],
          AttachedManagedPolicies: [],
          InstanceProfileList: [],
        },
      )
    },
    says: [
      noBranch,
      {
        event: 'TrunkENICreationFailed',
        of: { kind: 'Node', name: node },
        says: 'Failed to create trunk interface: Error Code: UnauthorizedOperation: Please verify the cluster IAM role has AmazonEKSVPCResourceController policy',
      },
    ],
    link: 'security-groups-for-pods/trunk',
    check: 'role-lacks-controller-actions',
  },
]
