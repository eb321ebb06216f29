import { describe, expect, it } from 'vitest'
import irsa from '#joints/irsa/joint.ts'
import { runJoint } from '#joints/run.ts'
import type { Kind } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World, type Coverage, type UnreadEntry } from '#model/world.ts'
import podIdentity from './joint.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const account = { account: '111122223333', region: 'eu-west-1' }
const prod = { cluster: 'prod' }

const resource = (kind: Kind, id: string, scope: Scope, body: object): Resource =>
  new Resource(kind, id, scope, body as never, origin) as unknown as Resource

const arn = 'arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1'
const roleArn = 'arn:aws:iam::111122223333:role/s3-reader'
const association = resource(
  'aws/eks/PodIdentityAssociation',
  arn,
  { ...account, clusterName: 'prod' },
  {
    associationArn: arn,
    clusterName: 'prod',
    namespace: 'payments',
    serviceAccount: 'reader',
    roleArn,
  },
)
const clusterArn = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'
const cluster = resource('aws/eks/Cluster', clusterArn, account, { name: 'prod', arn: clusterArn })
const metadata = { name: 'reader', namespace: 'payments' }
const annotations = { 'eks.amazonaws.com/role-arn': roleArn }
const annotated = resource('k8s/ServiceAccount', 'payments/reader', prod, { metadata: { ...metadata, annotations } })
const plain = resource('k8s/ServiceAccount', 'payments/reader', prod, { metadata })
const deployment = (env: readonly object[] = []) =>
  resource('k8s/Deployment', 'payments/reader', prod, {
    metadata,
    spec: { template: { spec: { serviceAccountName: 'reader', containers: [{ name: 'reader', env }] } } },
  })
const byHand = [
  { name: 'AWS_ROLE_ARN', value: roleArn },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/token' },
]

const all: readonly Coverage[] = [{ kind: 'k8s/ServiceAccount' }, { kind: 'k8s/Pod' }, { kind: 'aws/iam/Role' }]
const listed: Coverage = { kind: 'aws/eks/PodIdentityAssociation' }
const denied: UnreadEntry = {
  kind: 'aws/eks/PodIdentityAssociation',
  scope: { ...account, clusterName: 'prod' },
  reason: 'access denied',
  settle: { by: 'iam', action: 'eks:ListPodIdentityAssociations' },
}

function chains(resources: readonly Resource[], read: readonly Coverage[] = all, unread: readonly UnreadEntry[] = []) {
  const world = new World({ resources, read, unread })
  const subjects = (joint: typeof irsa) => runJoint(joint, world).chains.map(({ subject }) => subject)
  return { irsa: subjects(irsa), podIdentity: subjects(podIdentity) }
}

describe('which mechanism a workload belongs to', () => {
  it('is Pod Identity where there is an association, whatever the annotation says', () => {
    expect(chains([association, annotated, deployment()])).toEqual({ irsa: [], podIdentity: ['deploy/reader in payments'] })
  })
  it('is IRSA where nobody asked for associations, and nothing is unknown for it', () => {
    const { irsa: subjects, podIdentity: others } = chains([annotated, deployment()])
    expect([subjects, others]).toEqual([['deploy/reader in payments'], []])
  })
  it('is both where an identity is written by hand: the one shadows the other', () => {
    const both = ['deploy/reader in payments']
    expect(chains([association, plain, deployment(byHand)])).toEqual({ irsa: both, podIdentity: both })
  })
  it('is none where the associations were read and the service account has neither', () => {
    expect(chains([plain, deployment()], [...all, listed])).toEqual({ irsa: [], podIdentity: [] })
  })
  it('is told by a service account that no workload uses', () => {
    expect(chains([association, annotated])).toEqual({ irsa: [], podIdentity: ['sa/reader in payments'] })
  })
})

describe('chains of Pod Identity', () => {
  it('leave out an association for a service account that surely does not exist', () => {
    expect(chains([association]).podIdentity).toEqual([])
  })
  it('begin at an association whose service account was not read', () => {
    expect(chains([association], []).podIdentity).toEqual([arn])
  })
  it('begin at the cluster, unknown, where its associations were refused', () => {
    const world = new World({ resources: [cluster, plain, deployment()], read: all, unread: [denied] })
    const { chains: drawn } = runJoint(podIdentity, world)
    expect(drawn.map(({ subject, state }) => [subject, state])).toEqual([[clusterArn, 'unknown']])
  })
  it('are none where nobody asked for associations', () => {
    expect(chains([cluster, plain, deployment()]).podIdentity).toEqual([])
  })
  it('are unknown at the node whose pods were not read', () => {
    const world = new World({ resources: [association, plain, deployment()], read: [], unread: [] })
    const [chain] = runJoint(podIdentity, world).chains
    const link = chain?.links.find(({ id }) => id === 'agent')
    expect([chain?.state, link?.verdict.is]).toEqual(['unknown', 'unknown'])
  })
})
