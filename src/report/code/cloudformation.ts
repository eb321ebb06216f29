import { isKubernetesKind, type Kind, type Kinds } from '#model/kinds.ts'
import { withIds } from '#model/planned-id.ts'
import { yamlLines } from '../yaml-lines.ts'
import { byHandText, headText } from './by-hand.ts'
import { codeName, declarationsOf, type Declarations, type EditedObject } from './edited.ts'
import { rulesAdded, type GroupRule } from './group-rules.ts'

interface StackResource {
  readonly Type: string
  readonly suffix?: string
  readonly Properties: Readonly<Record<string, unknown>>
  /** What a stack leaves that goes, or that makes it anew: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html */
  readonly DeletionPolicy?: 'Retain'
  readonly UpdateReplacePolicy?: 'Retain'
}

/** Of what holds data, or makes it readable. */
const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' } as const

const Tags = [{ Key: 'managed-by', Value: 'mortise' }]

/** How objects of each kind are declared. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html */
const stackKinds: Declarations<StackResource> = {
  'aws/iam/Role': ({ before, after }) => (before === undefined ? [newRole(after)] : rolePolicies(before, after)),
  'aws/iam/OpenIDConnectProvider': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::IAM::OIDCProvider',
            Properties: { Url: `https://${after.Url ?? ''}`, ClientIdList: after.ClientIDList, ThumbprintList: after.ThumbprintList, Tags },
          },
        ]
      : undefined,
  'aws/eks/PodIdentityAssociation': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::EKS::PodIdentityAssociation',
            Properties: {
              ClusterName: after.clusterName,
              Namespace: after.namespace,
              ServiceAccount: after.serviceAccount,
              RoleArn: after.roleArn,
              TargetRoleArn: after.targetRoleArn,
              DisableSessionTags: after.disableSessionTags,
              Tags,
            },
          },
        ]
      : undefined,
  'aws/eks/Addon': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::EKS::Addon',
            Properties: {
              ClusterName: after.clusterName,
              AddonName: after.addonName,
              AddonVersion: after.addonVersion,
              ConfigurationValues: after.configurationValues,
              ServiceAccountRoleArn: after.serviceAccountRoleArn,
              Tags,
            },
          },
        ]
      : undefined,
  'aws/eks/AccessEntry': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::EKS::AccessEntry',
            Properties: {
              ClusterName: after.clusterName,
              PrincipalArn: after.principalArn,
              KubernetesGroups: after.kubernetesGroups,
              Type: after.type,
              AccessPolicies: (after.associatedAccessPolicies ?? []).map(({ policyArn, accessScope }) => ({
                PolicyArn: policyArn,
                AccessScope: { Type: accessScope?.type, Namespaces: accessScope?.namespaces?.length ? accessScope.namespaces : undefined },
              })),
              Tags,
            },
          },
        ]
      : undefined,
  'aws/ec2/SecurityGroup': ({ before, after }) => {
    const rules = rulesAdded(before, after)
    if (before !== undefined) return rules.map((rule, index) => groupRule(rule, after.GroupId, index))
    const isInline = ({ isEgress, peer }: GroupRule) => isEgress && peer.is !== 'group'
    return [
      newGroup(after, rules.filter(isInline)),
      ...rules.filter(rule => !isInline(rule)).map((rule, index) => groupRule(rule, after.GroupId, index)),
    ]
  },
  'aws/kms/Key': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::KMS::Key',
            Properties: { Description: after.Description, KeyPolicy: after.Policy, Tags },
            ...kept,
          },
          ...(after.Aliases ?? []).map(({ AliasName }) => ({ Type: 'AWS::KMS::Alias', Properties: { AliasName, TargetKeyId: after.Arn } })),
        ]
      : undefined,
  'aws/logs/LogGroup': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::Logs::LogGroup',
            Properties: { LogGroupName: after.logGroupName, RetentionInDays: after.retentionInDays, KmsKeyId: after.kmsKeyId, Tags },
            ...kept,
          },
        ]
      : undefined,
  'aws/guardduty/Detector': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::GuardDuty::Detector',
            Properties: {
              Enable: after.Status === 'ENABLED',
              Features: (after.Features ?? []).map(({ Name, Status, AdditionalConfiguration }) => ({
                Name,
                Status,
                AdditionalConfiguration: AdditionalConfiguration?.map(each => ({ Name: each.Name, Status: each.Status })),
              })),
              Tags,
            },
          },
        ]
      : undefined,
  'aws/ec2/VpcEndpoint': ({ before, after }) =>
    before === undefined
      ? [
          {
            Type: 'AWS::EC2::VPCEndpoint',
            Properties: {
              VpcId: after.VpcId,
              ServiceName: after.ServiceName,
              VpcEndpointType: after.VpcEndpointType,
              SubnetIds: after.SubnetIds,
              SecurityGroupIds: (after.Groups ?? []).map(({ GroupId }) => GroupId),
              PrivateDnsEnabled: after.PrivateDnsEnabled,
              PolicyDocument: after.PolicyDocument,
            },
          },
        ]
      : undefined,
}

const newRole = (after: Kinds['aws/iam/Role']): StackResource => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: after.RoleName,
    AssumeRolePolicyDocument: after.AssumeRolePolicyDocument,
    ManagedPolicyArns: after.AttachedManagedPolicies?.length ? after.AttachedManagedPolicies.map(({ PolicyArn }) => PolicyArn) : undefined,
    Policies: after.RolePolicyList?.length
      ? after.RolePolicyList.map(({ PolicyName, PolicyDocument }) => ({ PolicyName, PolicyDocument }))
      : undefined,
    Tags,
  },
})

/** Policies that a role of somebody else's gets anew; one that it has already can only be changed where it is declared. */
function rolePolicies(before: Kinds['aws/iam/Role'], after: Kinds['aws/iam/Role']): readonly StackResource[] | undefined {
  const had = new Map((before.RolePolicyList ?? []).map(policy => [policy.PolicyName, JSON.stringify(policy.PolicyDocument)]))
  const changed = (after.RolePolicyList ?? []).filter(policy => had.get(policy.PolicyName) !== JSON.stringify(policy.PolicyDocument))
  const isDeclarable =
    changed.length > 0 &&
    changed.every(({ PolicyName }) => !had.has(PolicyName)) &&
    JSON.stringify(before.AttachedManagedPolicies ?? []) === JSON.stringify(after.AttachedManagedPolicies ?? []) &&
    JSON.stringify(before.AssumeRolePolicyDocument) === JSON.stringify(after.AssumeRolePolicyDocument)
  if (!isDeclarable) return undefined
  return changed.map(({ PolicyName, PolicyDocument }) => ({
    Type: 'AWS::IAM::RolePolicy',
    suffix: 'Policy',
    Properties: { PolicyName, RoleName: after.RoleName, PolicyDocument },
  }))
}

/**
 * A group without egress of its own gets a rule that lets everything out, and a rule to an address that is never met keeps that away:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html. Rules to groups stand apart, since groups may name each other.
 */
const nothingOut = { IpProtocol: '-1', CidrIp: '127.0.0.1/32', Description: 'nothing else leaves' }

const newGroup = (after: Kinds['aws/ec2/SecurityGroup'], egress: readonly GroupRule[]): StackResource => ({
  Type: 'AWS::EC2::SecurityGroup',
  Properties: {
    GroupName: after.GroupName,
    GroupDescription: after.Description,
    VpcId: after.VpcId,
    SecurityGroupEgress: egress.length === 0 ? [nothingOut] : egress.map(ruleProperties),
    Tags: [...Tags, ...(after.Tags ?? []).filter(({ Key }) => Key !== Tags[0]?.Key)],
  },
})

const peerProperty = {
  ipv4: ['CidrIp', 'CidrIp'],
  ipv6: ['CidrIpv6', 'CidrIpv6'],
  group: ['SourceSecurityGroupId', 'DestinationSecurityGroupId'],
  prefixList: ['SourcePrefixListId', 'DestinationPrefixListId'],
} as const

const groupRule = (rule: GroupRule, GroupId: string, index: number): StackResource => ({
  Type: rule.isEgress ? 'AWS::EC2::SecurityGroupEgress' : 'AWS::EC2::SecurityGroupIngress',
  suffix: `Rule${index + 1}`,
  Properties: { GroupId, ...ruleProperties(rule) },
})

const ruleProperties = ({ isEgress, protocol, from, to, peer, description }: GroupRule): Readonly<Record<string, unknown>> => ({
  Description: description,
  IpProtocol: protocol,
  FromPort: from,
  ToPort: to,
  [peerProperty[peer.is][isEgress ? 1 : 0]]: peer.id,
})

/** What others get for a resource of the same stack that they name. */
const nameable: Partial<Readonly<Record<Kind, string>>> = {
  'aws/ec2/SecurityGroup': 'GroupId',
  'aws/iam/OpenIDConnectProvider': 'Arn',
  'aws/iam/Role': 'Arn',
  'aws/kms/Key': 'Arn',
}

/** Logical ids are letters and digits: `ProdPaymentsReader`. */
const logicalId = (object: EditedObject): string =>
  codeName(object.target)
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** `AWS::IAM::Role` → `Role`. */
const lastWord = (type: string): string => type.slice(type.lastIndexOf(':') + 1)

/**
 * What a plan makes in AWS, as a CloudFormation template. What exists already is declared elsewhere, and changed there: a remark says how. The
 * cluster's own half is for `--format manifests`. Ends with a line feed.
 */
export function cloudformationText(objects: readonly EditedObject[]): string {
  const aws = objects.filter(({ target }) => !isKubernetesKind(target.kind))
  const references = new Map(
    aws.flatMap(object => {
      const attribute = nameable[object.target.kind]
      if (attribute === undefined || object.before !== undefined) return []
      const type =
        attribute === 'GroupId' ? 'SecurityGroup' : object.target.kind.endsWith('Provider') ? 'OIDCProvider' : lastName(object.target.kind)
      return [[object.target.id, { 'Fn::GetAtt': [`${logicalId(object)}${type}`, attribute] }] as const]
    }),
  )
  const remarks: string[] = []
  const resources: Record<string, unknown> = {}
  for (const object of aws) {
    const declared = declarationsOf(stackKinds, object)
    if (declared === undefined) remarks.push(byHandText(object, '#'))
    for (const { suffix, ...resource } of declared ?? []) {
      const id = `${logicalId(object)}${suffix ?? lastWord(resource.Type)}`
      resources[unused(id, resources)] = { ...resource, Properties: withIds(resource.Properties, references) }
    }
  }
  const rest = objects.length - aws.length
  const head = headText(
    '#',
    rest === 0 ? [] : [`${rest} more ${rest === 1 ? 'object is' : 'objects are'} in the cluster: --format manifests.`],
  )
  const template = { AWSTemplateFormatVersion: '2010-09-09', Description: 'What a Mortise blueprint needs in AWS', Resources: resources }
  const body = Object.keys(resources).length === 0 ? [] : [yamlLines(template).join('\n')]
  return `${[head, ...remarks, ...body].join('\n\n')}\n`
}

const lastName = (kind: string): string => kind.slice(kind.lastIndexOf('/') + 1)

function unused(id: string, resources: Readonly<Record<string, unknown>>): string {
  let count = 1
  while (Object.hasOwn(resources, count === 1 ? id : `${id}${count}`)) count += 1
  return count === 1 ? id : `${id}${count}`
}
