import { allow, names, type BaselineFacts, type BaselineStatement } from './baseline-statements.ts'

/**
 * The controller's policy as its project's CloudFormation template makes it.
 * https://karpenter.sh/docs/reference/cloudformation/#controller-authorization
 */
export function karpenter({ partition, cluster, region, account }: BaselineFacts): readonly BaselineStatement[] {
  const ec2 = (type: string, owner = '*') => `arn:${partition}:ec2:${region}:${owner}:${type}/*`
  const made = ['fleet', 'instance', 'volume', 'network-interface', 'launch-template'].map(type => ec2(type))
  const tag = `kubernetes.io/cluster/${cluster}`
  const place = { 'topology.kubernetes.io/region': region }
  const tagged = (of: 'RequestTag' | 'ResourceTag', more: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries({ [tag]: 'owned', ...more }).map(([key, value]) => [`aws:${of}/${key}`, value]))
  const pool = (of: 'RequestTag' | 'ResourceTag') => ({ [`aws:${of}/karpenter.sh/nodepool`]: '*' })
  const nodeClass = (of: 'RequestTag' | 'ResourceTag') => ({ [`aws:${of}/karpenter.k8s.aws/ec2nodeclass`]: '*' })
  return [
    allow('it launches from images, groups and subnets', names('ec2', 'RunInstances CreateFleet'), [
      ec2('image', ''),
      ec2('snapshot', ''),
      ...['security-group', 'subnet'].map(type => ec2(type)),
    ]),
    allow('it launches from its own templates', names('ec2', 'RunInstances CreateFleet'), [ec2('launch-template')], {
      StringEquals: tagged('ResourceTag'),
      StringLike: pool('ResourceTag'),
    }),
    allow(
      'what it makes carries its tags',
      names('ec2', 'RunInstances CreateFleet CreateLaunchTemplate'),
      [...made, ec2('spot-instances-request')],
      { StringEquals: tagged('RequestTag'), StringLike: pool('RequestTag') },
    ),
    allow('it tags what it makes', ['ec2:CreateTags'], [...made, ec2('spot-instances-request')], {
      StringEquals: { ...tagged('RequestTag'), 'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'] },
      StringLike: pool('RequestTag'),
    }),
    allow('it names its instances', ['ec2:CreateTags'], [ec2('instance')], {
      StringEquals: tagged('ResourceTag'),
      StringLike: pool('ResourceTag'),
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['eks:eks-cluster-name', 'karpenter.sh/nodeclaim', 'Name'] },
    }),
    allow('it deletes its own', names('ec2', 'TerminateInstances DeleteLaunchTemplate'), [ec2('instance'), ec2('launch-template')], {
      StringEquals: tagged('ResourceTag'),
      StringLike: pool('ResourceTag'),
    }),
    allow(
      'it looks for what to launch',
      names(
        'ec2',
        'DescribeImages DescribeInstances DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeLaunchTemplates DescribeSecurityGroups DescribeSpotPriceHistory DescribeSubnets',
      ),
      ['*'],
      region === '*' ? undefined : { StringEquals: { 'aws:RequestedRegion': region } },
    ),
    allow('it finds images', ['ssm:GetParameter'], [`arn:${partition}:ssm:${region}::parameter/aws/service/*`]),
    allow('it compares prices', ['pricing:GetProducts']),
    allow('it hears of interruptions', names('sqs', 'DeleteMessage GetQueueUrl ReceiveMessage'), [
      `arn:${partition}:sqs:${region}:${account}:${cluster}`,
    ]),
    allow('it gives nodes their role', ['iam:PassRole'], [`arn:${partition}:iam::${account}:role/KarpenterNodeRole-${cluster}`], {
      StringEquals: { 'iam:PassedToService': partition === 'aws-cn' ? ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] : 'ec2.amazonaws.com' },
    }),
    ...profiles({ partition, account, tagged, place, nodeClass }),
    allow('it finds the API server', ['eks:DescribeCluster'], [`arn:${partition}:eks:${region}:${account}:cluster/${cluster}`]),
  ]
}

interface Profiles {
  readonly partition: string
  readonly account: string
  readonly tagged: (of: 'RequestTag' | 'ResourceTag', more?: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
  readonly place: Readonly<Record<string, string>>
  readonly nodeClass: (of: 'RequestTag' | 'ResourceTag') => Readonly<Record<string, string>>
}

function profiles({ partition, account, tagged, place, nodeClass }: Profiles): readonly BaselineStatement[] {
  const profile = [`arn:${partition}:iam::${account}:instance-profile/*`]
  return [
    allow('it makes instance profiles', ['iam:CreateInstanceProfile'], profile, {
      StringEquals: tagged('RequestTag', place),
      StringLike: nodeClass('RequestTag'),
    }),
    allow('it tags its instance profiles', ['iam:TagInstanceProfile'], profile, {
      StringEquals: { ...tagged('ResourceTag', place), ...tagged('RequestTag', place) },
      StringLike: { ...nodeClass('ResourceTag'), ...nodeClass('RequestTag') },
    }),
    allow(
      'it changes its instance profiles',
      names('iam', 'AddRoleToInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile'),
      profile,
      { StringEquals: tagged('ResourceTag', place), StringLike: nodeClass('ResourceTag') },
    ),
    allow('it reads instance profiles', ['iam:GetInstanceProfile'], profile),
  ]
}
