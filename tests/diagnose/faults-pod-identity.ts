import { account, cluster, region, roleArn, trustOf } from './healthy-shop.ts'
import { editPods, isPodOf, removeDaemon, withoutInjected, writeKeys } from './break-workload.ts'
import { faultOf, type FaultRow } from './fault-rows.ts'
import type { Fault, Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

interface Who {
  readonly name: string
  readonly namespace: string
  readonly role: string
  readonly association: string
}

const whos: readonly Who[] = [
  { name: 'checkout', namespace: 'orders', role: 'orders-checkout', association: 'a-checkout0000000001' },
  { name: 'invoices', namespace: 'orders', role: 'orders-invoices', association: 'a-invoices0000000001' },
  { name: 'returns', namespace: 'orders', role: 'orders-returns', association: 'a-returns00000000001' },
]

/** What the agent answers, as SDKs repeat it. */
const agent = (code: string, text: string): Said => ({
  log: `failed to refresh cached credentials, failed to load credentials, : [4f7f4b5c-1d1e-4a8e-9a6e-8f2b]: (${code}): ${text}, fault: client`,
})
const unauthorized = agent('AccessDeniedException', 'Unauthorized Exception! EKS does not have permissions to assume the associated role.')
const nothing: Said = { log: 'botocore.exceptions.NoCredentialsError: Unable to locate credentials' }
const silent: Said = {
  log: 'Error when retrieving credentials from container-role: Error retrieving metadata: Received error when attempting to retrieve container metadata: Connect timeout on endpoint URL: "http://169.254.170.23/v1/credentials": timed out',
}

const roleOf = (world: WorldEditor, { role }: Who, change: (body: Body) => void) => world.edit('aws/iam/Role', roleArn(role), change)
const associationArn = ({ association }: Who) => `arn:aws:eks:${region}:${account}:podidentityassociation/${cluster}/${association}`

const bare = withoutInjected('eks-pod-identity-token')

const templates: readonly FaultRow<Who>[] = [
  {
    name: 'trust without EKS',
    breaks: (world, who) => roleOf(world, who, body => (trustOf(body).Principal = { Service: 'ec2.amazonaws.com' })),
    says: [unauthorized],
    link: 'trust',
    check: 'trust-missing-principal',
  },
  {
    name: 'trust without TagSession',
    breaks: (world, who) => roleOf(world, who, body => (trustOf(body).Action = 'sts:AssumeRole')),
    says: [unauthorized],
    link: 'trust',
    check: 'trust-missing-tag-session',
  },
  {
    name: 'trust of another namespace',
    breaks: (world, who) =>
      roleOf(world, who, body => (trustOf(body).Condition = { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'default' } })),
    says: [unauthorized],
    link: 'trust',
    check: 'trust-does-not-match',
  },
  {
    name: 'trust of another cluster',
    breaks: (world, who) =>
      roleOf(world, who, body => (trustOf(body).Condition = { StringEquals: { 'aws:RequestTag/eks-cluster-name': 'shop-2024' } })),
    says: [unauthorized],
    link: 'trust',
    check: 'trust-does-not-match',
  },
  {
    name: 'role deleted',
    breaks: (world, { role }) => world.remove('aws/iam/Role', roleArn(role)),
    says: [unauthorized],
    link: 'role',
    check: 'role-missing',
  },
  {
    name: 'association deleted',
    breaks: (world, who) => world.remove('aws/eks/PodIdentityAssociation', associationArn(who)),
    says: [agent('ResourceNotFoundException', 'The association was not found in the cluster')],
    link: 'association',
    check: 'association-missing',
  },
  {
    name: 'node may not ask EKS Auth',
    breaks: world =>
      world.edit('aws/iam/Role', roleArn('shop-node'), body => {
        const deny = { Effect: 'Deny', Action: 'eks-auth:AssumeRoleForPodIdentity', Resource: '*' }
        body.RolePolicyList = [
          ...(body.RolePolicyList ?? []),
          { PolicyName: 'deny', PolicyDocument: { Version: '2012-10-17', Statement: [deny] } },
        ]
      }),
    says: [
      agent(
        'AccessDeniedException',
        `User: arn:aws:sts::${account}:assumed-role/shop-node/i-0a1b2c3d4e5f60718 is not authorized to perform: eks-auth:AssumeRoleForPodIdentity on resource: arn:aws:eks:${region}:${account}:cluster/${cluster} with an explicit deny in an identity-based policy`,
      ),
    ],
    link: 'node-role',
    check: 'node-role-lacks-eks-auth',
  },
  {
    name: 'pods older than the association',
    breaks: (world, who) => {
      editPods(world, who, bare)
      world.edit('aws/eks/PodIdentityAssociation', associationArn(who), body => (body.createdAt = '2026-11-03T07:00:00.000Z'))
    },
    says: [nothing],
    link: 'injection',
    check: 'association-newer-than-pod',
  },
  {
    name: 'pods without what should have been injected',
    breaks: (world, who) => editPods(world, who, bare),
    says: [nothing],
    link: 'injection',
    check: 'pod-not-injected',
  },
  {
    name: 'fell to the role of the node',
    breaks: (world, who) => editPods(world, who, bare),
    says: [
      {
        log: `AccessDenied: User: arn:aws:sts::${account}:assumed-role/shop-node/i-0a1b2c3d4e5f60718 is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::shop-orders-checkout/a because no identity-based policy allows the s3:GetObject action`,
      },
    ],
    link: 'injection',
    check: 'pod-not-injected',
  },
  {
    name: 'webhook deleted',
    breaks: (world, who) => {
      world.remove('k8s/MutatingWebhookConfiguration', 'pod-identity-webhook')
      editPods(world, who, bare)
    },
    says: [nothing],
    link: 'webhook',
    check: 'irsa/webhook-unhealthy',
  },
  {
    name: 'agent removed',
    breaks: world => {
      world.remove('aws/eks/Addon', 'eks-pod-identity-agent/5ec1b2a3')
      removeDaemon(world, { namespace: 'kube-system', name: 'eks-pod-identity-agent' })
    },
    says: [
      {
        log: 'failed to retrieve credentials: Get "http://169.254.170.23/v1/credentials": dial tcp 169.254.170.23:80: connect: connection refused',
      },
    ],
    link: 'agent',
    check: 'agent-missing',
  },
  {
    name: 'policy closes the way to the agent',
    breaks: (world, { name }) =>
      world.add(
        'k8s/NetworkPolicy',
        `orders/${name}-out`,
        { cluster },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: `${name}-out`, namespace: 'orders' },
          spec: {
            podSelector: { matchLabels: { app: name } },
            policyTypes: ['Egress'],
            egress: [{ to: [{ namespaceSelector: {} }] }],
          },
        },
      ),
    says: [silent],
    link: 'egress',
    check: 'egress-blocks-agent',
  },
  {
    name: 'keys written into the container',
    breaks: writeKeys,
    says: [{ log: 'InvalidClientTokenId: The security token included in the request is invalid.' }],
    link: 'credentials',
    check: 'identity-shadowed',
  },
  {
    name: 'service account deleted',
    breaks: (world, who) => {
      world.remove('k8s/ServiceAccount', `orders/${who.name}`)
      world.removeAll('k8s/Pod', isPodOf(who))
    },
    says: ({ name }) => [
      {
        event: 'FailedCreate',
        of: { kind: 'Deployment', name },
        says: `Error creating: pods "${name}-7d4f9c-" is forbidden: error looking up service account orders/${name}: serviceaccount "${name}" not found`,
      },
    ],
    link: 'service-account',
    check: 'service-account-missing',
  },
]

/** Only one of the workloads has a second role. */
const ofReturns: readonly FaultRow<Who>[] = [
  {
    name: 'target role deleted',
    breaks: world => world.remove('aws/iam/Role', 'arn:aws:iam::444455556666:role/orders-returns-archive'),
    says: [unauthorized],
    link: 'target-role',
    check: 'target-chain-broken',
  },
  {
    name: 'first role may not assume the target',
    breaks: (world, who) => roleOf(world, who, body => (body.RolePolicyList = [])),
    says: [
      {
        log: `User: arn:aws:sts::${account}:assumed-role/orders-returns/eks-shop-prod-returns-5d8c7f-7xk2p-0c1d is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/orders-returns-archive`,
      },
    ],
    link: 'target-role',
    check: 'target-chain-broken',
  },
]

export const podIdentityFaults: readonly Fault[] = whos.flatMap(who =>
  [...templates, ...(who.name === 'returns' ? ofReturns : [])].map(
    faultOf({ title: `pod-identity ${who.name}`, joint: 'pod-identity', of: `deploy/${who.name} in orders` }, who),
  ),
)
