import { serviceOutputs } from './aws-outputs-services.ts'
import { isMap } from './conform.ts'
import { ignore } from './harvest.ts'
import { under, whole, type Output, type Recognised } from './recognised.ts'
import { inside, problemAt } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { takeSomeOf, takeWholeList } from './take-aws-list.ts'
import { takeReservations, takeVpcEndpoints } from './take-ec2-output.ts'
import { networkListOf, takeEntries, takeNetworkList, takeRules, takeVpcAttribute, vpcAttributes } from './take-network-output.ts'

const identity: readonly Recognised[] = [
  {
    // aws iam get-account-authorization-details
    when: output => ['RoleDetailList', 'UserDetailList', 'GroupDetailList'].some(key => Array.isArray(output[key])),
    take(harvest, output, seat) {
      takeWholeList(harvest, 'aws/iam/Role', output, 'RoleDetailList', seat)
      takeWholeList(harvest, 'aws/iam/User', output, 'UserDetailList', seat)
      takeWholeList(harvest, 'aws/iam/Group', output, 'GroupDetailList', seat)
      takeWholeList(harvest, 'aws/iam/Policy', output, 'Policies', seat)
    },
  },
  // aws iam list-roles
  whole('Roles', 'aws/iam/Role'),
  // aws iam get-role
  under('Role', 'RoleName', 'aws/iam/Role'),
  // aws iam list-open-id-connect-providers: names only; their details are joined when everything is read
  whole('OpenIDConnectProviderList', 'aws/iam/OpenIDConnectProvider'),
  {
    // aws iam get-open-id-connect-provider: it does not say its own ARN
    when: output => typeof output.Url === 'string' && Array.isArray(output.ClientIDList),
    take: (harvest, output, seat) => void harvest.providerDetails.push({ url: output.Url as string, body: output, seat }),
  },
  // aws organizations describe-organization
  under('Organization', 'MasterAccountId', 'aws/organizations/Organization'),
  {
    // aws organizations describe-policy
    when: output => isMap(output.Policy) && isMap(output.Policy.PolicySummary),
    take(harvest, { Policy: policy }, seat) {
      const { PolicySummary: summary, Content } = policy as { PolicySummary: Output; Content?: unknown }
      takeAws(harvest, 'aws/organizations/Policy', { ...summary, Content }, inside(seat, 'Policy'))
    },
  },
]

const eks: readonly Recognised[] = [
  // aws eks describe-cluster
  under('cluster', 'arn', 'aws/eks/Cluster'),
  // aws eks describe-pod-identity-association
  under('association', 'associationArn', 'aws/eks/PodIdentityAssociation'),
  {
    // aws eks list-pod-identity-associations: that they exist; filters leave no trace in the output
    when: ({ associations }) => Array.isArray(associations) && isMap(associations[0]) && 'associationArn' in associations[0],
    take: (harvest, output, seat) => takeSomeOf(harvest, 'aws/eks/PodIdentityAssociation', output, 'associations', seat),
  },
  // aws eks describe-access-entry
  under('accessEntry', 'accessEntryArn', 'aws/eks/AccessEntry'),
  {
    // aws eks list-associated-access-policies
    when: output => Array.isArray(output.associatedAccessPolicies) && typeof output.principalArn === 'string',
    take: (harvest, { clusterName, principalArn, associatedAccessPolicies }, seat) =>
      void harvest.parts.push({
        kind: 'aws/eks/AccessEntry',
        isOf: (_, body) => body.clusterName === clusterName && body.principalArn === principalArn,
        field: 'associatedAccessPolicies',
        value: associatedAccessPolicies,
        within: ['associatedAccessPolicies'],
        seat,
        add: 'add the output of aws eks describe-access-entry',
      }),
  },
  // aws eks describe-addon
  under('addon', 'addonArn', 'aws/eks/Addon'),
  // aws eks describe-nodegroup
  under('nodegroup', 'nodegroupArn', 'aws/eks/Nodegroup'),
  // aws eks describe-fargate-profile
  under('fargateProfile', 'fargateProfileArn', 'aws/eks/FargateProfile'),
]

const resources: readonly Recognised[] = [
  // aws ec2 describe-instances
  { when: output => Array.isArray(output.Reservations), take: takeReservations },
  // aws ec2 describe-vpc-endpoints
  { when: output => Array.isArray(output.VpcEndpoints), take: takeVpcEndpoints },
  // aws kms describe-key
  under('KeyMetadata', 'KeyId', 'aws/kms/Key'),
  {
    // aws kms get-key-rotation-status: it calls the ARN of the key its id
    when: ({ KeyId, KeyRotationEnabled }) => typeof KeyId === 'string' && typeof KeyRotationEnabled === 'boolean',
    take: (harvest, output, seat) => void takeAws(harvest, 'aws/kms/KeyRotation', { Arn: output.KeyId, ...output }, seat),
  },
  {
    // aws kms list-grants
    when: ({ Grants }) => Array.isArray(Grants) && isMap(Grants[0]) && 'GrantId' in Grants[0],
    take: (harvest, { Grants }, seat) =>
      void harvest.parts.push({
        kind: 'aws/kms/Key',
        isOf: (id, body) => [id, body.KeyId].includes((Grants as Output[])[0]?.KeyId),
        field: 'Grants',
        value: Grants,
        within: ['Grants'],
        seat,
        add: 'add the output of aws kms describe-key',
      }),
  },
  {
    // aws kms get-key-policy
    when: output => typeof output.Policy === 'string' && output.PolicyName === 'default',
    take(harvest, _, seat) {
      const help = 'write it as Policy: under kind: aws/kms/Key, beside what aws kms describe-key says'
      harvest.problems.push(problemAt(seat, ['Policy'], 'PART_WITHOUT_WHOLE', 'this key policy does not say of which key it is', help))
    },
  },
  {
    // aws secretsmanager get-secret-value
    when: output => 'SecretString' in output || 'SecretBinary' in output,
    take: harvest => ignore(harvest, 'the value of a secret'),
  },
  {
    // aws secretsmanager get-resource-policy: it has no policy when the output leaves it out
    when: output => isSecretArn(output.ARN) && Object.keys(output).every(key => ['ARN', 'Name', 'ResourcePolicy'].includes(key)),
    take: (harvest, { ARN, ResourcePolicy = null }, seat) =>
      void harvest.parts.push({
        kind: 'aws/secretsmanager/Secret',
        isOf: id => id === ARN,
        field: 'ResourcePolicy',
        value: ResourcePolicy,
        within: ['ResourcePolicy'],
        seat,
        add: 'add the output of aws secretsmanager describe-secret',
      }),
  },
  {
    // aws secretsmanager describe-secret
    when: output => isSecretArn(output.ARN),
    take: (harvest, output, seat) => void takeAws(harvest, 'aws/secretsmanager/Secret', output, seat),
  },
]

const network: readonly Recognised[] = [
  // aws ec2 describe-security-groups, describe-subnets, describe-vpcs …
  { when: output => networkListOf(output) !== undefined, take: takeNetworkList },
  // aws ec2 describe-security-group-rules
  { when: ({ SecurityGroupRules: rules }) => Array.isArray(rules) && isMap(rules[0]), take: takeRules },
  // aws ec2 get-managed-prefix-list-entries
  { when: ({ Entries: entries }) => Array.isArray(entries) && isMap(entries[0]) && 'Cidr' in entries[0], take: takeEntries },
  // aws ec2 describe-vpc-attribute
  { when: output => typeof output.VpcId === 'string' && vpcAttributes.some(name => isMap(output[name])), take: takeVpcAttribute },
  // aws service-quotas get-service-quota
  under('Quota', 'QuotaCode', 'aws/servicequotas/Quota'),
]

const isSecretArn = (arn: unknown): boolean => typeof arn === 'string' && /^arn:[\w-]+:secretsmanager:/.test(arn)

/** Outputs that are told apart by their keys, in the order in which they are tried. */
export const recognised: readonly Recognised[] = [...identity, ...eks, ...resources, ...network, ...serviceOutputs]
