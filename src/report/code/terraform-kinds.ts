import type { Kinds } from '#model/kinds.ts'
import { codeName, type Bodies, type Declarations, type EditedObject } from './edited.ts'
import { rulesAdded, type GroupRule } from './group-rules.ts'
import { Expression, JsonText, type HclBlock, type HclValue } from './hcl.ts'

/** A resource of Terraform: its type, what tells it from others of the object, its attributes and blocks. */
export interface TerraformResource {
  readonly type: string
  /** After the object's own name, when it has several of the type. */
  readonly suffix?: string
  readonly attributes: Readonly<Record<string, HclValue | undefined>>
  readonly blocks?: readonly HclBlock[]
  /** By what `terraform import` finds it, when it exists already: https://developer.hashicorp.com/terraform/language/import */
  readonly importId?: string
}

const tags = { 'managed-by': 'mortise' }

/** How objects of each kind are declared. https://registry.terraform.io/providers/hashicorp/aws/6.0.0/docs */
export const terraformKinds: Declarations<TerraformResource> = {
  'aws/iam/Role': ({ before, after }) => [
    ...(before === undefined
      ? [
          {
            type: 'aws_iam_role',
            attributes: { name: after.RoleName, assume_role_policy: new JsonText(after.AssumeRolePolicyDocument), tags },
          },
        ]
      : []),
    ...inlinePolicies({ before, after }),
    ...attachedPolicies({ before, after }),
  ],
  'aws/iam/OpenIDConnectProvider': ({ before, after }) =>
    before === undefined
      ? [
          {
            type: 'aws_iam_openid_connect_provider',
            attributes: {
              url: `https://${after.Url ?? ''}`,
              client_id_list: after.ClientIDList,
              thumbprint_list: after.ThumbprintList,
              tags,
            },
          },
        ]
      : undefined,
  'aws/eks/PodIdentityAssociation': ({ before, after }) => [
    {
      type: 'aws_eks_pod_identity_association',
      attributes: {
        cluster_name: after.clusterName,
        namespace: after.namespace,
        service_account: after.serviceAccount,
        role_arn: after.roleArn,
        target_role_arn: after.targetRoleArn,
        disable_session_tags: after.disableSessionTags,
        tags,
      },
      ...(before === undefined ? {} : { importId: `${before.clusterName},${before.associationId ?? ''}` }),
    },
  ],
  'aws/eks/Addon': ({ before, after }) => [
    {
      type: 'aws_eks_addon',
      attributes: {
        cluster_name: after.clusterName,
        addon_name: after.addonName,
        addon_version: after.addonVersion,
        configuration_values: after.configurationValues,
        service_account_role_arn: after.serviceAccountRoleArn,
        ...(before === undefined ? { tags } : {}),
      },
      ...(before === undefined ? {} : { importId: `${before.clusterName}:${before.addonName}` }),
    },
  ],
  'aws/eks/AccessEntry': ({ before, after }) => [
    ...(before === undefined || !sameSet(before.kubernetesGroups, after.kubernetesGroups)
      ? [
          {
            type: 'aws_eks_access_entry',
            attributes: {
              cluster_name: after.clusterName,
              principal_arn: after.principalArn,
              kubernetes_groups: after.kubernetesGroups,
              type: after.type,
            },
            ...(before === undefined ? {} : { importId: `${before.clusterName}:${before.principalArn}` }),
          },
        ]
      : []),
    ...accessPolicies({ before, after }),
  ],
  'aws/ec2/SecurityGroup': ({ before, after }, edited) => [
    ...(before === undefined
      ? [
          {
            type: 'aws_security_group',
            attributes: {
              name: after.GroupName,
              description: after.Description,
              vpc_id: after.VpcId,
              tags: { ...tags, ...Object.fromEntries((after.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])) },
            },
          },
        ]
      : []),
    ...rulesAdded(before, after).map((rule, index) => groupRule(rule, after.GroupId, edited, index)),
  ],
  'aws/kms/Key': ({ before, after }) =>
    before === undefined
      ? [
          {
            type: 'aws_kms_key',
            attributes: {
              description: after.Description,
              ...(after.Policy === undefined ? {} : { policy: new JsonText(after.Policy) }),
              tags,
            },
          },
          ...(after.Aliases ?? []).map(({ AliasName = '' }) => ({
            type: 'aws_kms_alias',
            attributes: { name: AliasName, target_key_id: after.Arn },
          })),
        ]
      : [
          {
            type: 'aws_kms_key_policy',
            attributes: { key_id: after.KeyId, policy: new JsonText(after.Policy) },
            importId: after.KeyId,
          },
        ],
  'aws/logs/LogGroup': ({ before, after }) => [
    {
      type: 'aws_cloudwatch_log_group',
      attributes: {
        name: after.logGroupName,
        retention_in_days: after.retentionInDays,
        kms_key_id: after.kmsKeyId,
        ...(before === undefined ? { tags } : {}),
      },
      ...(before === undefined ? {} : { importId: before.logGroupName }),
    },
  ],
  'aws/ec2/EbsEncryptionByDefault': ({ before, after }) => [
    ...(before?.EbsEncryptionByDefault === after.EbsEncryptionByDefault
      ? []
      : [{ type: 'aws_ebs_encryption_by_default', attributes: { enabled: after.EbsEncryptionByDefault } }]),
    ...(before?.KmsKeyId === after.KmsKeyId ? [] : [{ type: 'aws_ebs_default_kms_key', attributes: { key_arn: after.KmsKeyId } }]),
  ],
  'aws/guardduty/Detector': ({ before, after }) => [
    ...(before === undefined || before.Status !== after.Status
      ? [
          {
            type: 'aws_guardduty_detector',
            attributes: { enable: after.Status === 'ENABLED' },
            ...(before === undefined ? {} : { importId: before.DetectorId }),
          },
        ]
      : []),
    ...detectorFeatures({ before, after }),
  ],
  'aws/ec2/VpcEndpoint': ({ before, after }) =>
    before === undefined
      ? [
          {
            type: 'aws_vpc_endpoint',
            attributes: {
              vpc_id: after.VpcId,
              service_name: after.ServiceName,
              vpc_endpoint_type: after.VpcEndpointType,
              subnet_ids: after.SubnetIds,
              security_group_ids: (after.Groups ?? []).map(({ GroupId = '' }) => GroupId),
              private_dns_enabled: after.PrivateDnsEnabled,
              ...(after.PolicyDocument === undefined ? {} : { policy: new JsonText(after.PolicyDocument) }),
              tags,
            },
          },
        ]
      : undefined,
}

const sameSet = (a: readonly string[] = [], b: readonly string[] = []): boolean => [...a].sort().join('\n') === [...b].sort().join('\n')

function inlinePolicies({ before, after }: Bodies<'aws/iam/Role'>): readonly TerraformResource[] {
  const had = new Map((before?.RolePolicyList ?? []).map(policy => [policy.PolicyName, JSON.stringify(policy.PolicyDocument)]))
  return (after.RolePolicyList ?? [])
    .filter(policy => had.get(policy.PolicyName) !== JSON.stringify(policy.PolicyDocument))
    .map(({ PolicyName = '', PolicyDocument }) => ({
      type: 'aws_iam_role_policy',
      attributes: { name: PolicyName, role: roleOf(before, after), policy: new JsonText(PolicyDocument) },
      ...(had.has(PolicyName) ? { importId: `${after.RoleName}:${PolicyName}` } : {}),
    }))
}

function attachedPolicies({ before, after }: Bodies<'aws/iam/Role'>): readonly TerraformResource[] {
  const had = new Set((before?.AttachedManagedPolicies ?? []).map(({ PolicyArn }) => PolicyArn))
  return (after.AttachedManagedPolicies ?? [])
    .filter(({ PolicyArn }) => !had.has(PolicyArn))
    .map(({ PolicyArn = '' }) => ({
      type: 'aws_iam_role_policy_attachment',
      suffix: PolicyArn.slice(PolicyArn.lastIndexOf('/') + 1),
      attributes: { role: roleOf(before, after), policy_arn: PolicyArn },
    }))
}

/** A role that the same code makes is made first when it is named by reference. */
const roleOf = (before: Kinds['aws/iam/Role'] | undefined, { Arn, RoleName }: Kinds['aws/iam/Role']): HclValue =>
  before === undefined
    ? new Expression(`aws_iam_role.${codeName({ kind: 'aws/iam/Role', id: Arn, scope: { account: '' } })}.name`)
    : RoleName

function accessPolicies({ before, after }: Bodies<'aws/eks/AccessEntry'>): readonly TerraformResource[] {
  const key = (policy: NonNullable<typeof after.associatedAccessPolicies>[number]) => JSON.stringify([policy.policyArn, policy.accessScope])
  const had = new Set((before?.associatedAccessPolicies ?? []).map(key))
  return (after.associatedAccessPolicies ?? [])
    .filter(policy => !had.has(key(policy)))
    .map(({ policyArn = '', accessScope }) => ({
      type: 'aws_eks_access_policy_association',
      suffix: policyArn.slice(policyArn.lastIndexOf('/') + 1),
      attributes: { cluster_name: after.clusterName, principal_arn: after.principalArn, policy_arn: policyArn },
      blocks: [
        {
          type: 'access_scope',
          attributes: { type: accessScope?.type, namespaces: accessScope?.namespaces?.length ? accessScope.namespaces : undefined },
        },
      ],
    }))
}

const peerAttribute = {
  ipv4: 'cidr_ipv4',
  ipv6: 'cidr_ipv6',
  group: 'referenced_security_group_id',
  prefixList: 'prefix_list_id',
} as const

function groupRule(rule: GroupRule, groupId: string, edited: EditedObject, index: number): TerraformResource {
  return {
    type: `aws_vpc_security_group_${rule.isEgress ? 'egress' : 'ingress'}_rule`,
    ...(index === 0 ? {} : { suffix: String(index + 1) }),
    attributes: {
      security_group_id: groupId,
      description: rule.description ?? edited.titles[0],
      ip_protocol: rule.protocol,
      from_port: rule.from,
      to_port: rule.to,
      [peerAttribute[rule.peer.is]]: rule.peer.id,
    },
  }
}

function detectorFeatures({ before, after }: Bodies<'aws/guardduty/Detector'>): readonly TerraformResource[] {
  const had = new Map((before?.Features ?? []).map(feature => [feature.Name, JSON.stringify(feature)]))
  return (after.Features ?? [])
    .filter(feature => had.get(feature.Name) !== JSON.stringify(feature))
    .map(({ Name = '', Status, AdditionalConfiguration = [] }) => ({
      type: 'aws_guardduty_detector_feature',
      suffix: Name.toLowerCase(),
      attributes: { detector_id: after.DetectorId, name: Name, status: Status },
      blocks: AdditionalConfiguration.map(each => ({
        type: 'additional_configuration',
        attributes: { name: each.Name, status: each.Status },
      })),
    }))
}
