import type { Step } from '#changes/plan.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import type { Kind } from '#model/kinds.ts'
import type { Origin, Path } from '#model/place.ts'
import { plannedId } from '#model/planned-id.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World } from '#model/world.ts'

const account = '111122223333'
const region = 'eu-west-1'
const regional: Scope = { account, region }
const prod: Scope = { cluster: 'prod' }
const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`
const allow = (Action: string, Resource: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
}

const group = plannedId('aws/ec2/SecurityGroup', 'vpc-0a1b2c3d/prod-payments-reader')
const key = plannedId('aws/kms/Key', 'alias/ebs')
const detector = plannedId('aws/guardduty/Detector', `${account}/${region}`)
const hosts = { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: '10.0.0.0/16', Description: 'the nodes' }] }
const everyone = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] }
const fromGroup = (id: string) => ({ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: id }] })

type Made = readonly [kind: Kind, id: string, scope: Scope, body: unknown]

/** Something of each kind that plans make. */
const made: readonly Made[] = [
  ['k8s/ServiceAccount', 'payments/reader', prod, { metadata: { name: 'reader', namespace: 'payments' } }],
  [
    'aws/iam/OpenIDConnectProvider',
    `arn:aws:iam::${account}:oidc-provider/oidc.eks.${region}.amazonaws.com/id/A1`,
    { account },
    {
      Arn: `arn:aws:iam::${account}:oidc-provider/oidc.eks.${region}.amazonaws.com/id/A1`,
      Url: `oidc.eks.${region}.amazonaws.com/id/A1`,
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
    },
  ],
  [
    'aws/iam/Role',
    roleArn('prod-payments-reader'),
    { account },
    {
      Arn: roleArn('prod-payments-reader'),
      RoleName: 'prod-payments-reader',
      AssumeRolePolicyDocument: trust,
      RolePolicyList: [{ PolicyName: 'mortise', PolicyDocument: allow('s3:GetObject', 'arn:aws:s3:::reports/${aws:PrincipalTag/team}/*') }],
      AttachedManagedPolicies: [
        { PolicyName: 'CloudWatchAgentServerPolicy', PolicyArn: 'arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy' },
      ],
    },
  ],
  [
    'aws/eks/PodIdentityAssociation',
    arn('eks', 'podidentityassociation/prod/payments/reader'),
    regional,
    {
      associationArn: arn('eks', 'podidentityassociation/prod/payments/reader'),
      clusterName: 'prod',
      namespace: 'payments',
      serviceAccount: 'reader',
      roleArn: roleArn('prod-payments-reader'),
    },
  ],
  [
    'aws/eks/Addon',
    arn('eks', 'addon/prod/eks-pod-identity-agent'),
    regional,
    {
      addonArn: arn('eks', 'addon/prod/eks-pod-identity-agent'),
      addonName: 'eks-pod-identity-agent',
      clusterName: 'prod',
      configurationValues: '{"agent":{"additionalArgs":{"-b":"169.254.170.23"}}}',
    },
  ],
  [
    'aws/eks/AccessEntry',
    arn('eks', 'access-entry/prod/role/viewers'),
    regional,
    {
      accessEntryArn: arn('eks', 'access-entry/prod/role/viewers'),
      clusterName: 'prod',
      principalArn: roleArn('viewers'),
      kubernetesGroups: ['viewers'],
      type: 'STANDARD',
      associatedAccessPolicies: [
        {
          policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
          accessScope: { type: 'namespace', namespaces: ['shop'] },
        },
        { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy', accessScope: { type: 'cluster', namespaces: [] } },
      ],
    },
  ],
  [
    'aws/ec2/SecurityGroup',
    group,
    regional,
    {
      SecurityGroupArn: group,
      GroupId: group,
      GroupName: 'prod-payments-reader',
      Description: 'pods of payments/reader',
      VpcId: 'vpc-0a1b2c3d',
      IpPermissions: [hosts],
      IpPermissionsEgress: [everyone, fromGroup('sg-0dbdbdbd')],
    },
  ],
  [
    'k8s/SecurityGroupPolicy',
    'payments/reader',
    prod,
    {
      metadata: { name: 'reader', namespace: 'payments' },
      spec: { podSelector: { matchLabels: { app: 'reader' } }, securityGroups: { groupIds: [group] } },
    },
  ],
  [
    'aws/kms/Key',
    key,
    regional,
    {
      Arn: key,
      KeyId: key,
      Description: 'volumes of prod',
      Policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
      },
      Aliases: [{ AliasName: 'alias/ebs' }],
    },
  ],
  [
    'aws/logs/LogGroup',
    arn('logs', 'log-group:/aws/containerinsights/prod/application'),
    regional,
    {
      arn: arn('logs', 'log-group:/aws/containerinsights/prod/application'),
      logGroupName: '/aws/containerinsights/prod/application',
      retentionInDays: 90,
    },
  ],
  [
    'aws/guardduty/Detector',
    detector,
    regional,
    {
      Arn: detector,
      DetectorId: detector,
      Status: 'ENABLED',
      Features: [
        { Name: 'EKS_AUDIT_LOGS', Status: 'ENABLED' },
        {
          Name: 'RUNTIME_MONITORING',
          Status: 'ENABLED',
          AdditionalConfiguration: [{ Name: 'EKS_ADDON_MANAGEMENT', Status: 'ENABLED' }],
        },
      ],
    },
  ],
  [
    'aws/ec2/VpcEndpoint',
    plannedId('aws/ec2/VpcEndpoint', `vpc-0a1b2c3d/com.amazonaws.${region}.guardduty-data`),
    regional,
    {
      Arn: plannedId('aws/ec2/VpcEndpoint', `vpc-0a1b2c3d/com.amazonaws.${region}.guardduty-data`),
      VpcEndpointId: plannedId('aws/ec2/VpcEndpoint', `vpc-0a1b2c3d/com.amazonaws.${region}.guardduty-data`),
      VpcEndpointType: 'Interface',
      ServiceName: `com.amazonaws.${region}.guardduty-data`,
      VpcId: 'vpc-0a1b2c3d',
      SubnetIds: ['subnet-0a1b2c3d'],
      Groups: [{ GroupId: group }],
      PrivateDnsEnabled: true,
      PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
    },
  ],
]

type Edited = readonly [...Made, edits: readonly (readonly [path: Path, after: unknown])[]]

/** Something of each kind that plans change where somebody else made it. */
const edited: readonly Edited[] = [
  [
    'k8s/ServiceAccount',
    'shop/web',
    prod,
    { metadata: { name: 'web', namespace: 'shop' } },
    [[['metadata', 'annotations', 'eks.amazonaws.com/role-arn'], roleArn('prod-shop-web')]],
  ],
  ['k8s/StorageClass', 'gp2', prod, { metadata: { name: 'gp2' }, provisioner: 'ebs.csi.aws.com' }, [[['parameters', 'encrypted'], 'true']]],
  [
    'aws/iam/Role',
    roleArn('somebody'),
    { account },
    {
      Arn: roleArn('somebody'),
      RoleName: 'somebody',
      AssumeRolePolicyDocument: trust,
      RolePolicyList: [{ PolicyName: 'own', PolicyDocument: allow('s3:ListBucket', 'arn:aws:s3:::reports') }],
      AttachedManagedPolicies: [],
    },
    [[['RolePolicyList', 1], { PolicyName: 'mortise', PolicyDocument: allow('s3:GetObject', 'arn:aws:s3:::reports/*') }]],
  ],
  [
    'aws/eks/Addon',
    arn('eks', 'addon/prod/vpc-cni'),
    regional,
    {
      addonArn: arn('eks', 'addon/prod/vpc-cni'),
      addonName: 'vpc-cni',
      clusterName: 'prod',
      addonVersion: 'v1.20.4-eksbuild.1',
    },
    [[['configurationValues'], '{"env":{"ENABLE_POD_ENI":"true"}}']],
  ],
  [
    'aws/eks/Cluster',
    arn('eks', 'cluster/prod'),
    regional,
    { arn: arn('eks', 'cluster/prod'), name: 'prod' },
    [[['logging', 'clusterLogging'], [{ types: ['audit'], enabled: true }]]],
  ],
  [
    'aws/ec2/SecurityGroup',
    arn('ec2', 'security-group/sg-0dbdbdbd'),
    regional,
    {
      SecurityGroupArn: arn('ec2', 'security-group/sg-0dbdbdbd'),
      GroupId: 'sg-0dbdbdbd',
      GroupName: 'orders-db',
      VpcId: 'vpc-0a1b2c3d',
      IpPermissions: [],
      IpPermissionsEgress: [everyone],
    },
    [[['IpPermissions', 0], fromGroup(group)]],
  ],
  [
    'aws/kms/Key',
    arn('kms', 'key/5d1f3c2a-7b64-4a0e-9c11-2f7f0c7f9a10'),
    regional,
    {
      Arn: arn('kms', 'key/5d1f3c2a-7b64-4a0e-9c11-2f7f0c7f9a10'),
      KeyId: '5d1f3c2a-7b64-4a0e-9c11-2f7f0c7f9a10',
      Policy: { Version: '2012-10-17', Statement: [] },
    },
    [
      [
        ['Policy', 'Statement', 0],
        { Effect: 'Allow', Principal: { Service: `logs.${region}.amazonaws.com` }, Action: 'kms:Encrypt*', Resource: '*' },
      ],
    ],
  ],
  [
    'aws/logs/LogGroup',
    arn('logs', 'log-group:/aws/eks/prod/cluster'),
    regional,
    {
      arn: arn('logs', 'log-group:/aws/eks/prod/cluster'),
      logGroupName: '/aws/eks/prod/cluster',
    },
    [[['retentionInDays'], 90]],
  ],
  [
    'aws/ec2/EbsEncryptionByDefault',
    `${account}/${region}`,
    regional,
    { EbsEncryptionByDefault: false, KmsKeyId: 'alias/aws/ebs' },
    [
      [['EbsEncryptionByDefault'], true],
      [['KmsKeyId'], key],
    ],
  ],
]

const origin: Origin = { locate: () => ({ in: 'api', call: 'fixture', path: '.', excerpt: '' }) }

/** The world and the steps of a plan that edits something of every kind. */
export function everyKind(): { readonly world: World; readonly steps: readonly Step[] } {
  const resources = edited.map(([kind, id, scope, body]) => new Resource(kind, id, scope, body as never, origin) as Resource)
  const kinds = [...new Set([...made, ...edited].map(([kind]) => kind))]
  const creating = made.map(([kind, id, scope, body]) => stepOf({ target: { kind, id, scope }, edit: { do: 'create', body } }))
  const changing = edited.flatMap(([, , , , edits], index) => {
    const resource = resources[index] as Resource
    return edits.map(([path, after]) => stepOf({ target: targetOf(resource), edit: setting(resource, path, after) }))
  })
  return { world: new World({ resources, read: kinds.map(kind => ({ kind })), unread: [] }), steps: [...creating, ...changing] }
}

const stepOf = (change: Pick<Change, 'target' | 'edit'>): Step => ({
  change: { ...change, permissions: [], risk: '' },
  title: `${change.edit.do} ${change.target.id}`,
  makes: 'test: link',
})
