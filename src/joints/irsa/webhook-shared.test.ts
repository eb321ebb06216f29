import { expect, it } from 'vitest'
import { findingsOf } from '#findings/finding.ts'
import { runJoint } from '#joints/run.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World } from '#model/world.ts'
import podIdentity from '../pod-identity/joint.ts'
import irsa from './joint.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const cluster = { cluster: 'prod' }
const make = (kind: Kind, id: string, scope: Scope, body: unknown) => new Resource(kind, id, scope, body as Kinds[Kind], origin)
const account = (name: string, annotations: object) =>
  make('k8s/ServiceAccount', `payments/${name}`, cluster, { metadata: { name, namespace: 'payments', annotations } })
const deployment = (name: string) =>
  make('k8s/Deployment', `payments/${name}`, cluster, {
    metadata: { name, namespace: 'payments' },
    spec: { template: { metadata: {}, spec: { serviceAccountName: name, containers: [{ name: 'app', image: 'app' }] } } },
  })
const eks = { account: '111122223333', region: 'eu-west-1' }
const arn = 'arn:aws:eks:eu-west-1:111122223333'
const parts = [
  account('reader', { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/reader' }),
  account('writer', {}),
  deployment('reader'),
  deployment('writer'),
  make(
    'aws/eks/PodIdentityAssociation',
    `${arn}:podidentityassociation/prod/a-1`,
    { ...eks, clusterName: 'prod' },
    {
      associationArn: `${arn}:podidentityassociation/prod/a-1`,
      clusterName: 'prod',
      namespace: 'payments',
      serviceAccount: 'writer',
      roleArn: 'arn:aws:iam::111122223333:role/writer',
    },
  ),
  make('k8s/MutatingWebhookConfiguration', 'pod-identity-webhook', cluster, {
    metadata: { name: 'pod-identity-webhook' },
    webhooks: [{ name: 'iam-for-pods.amazonaws.com', clientConfig: {}, rules: [] }],
  }),
]
const described = make('aws/eks/Cluster', `${arn}:cluster/prod`, eks, {
  name: 'prod',
  arn: `${arn}:cluster/prod`,
  computeConfig: { enabled: true },
})
const read = [{ kind: 'k8s/MutatingWebhookConfiguration' }, { kind: 'k8s/ServiceAccount' }] as const

it.each([
  ['the cluster', [...parts, described]],
  ['its configuration, where eks:DescribeCluster is denied', parts],
])('both ways of injection ask about one webhook once: %s', (_what, resources) => {
  const world = new World({ resources, read, unread: [], readAt: '2026-11-20T09:00:00Z' })
  const found = findingsOf([irsa, podIdentity].map(joint => runJoint(joint, world))).filter(
    ({ check }) => check.id === 'irsa/webhook-unhealthy',
  )
  expect(found.map(({ workloads }) => workloads)).toEqual([['deploy/reader in payments', 'deploy/writer in payments']])
})
