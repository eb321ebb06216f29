import type { Baseline } from '#joints/baselines.ts'
import type { Need } from './need.ts'

/** Where a controller works. */
export interface Workplace {
  readonly partition: string
  readonly account: string
  readonly region: string
  readonly cluster: string
}

type Given = (place: Workplace) => readonly Omit<Need, 'by'>[]

const list = (service: string, actions: string): readonly string[] => actions.split(' ').map(name => `${service}:${name}`)

/** Actions that take no resource, or are about all of a kind. They are asked where the cluster is. */
const everywhere =
  (...actions: readonly string[]): Given =>
  ({ region }) =>
    actions.map(action => ({ action, resource: '*', context: { 'aws:RequestedRegion': region } }))

/** Actions of which some resource must be allowed. */
const onSome =
  (actions: readonly string[], resource: (place: Workplace) => string): Given =>
  place =>
    actions.map(action => ({ action, resource: resource(place), any: true }))

/** Requests to Route 53 are made in this region, wherever they come from. */
const global = { 'aws:RequestedRegion': 'us-east-1' }
const route53: Given = () => list('route53', 'ListHostedZones').map(action => ({ action, resource: '*', context: global }))
const zones =
  (...actions: readonly string[]): Given =>
  ({ partition }) =>
    actions.map(action => ({ action, resource: `arn:${partition}:route53:::hostedzone/Z0123456789ABCDEFGHIJ`, any: true, context: global }))

const volume = ({ partition, region, account }: Workplace) => `arn:${partition}:ec2:${region}:${account}:volume/vol-0123456789abcdef0`
const group = ({ partition, region, account, cluster }: Workplace) =>
  `arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:5b1f0c00-0000-4000-8000-000000000000:autoScalingGroupName/${cluster}`
const targetGroup = ({ partition, region, account }: Workplace) =>
  `arn:${partition}:elasticloadbalancing:${region}:${account}:targetgroup/k8s-probe/5b1f0c0000000000`
const logStream = ({ partition, region, account, cluster }: Workplace) =>
  `arn:${partition}:logs:${region}:${account}:log-group:/aws/containerinsights/${cluster}/performance:log-stream:probe`

/** The tag by which AmazonEBSCSIDriverPolicy tells volumes of the driver: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEBSCSIDriverPolicy.html */
const madeByDriver: Given = place => [
  { action: 'ec2:CreateVolume', resource: volume(place), any: true, context: { 'aws:RequestTag/ebs.csi.aws.com/cluster': 'true' } },
]

/**
 * What each well-known controller calls in every installation: without one of these it does not work at all. What it calls only when asked for a feature is left
 * out, so that nobody is told to allow more than is used. The policies are those that `baselines.ts` cites.
 */
const needed: Readonly<Record<string, readonly Given[]>> = {
  'vpc-cni': [everywhere(...list('ec2', 'DescribeInstances DescribeInstanceTypes DescribeNetworkInterfaces DescribeTags'))],
  'ebs-csi': [
    everywhere(...list('ec2', 'DescribeInstances DescribeVolumes')),
    onSome(list('ec2', 'AttachVolume DetachVolume'), volume),
    madeByDriver,
  ],
  'load-balancer-controller': [
    everywhere(
      ...list('ec2', 'DescribeAvailabilityZones DescribeInstances DescribeSecurityGroups DescribeSubnets DescribeVpcs'),
      ...list('elasticloadbalancing', 'DescribeListeners DescribeLoadBalancers DescribeRules DescribeTags DescribeTargetGroups'),
    ),
    onSome(list('elasticloadbalancing', 'RegisterTargets DeregisterTargets'), targetGroup),
  ],
  'cluster-autoscaler': [
    everywhere(...list('autoscaling', 'DescribeAutoScalingGroups DescribeAutoScalingInstances DescribeLaunchConfigurations')),
    onSome(list('autoscaling', 'SetDesiredCapacity TerminateInstanceInAutoScalingGroup'), group),
  ],
  'external-dns': [route53, zones('route53:ListResourceRecordSets', 'route53:ChangeResourceRecordSets')],
  'cert-manager': [
    zones('route53:ChangeResourceRecordSets'),
    ({ partition }) => [
      { action: 'route53:GetChange', resource: `arn:${partition}:route53:::change/C0123456789ABCDEFGHIJ`, any: true, context: global },
    ],
  ],
  karpenter: [
    everywhere(
      ...list('ec2', 'DescribeImages DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances DescribeLaunchTemplates'),
      ...list('ec2', 'DescribeSecurityGroups DescribeSubnets'),
    ),
  ],
  'cloudwatch-observability': [onSome(list('logs', 'CreateLogStream PutLogEvents'), logStream)],
}

/** None for a controller of which nobody says what it cannot do without. */
export const controllerNeeds = ({ id }: Baseline, place: Workplace): readonly Need[] =>
  (needed[id] ?? []).flatMap(given => given(place)).map(need => ({ ...need, by: 'controller' }))
