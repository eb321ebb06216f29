import { karpenter } from './baseline-karpenter.ts'
import { allow, names, type BaselineFacts, type BaselineStatement } from './baseline-statements.ts'

/** What a well-known controller needs, as its own project and AWS publish it. */
export interface Baseline {
  readonly id: string
  readonly title: string
  /** Where it usually runs; service accounts of other names are not taken for it. */
  readonly accounts: readonly { readonly namespace: string; readonly names: readonly string[] }[]
  /** AWS's managed policies for it, by path and name. */
  readonly managed: readonly string[]
  readonly statements: (facts: BaselineFacts) => readonly BaselineStatement[]
  /** The page that states it. */
  readonly source: string
  /** What the baseline leaves open and only its operator can narrow. */
  readonly narrow?: string
}

const none = (): readonly BaselineStatement[] => []

const ownTag = 'elbv2.k8s.aws/cluster'
const owned = { Null: { [`aws:ResourceTag/${ownTag}`]: 'false' } }
const tagging = { Null: { [`aws:RequestTag/${ownTag}`]: 'false' } }
const keepsTag = { Null: { [`aws:RequestTag/${ownTag}`]: 'true', [`aws:ResourceTag/${ownTag}`]: 'false' } }

/** https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json */
function loadBalancerController({ partition }: BaselineFacts): readonly BaselineStatement[] {
  const elb = 'elasticloadbalancing'
  const groups = [`arn:${partition}:ec2:*:*:security-group/*`]
  const balancers = ['targetgroup/*/*', 'loadbalancer/net/*/*', 'loadbalancer/app/*/*'].map(name => `arn:${partition}:${elb}:*:*:${name}`)
  const listeners = ['listener/net/*/*/*', 'listener/app/*/*/*', 'listener-rule/net/*/*/*', 'listener-rule/app/*/*/*'].map(
    name => `arn:${partition}:${elb}:*:*:${name}`,
  )
  return [
    allow('the service-linked role of Elastic Load Balancing', ['iam:CreateServiceLinkedRole'], ['*'], {
      StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' },
    }),
    allow('it reads networks and load balancers', [
      ...names(
        'ec2',
        'DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways DescribeVpcs DescribeVpcPeeringConnections DescribeSubnets DescribeSecurityGroups DescribeInstances DescribeNetworkInterfaces DescribeTags GetCoipPoolUsage DescribeCoipPools GetSecurityGroupsForVpc DescribeIpamPools DescribeRouteTables',
      ),
      ...names(
        elb,
        'DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeListeners DescribeListenerCertificates DescribeSSLPolicies DescribeRules DescribeTargetGroups DescribeTargetGroupAttributes DescribeTargetHealth DescribeTags DescribeTrustStores DescribeListenerAttributes DescribeCapacityReservation',
      ),
    ]),
    allow('certificates, sign-in, firewalls and Shield of ingresses', [
      'cognito-idp:DescribeUserPoolClient',
      'acm:ListCertificates',
      'acm:DescribeCertificate',
      'iam:ListServerCertificates',
      'iam:GetServerCertificate',
      ...names('waf-regional', 'GetWebACL GetWebACLForResource AssociateWebACL DisassociateWebACL'),
      ...names('wafv2', 'GetWebACL GetWebACLForResource AssociateWebACL DisassociateWebACL ListWebACLs'),
      ...names('shield', 'GetSubscriptionState DescribeProtection CreateProtection DeleteProtection'),
    ]),
    allow('rules of security groups that it shares with nodes', names('ec2', 'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress')),
    allow('security groups of its own', ['ec2:CreateSecurityGroup']),
    allow('it tags what it makes', ['ec2:CreateTags'], groups, { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' }, ...tagging }),
    allow('it keeps the tags of its own groups', names('ec2', 'CreateTags DeleteTags'), groups, keepsTag),
    allow('it changes its own groups', ['ec2:DeleteSecurityGroup'], ['*'], owned),
    allow('it makes load balancers', names(elb, 'CreateLoadBalancer CreateTargetGroup'), ['*'], tagging),
    allow('listeners and rules', names(elb, 'CreateListener DeleteListener CreateRule DeleteRule')),
    allow('it keeps the tags of its own load balancers', names(elb, 'AddTags RemoveTags'), balancers, keepsTag),
    allow('tags of listeners', names(elb, 'AddTags RemoveTags'), listeners),
    allow(
      'it changes its own load balancers',
      names(
        elb,
        'ModifyLoadBalancerAttributes SetIpAddressType SetSecurityGroups SetSubnets DeleteLoadBalancer ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup ModifyListenerAttributes ModifyCapacityReservation ModifyIpPools',
      ),
      ['*'],
      owned,
    ),
    allow('it tags load balancers as it makes them', [`${elb}:AddTags`], balancers, {
      StringEquals: { [`${elb}:CreateAction`]: ['CreateTargetGroup', 'CreateLoadBalancer'] },
      ...tagging,
    }),
    allow('targets', names(elb, 'RegisterTargets DeregisterTargets'), [`arn:${partition}:${elb}:*:*:targetgroup/*/*`]),
    allow(
      'firewalls, certificates and rules of listeners',
      names(elb, 'SetWebAcl ModifyListener AddListenerCertificates RemoveListenerCertificates ModifyRule SetRulePriorities'),
    ),
  ]
}

/** https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md */
const clusterAutoscaler = ({ cluster }: BaselineFacts): readonly BaselineStatement[] => [
  allow('it reads groups and instance types', [
    ...names(
      'autoscaling',
      'DescribeAutoScalingGroups DescribeAutoScalingInstances DescribeLaunchConfigurations DescribeScalingActivities DescribeTags',
    ),
    ...names('ec2', 'DescribeLaunchTemplateVersions DescribeInstanceTypes DescribeImages GetInstanceTypesFromInstanceRequirements'),
    'eks:DescribeNodegroup',
  ]),
  allow('it scales the groups of its own cluster', names('autoscaling', 'SetDesiredCapacity TerminateInstanceInAutoScalingGroup'), ['*'], {
    StringEquals: { [`autoscaling:ResourceTag/kubernetes.io/cluster/${cluster}`]: 'owned' },
  }),
]

/** https://github.com/kubernetes-sigs/external-dns/blob/master/docs/tutorials/aws.md */
const externalDns = ({ partition }: BaselineFacts): readonly BaselineStatement[] => [
  allow('it writes records', ['route53:ChangeResourceRecordSets'], [`arn:${partition}:route53:::hostedzone/*`]),
  allow('it finds zones and records', names('route53', 'ListHostedZones ListResourceRecordSets ListTagsForResource ListTagsForResources')),
]

/** https://cert-manager.io/docs/configuration/acme/dns01/route53/ */
const certManager = ({ partition }: BaselineFacts): readonly BaselineStatement[] => [
  allow('it waits for changes', ['route53:GetChange'], [`arn:${partition}:route53:::change/*`]),
  allow('it answers challenges', names('route53', 'ChangeResourceRecordSets ListResourceRecordSets'), [
    `arn:${partition}:route53:::hostedzone/*`,
  ]),
  allow('it finds zones', ['route53:ListHostedZonesByName']),
]

/** https://external-secrets.io/latest/provider/aws-secrets-manager/#iam-policy */
const externalSecrets = ({ partition, region, account }: BaselineFacts): readonly BaselineStatement[] => [
  allow('it reads secrets', names('secretsmanager', 'GetResourcePolicy GetSecretValue DescribeSecret ListSecretVersionIds'), [
    `arn:${partition}:secretsmanager:${region}:${account}:secret:*`,
  ]),
]

const inKubeSystem = (...list: readonly string[]) => [{ namespace: 'kube-system', names: list }]
const zones = 'name the hosted zones instead of hostedzone/*'

/** Managed policies as EKS documents them for each add-on: https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html */
export const baselines: readonly Baseline[] = [
  {
    id: 'vpc-cni',
    title: 'Amazon VPC CNI',
    accounts: inKubeSystem('aws-node'),
    managed: ['AmazonEKS_CNI_Policy'],
    statements: none,
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html',
  },
  {
    id: 'ebs-csi',
    title: 'Amazon EBS CSI driver',
    accounts: inKubeSystem('ebs-csi-controller-sa'),
    managed: ['service-role/AmazonEBSCSIDriverPolicy'],
    statements: none,
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html',
  },
  {
    id: 'efs-csi',
    title: 'Amazon EFS CSI driver',
    accounts: inKubeSystem('efs-csi-controller-sa'),
    managed: ['service-role/AmazonEFSCSIDriverPolicy'],
    statements: none,
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/efs-csi.html',
  },
  {
    id: 'cloudwatch-observability',
    title: 'Amazon CloudWatch Observability',
    accounts: [{ namespace: 'amazon-cloudwatch', names: ['cloudwatch-agent'] }],
    managed: ['CloudWatchAgentServerPolicy', 'AWSXrayWriteOnlyAccess'],
    statements: none,
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html',
  },
  {
    id: 'load-balancer-controller',
    title: 'AWS Load Balancer Controller',
    accounts: inKubeSystem('aws-load-balancer-controller'),
    managed: [],
    statements: loadBalancerController,
    source: 'https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json',
  },
  {
    id: 'cluster-autoscaler',
    title: 'Cluster Autoscaler',
    accounts: inKubeSystem('cluster-autoscaler', 'cluster-autoscaler-sa'),
    managed: [],
    statements: clusterAutoscaler,
    source: 'https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md',
  },
  {
    id: 'external-dns',
    title: 'ExternalDNS',
    accounts: [{ namespace: 'external-dns', names: ['external-dns'] }, ...inKubeSystem('external-dns')],
    managed: [],
    statements: externalDns,
    source: 'https://github.com/kubernetes-sigs/external-dns/blob/master/docs/tutorials/aws.md',
    narrow: zones,
  },
  {
    id: 'cert-manager',
    title: 'cert-manager',
    accounts: [{ namespace: 'cert-manager', names: ['cert-manager'] }],
    managed: [],
    statements: certManager,
    source: 'https://cert-manager.io/docs/configuration/acme/dns01/route53/',
    narrow: zones,
  },
  {
    id: 'karpenter',
    title: 'Karpenter',
    accounts: [...inKubeSystem('karpenter'), { namespace: 'karpenter', names: ['karpenter'] }],
    managed: [],
    statements: karpenter,
    source: 'https://karpenter.sh/docs/reference/cloudformation/#controller-authorization',
    narrow: 'name the node role and the interruption queue where they are called otherwise, and compare with the page for your version',
  },
  {
    id: 'external-secrets',
    title: 'External Secrets Operator',
    accounts: [{ namespace: 'external-secrets', names: ['external-secrets'] }],
    managed: [],
    statements: externalSecrets,
    source: 'https://external-secrets.io/latest/provider/aws-secrets-manager/#iam-policy',
    narrow:
      'name the secrets instead of secret:*, add kms:Decrypt on their keys, and ListSecrets and BatchGetSecretValue only where dataFrom.find is used',
  },
]

/** The controller that a service account belongs to, by its usual name. */
export const baselineOf = (namespace: string, name: string): Baseline | undefined =>
  baselines.find(({ accounts }) => accounts.some(account => account.namespace === namespace && account.names.includes(name)))
