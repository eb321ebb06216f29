import { whoReaches } from '#joints/access-reach.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World } from '#model/world.ts'

/**
 * `who-can` over 10,000 pods, 1,000 service accounts and 300 roles, bound: 1 s. Cost against size at 1, 2 and 4 times; JSON on stdout.
 * Every question is asked of a fresh world, so nothing is remembered from the one before.
 */
const account = '111122223333'
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE'
const inCluster: Scope = { cluster: 'prod' }
const inAccount: Scope = { account }
const inRegion: Scope = { account, region: 'eu-west-1' }
const nowhere = { locate: () => ({ in: 'api', call: 'bench', path: '.', excerpt: '' }) as const }

const made = <K extends Kind>(kind: K, id: string, scope: Scope, body: unknown): Resource =>
  new Resource(kind, id, scope, body as Kinds[K], nowhere) as unknown as Resource

const roleArn = (index: number) => `arn:aws:iam::${account}:role/app-${index}`

function role(index: number): Resource {
  const statements = Array.from({ length: 9 }, (_, at) => ({
    Effect: 'Allow',
    Action: [`s3:Get*`, 's3:ListBucket'],
    Resource: `arn:aws:s3:::bucket-${index}-${at}/*`,
  }))
  const decrypt = {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: '*',
    Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
  }
  const own =
    index % 10 === 0
      ? [...statements, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }]
      : index % 2 === 0
        ? [...statements, decrypt]
        : statements
  return made('aws/iam/Role', roleArn(index), inAccount, {
    Arn: roleArn(index),
    RoleName: `app-${index}`,
    RoleId: `AROA${index}`,
    Tags: [],
    RolePolicyList: [{ PolicyName: 'app', PolicyDocument: { Version: '2012-10-17', Statement: own } }],
    AttachedManagedPolicies: [],
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringLike: { [`${issuer}:sub`]: `system:serviceaccount:*:app-${index}-*` } },
        },
      ],
    },
  })
}

function build(scale: number): { readonly world: World; readonly pods: number; readonly roles: number } {
  const [pods, accounts, roles] = [10_000 * scale, 1_000 * scale, 300 * scale]
  const roleOf = (index: number) => index % roles
  const name = (index: number) => `app-${roleOf(index)}-${index}`
  const resources: Resource[] = [
    made('aws/eks/Cluster', `arn:aws:eks:eu-west-1:${account}:cluster/prod`, inRegion, {
      name: 'prod',
      arn: `arn:aws:eks:eu-west-1:${account}:cluster/prod`,
      identity: { oidc: { issuer: `https://${issuer}` } },
    }),
    made('aws/iam/OpenIDConnectProvider', `arn:aws:iam::${account}:oidc-provider/${issuer}`, inAccount, {
      Arn: `arn:aws:iam::${account}:oidc-provider/${issuer}`,
      ClientIDList: ['sts.amazonaws.com'],
    }),
    made('aws/kms/Key', `arn:aws:kms:eu-west-1:${account}:key/1`, inRegion, {
      Arn: `arn:aws:kms:eu-west-1:${account}:key/1`,
      KeyId: '1',
      Policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
      },
      Grants: [],
      Aliases: [],
    }),
  ]
  for (let index = 0; index < roles; index += 1) resources.push(role(index))
  for (let index = 0; index < accounts; index += 1) {
    const metadata = { name: name(index), namespace: 'apps', annotations: { 'eks.amazonaws.com/role-arn': roleArn(roleOf(index)) } }
    resources.push(made('k8s/ServiceAccount', `apps/${name(index)}`, inCluster, { metadata }))
  }
  for (let index = 0; index < pods; index += 1) {
    const at = index % accounts
    const env = [
      { name: 'AWS_ROLE_ARN', value: roleArn(roleOf(at)) },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token' },
    ]
    const spec = { serviceAccountName: name(at), nodeName: 'n1', containers: [{ name: 'app', image: 'app', env }] }
    resources.push(
      made('k8s/Pod', `apps/pod-${index}`, inCluster, { metadata: { name: `pod-${index}`, namespace: 'apps', uid: `u-${index}` }, spec }),
    )
  }
  const kinds: readonly Kind[] = [
    'k8s/ServiceAccount',
    'k8s/Pod',
    'k8s/Node',
    'aws/eks/Cluster',
    'aws/eks/PodIdentityAssociation',
    'aws/iam/OpenIDConnectProvider',
    'aws/iam/Role',
    'aws/iam/User',
    'aws/iam/Policy',
    'aws/iam/Group',
    'aws/kms/Key',
    'aws/ec2/VpcEndpoint',
    'aws/organizations/Organization',
    'aws/organizations/Target',
    'aws/organizations/Policy',
  ]
  return { world: new World({ resources, read: kinds.map(kind => ({ kind })), unread: [] }), pods, roles }
}

function measure(scale: number) {
  const times: number[] = []
  let reached = 0
  let holders = 0
  let size = { pods: 0, roles: 0 }
  for (let turn = 0; turn < 4; turn += 1) {
    const { world, pods, roles } = build(scale)
    size = { pods, roles }
    const began = performance.now()
    const { reaches } = whoReaches(world, [{ action: 'kms:Decrypt', resource: `arn:aws:kms:eu-west-1:${account}:key/1` }])
    times.push(performance.now() - began)
    reached = reaches.length
    holders = reaches.reduce((sum, reach) => sum + reach.holders.length, 0)
  }
  // The first turn also compiles the program itself.
  return { ...size, reached, holders, firstMs: round(times[0] ?? 0), medianMs: round(times.slice(1).toSorted((a, b) => a - b)[1] ?? 0) }
}

const round = (ms: number) => Math.round(ms * 10) / 10

const sizes = [1, 2, 4].map(measure)
const bound = 1000
console.log(
  JSON.stringify(
    {
      bench: 'who-can',
      boundMs: bound,
      withinBound: (sizes[0]?.firstMs ?? bound) < bound,
      heapMb: Math.round(process.memoryUsage().heapUsed / 1e6),
      sizes,
    },
    null,
    2,
  ),
)
