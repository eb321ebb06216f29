import { daemons } from './daemons.ts'
import { secretStatements } from './generate-secrets.ts'
import {
  account,
  arn,
  clusterArn,
  clusterName,
  isNotTrusted,
  mountsSecrets,
  namespaceOf,
  namespaces,
  numbered,
  region,
  roleArn,
  usesPodIdentity,
  workloadsOfRole,
  type WorldSize,
} from './workload-sorts.ts'

const issuer = `oidc.eks.${region}.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E`
export const nodeInstanceProfile = `arn:aws:iam::${account}:instance-profile/node`

/** Who is who: the cluster and its identity provider, roles and the service accounts that take them, and people's access. */
export const generateAccess = (size: WorldSize): readonly object[] => [
  cluster(),
  {
    kind: 'aws/iam/OpenIDConnectProvider',
    Arn: `arn:aws:iam::${account}:oidc-provider/${issuer}`,
    Url: issuer,
    ClientIDList: ['sts.amazonaws.com'],
  },
  webhook('pod-identity-webhook', 'iam-for-pods.amazonaws.com', '/mutate'),
  webhook('vpc-resource-mutating-webhook', 'mpod.vpc.k8s.aws', '/mutate-v1-pod'),
  ...numbered(size.roles, index => role(index, size)),
  ...numbered(size.serviceAccounts, workload => serviceAccount(workload, size)),
  ...numbered(size.serviceAccounts, workload => workload)
    .filter(usesPodIdentity)
    .map(workload => association(workload, size)),
  ...daemonAccounts(),
  roleOfNodes(),
  ...accessEntries(),
  ...numbered(namespaces, teamAccess).flat(),
]

const cluster = (): object => ({
  kind: 'aws/eks/Cluster',
  name: clusterName,
  arn: clusterArn,
  version: '1.35',
  status: 'ACTIVE',
  createdAt: '2025-03-05T08:00:00.000Z',
  resourcesVpcConfig: {
    vpcId: 'vpc-1',
    subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
    clusterSecurityGroupId: 'sg-0a0000000000000a1',
    endpointPublicAccess: false,
    endpointPrivateAccess: true,
  },
  kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
  accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
  identity: { oidc: { issuer: `https://${issuer}` } },
  logging: {
    clusterLogging: [
      { types: ['api', 'audit', 'authenticator'], enabled: true },
      { types: ['controllerManager', 'scheduler'], enabled: false },
    ],
  },
})

const caBundle =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJLRENCemdJQkFUQUtCZ2dxaGtqT1BRUURBakFmTVIwd0d3WURWUVFEREJSd2IyUXRhV1JsYm5ScGRIa3QKZDJWaWFHOXZhekFnRncweU5UQXhNREV3TURBd01EQmFHQTh5TVRJMU1ERXdNVEF3TURBd01Gb3dIekVkTUJzRwpBMVVFQXd3VWNHOWtMV2xrWlc1MGFYUjVMWGRsWW1odmIyc3dXVEFUQmdjcWhrak9QUUlCQmdncWhrak9QUU1CCkJ3TkNBQVJnVmt1U0ZFS21wWkNvaWdlSy9VQzBVSlJWam54NTg1bE8wL0kxY3V4cW1QSWRrTGJvaEVvK2daYmUKMnptdEVoblFtR2YzaGpCK0FIdUJKSnl4dloxTU1Bb0dDQ3FHU000OUJBTUNBMGtBTUVZQ0lRRCtxdlIwTlpITgppanpsUk5zdjgxZ1RabFh1THloYnhrM3pZNkRzRkwycFZBSWhBSkJaaVNIQmFXZTBxZGJQaG5WR2NQOXA0M2hQCk5DdXhmT3h6L25odXRKRDYKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo='

const webhook = (name: string, hook: string, path: string): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name },
  webhooks: [
    {
      name: hook,
      clientConfig: { url: `https://127.0.0.1:23443${path}`, caBundle },
      failurePolicy: 'Ignore',
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
  ],
})

/** A role trusts every service account that names it, and may do what their workloads need. */
function role(index: number, size: WorldSize): object {
  const workloads = workloadsOfRole(index, size)
  const accountOf = (workload: number): string => `account-${isNotTrusted(workload) ? 'other' : workload}`
  const byToken = workloads.filter(workload => !usesPodIdentity(workload))
  const statements = [
    ...(byToken.length === 0
      ? []
      : [trustedByToken(byToken.map(workload => `system:serviceaccount:${namespaceOf(workload)}:${accountOf(workload)}`))]),
    ...workloads.filter(usesPodIdentity).map(workload => trustedByAgent(namespaceOf(workload), accountOf(workload))),
  ]
  return roleOf(`role-${index}`, statements, [
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::data-${index}/*` },
    ...workloads.filter(mountsSecrets).flatMap(secretStatements),
  ])
}

const roleOf = (RoleName: string, trust: readonly object[], statements: readonly object[]): object => ({
  kind: 'aws/iam/Role',
  Arn: roleArn(RoleName),
  RoleName,
  Path: '/',
  AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: trust },
  RolePolicyList: statements.length === 0 ? [] : [{ PolicyName: 'work', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  AttachedManagedPolicies: [],
  InstanceProfileList: [],
})

const trustedByToken = (subjects: readonly string[]): object => ({
  Effect: 'Allow',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
  Condition: { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: subjects } },
})

const trustedByAgent = (namespace: string, serviceAccountName: string): object => ({
  Effect: 'Allow',
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Condition: {
    StringEquals: {
      'aws:RequestTag/eks-cluster-arn': clusterArn,
      'aws:RequestTag/kubernetes-namespace': namespace,
      'aws:RequestTag/kubernetes-service-account': serviceAccountName,
    },
  },
})

const serviceAccount = (workload: number, size: WorldSize): object => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name: `account-${workload}`,
    namespace: namespaceOf(workload),
    ...(usesPodIdentity(workload) ? {} : { annotations: { 'eks.amazonaws.com/role-arn': roleArn(`role-${workload % size.roles}`) } }),
  },
})

const association = (workload: number, size: WorldSize): object => ({
  kind: 'aws/eks/PodIdentityAssociation',
  associationArn: arn('eks', `podidentityassociation/${clusterName}/a-${workload}`),
  associationId: `a-${workload}`,
  clusterName,
  namespace: namespaceOf(workload),
  serviceAccount: `account-${workload}`,
  roleArn: roleArn(`role-${workload % size.roles}`),
  createdAt: '2025-03-05T08:00:00.000Z',
})

/** What AWS's own pods run as, as far as no joint makes it. */
function daemonAccounts(): object[] {
  const names = daemons.filter(({ namespace }) => namespace === 'kube-system').map(({ spec }) => spec.serviceAccountName)
  return [...names, 'coredns'].flatMap(name =>
    name === undefined ? [] : [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'kube-system' } }],
  )
}

const roleOfNodes = (): object => ({
  ...roleOf(
    'node',
    [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    [
      { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], Resource: '*' },
      { Effect: 'Allow', Action: ['ec2:DescribeInstances', 'eks:DescribeCluster', 'eks-auth:AssumeRoleForPodIdentity'], Resource: '*' },
    ],
  ),
  InstanceProfileList: [{ InstanceProfileName: 'node', Arn: nodeInstanceProfile }],
})

const teamRole = (index: number): string => `people-${index}`

const accessEntries = (): object[] => [
  accessEntry('node', 'EC2_LINUX', { kubernetesGroups: ['system:nodes'], username: 'system:node:{{EC2PrivateDNSName}}' }),
  ...numbered(namespaces, index =>
    accessEntry(teamRole(index), 'STANDARD', { kubernetesGroups: [`team-${index}`], username: teamRole(index) }),
  ),
]

const accessEntry = (name: string, type: string, who: object): object => ({
  kind: 'aws/eks/AccessEntry',
  accessEntryArn: arn('eks', `access-entry/${clusterName}/role/${account}/${name}/aec1f3b2`),
  clusterName,
  principalArn: roleArn(name),
  createdAt: '2025-03-05T09:00:00.000Z',
  type,
  ...who,
  associatedAccessPolicies: [],
})

/** Each team's people read everything in its namespace and restart what is there. */
const teamAccess = (index: number): object[] => [
  roleOf(teamRole(index), [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }], []),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'people', namespace: `team-${index}` },
    rules: [
      {
        apiGroups: ['', 'apps'],
        resources: ['pods', 'pods/log', 'services', 'deployments', 'statefulsets'],
        verbs: ['get', 'list', 'watch'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'people', namespace: `team-${index}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'people' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `team-${index}` }],
  },
]
