import { expect, it } from 'vitest'
import { runJoint } from '#joints/run.ts'
import type { Kind } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World, type Coverage, type UnreadEntry } from '#model/world.ts'
import securityGroupsForPods from './joint.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const account = { account: '111122223333', region: 'eu-west-1' }
const prod = { cluster: 'prod' }

const resource = (kind: Kind, id: string, scope: Scope, body: object): Resource =>
  new Resource(kind, id, scope, body as never, origin) as unknown as Resource

const policy = (spec: object, name = 'web') =>
  resource('k8s/SecurityGroupPolicy', `shop/${name}`, prod, {
    metadata: { name, namespace: 'shop' },
    spec: { ...spec, securityGroups: { groupIds: ['sg-0a1b2c3d4e5f60001'] } },
  })
const byPod = { podSelector: { matchLabels: { app: 'web' } } }
const byAccount = { serviceAccountSelector: { matchLabels: { app: 'web' } } }
const deployment = resource('k8s/Deployment', 'shop/web', prod, {
  metadata: { name: 'web', namespace: 'shop' },
  spec: { template: { metadata: { labels: { app: 'web' } }, spec: { serviceAccountName: 'web', containers: [{ name: 'web' }] } } },
})
const serviceAccount = resource('k8s/ServiceAccount', 'shop/web', prod, {
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
})
const pod = (metadata: object) =>
  resource('k8s/Pod', 'shop/web-0', prod, {
    metadata: { name: 'web-0', namespace: 'shop', ...metadata },
    spec: { serviceAccountName: 'web', containers: [{ name: 'web' }] },
  })
const daemonSet = resource('k8s/DaemonSet', 'kube-system/aws-node', prod, {
  metadata: { name: 'aws-node', namespace: 'kube-system' },
  spec: { template: { spec: { hostNetwork: true, containers: [{ name: 'aws-node', env: [] }] } } },
})
const roleArn = 'arn:aws:iam::111122223333:role/eks-cluster'
const clusterArn = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'
const cluster = resource('aws/eks/Cluster', clusterArn, account, { name: 'prod', arn: clusterArn, roleArn })
const role = resource('aws/iam/Role', roleArn, { account: '111122223333' }, { Arn: roleArn, RoleName: 'eks-cluster' })

const all: readonly Coverage[] = [{ kind: 'k8s/SecurityGroupPolicy' }, { kind: 'k8s/ServiceAccount' }, { kind: 'k8s/DaemonSet' }]

function starts(resources: readonly Resource[], read: readonly Coverage[] = all, unread: readonly UnreadEntry[] = []) {
  return securityGroupsForPods.starts(new World({ resources, read, unread })).map(start => ({
    subject: start.workload?.name,
    through: (start.through ?? []).map(({ kind }) => kind),
    unread: (start.unread ?? []).map(({ kind }) => kind),
  }))
}

it('a workload that a policy selects, through the policy, the VPC CNI and the role of the cluster', () => {
  expect(starts([policy(byPod), serviceAccount, deployment, daemonSet, cluster, role])).toEqual([
    { subject: 'deploy/web', through: ['k8s/SecurityGroupPolicy', 'k8s/DaemonSet', 'aws/iam/Role'], unread: [] },
  ])
})

it('what was not read of them is said of its kind', () => {
  expect(starts([policy(byPod), serviceAccount, deployment, daemonSet])).toEqual([
    { subject: 'deploy/web', through: ['k8s/SecurityGroupPolicy', 'k8s/DaemonSet'], unread: ['aws/iam/Role'] },
  ])
  expect(starts([policy(byPod), serviceAccount, deployment], all.slice(0, 2))).toEqual([
    { subject: 'deploy/web', through: ['k8s/SecurityGroupPolicy'], unread: ['k8s/DaemonSet', 'aws/iam/Role'] },
  ])
})

it('policies in files start chains where they surely select, whatever else there may be', () => {
  const [found] = starts([policy(byPod), deployment], [])
  expect(found).toMatchObject({ subject: 'deploy/web', through: ['k8s/SecurityGroupPolicy'] })
  expect(found?.unread).toContain('k8s/SecurityGroupPolicy')
  // Its labels are those of a service account that nobody read.
  expect(starts([policy(byAccount), deployment], [])).toEqual([])
  expect(starts([policy(byAccount), serviceAccount, deployment], [])).toHaveLength(1)
})

it('where policies were denied every workload may have one, if any was seen', () => {
  const denied: UnreadEntry = {
    kind: 'k8s/SecurityGroupPolicy',
    reason: 'forbidden',
    settle: { by: 'rbac', verb: 'list', group: 'vpcresources.k8s.aws', resource: 'securitygrouppolicies' },
  }
  expect(starts([policy({ podSelector: { matchLabels: { app: 'api' } } }), serviceAccount, deployment], all, [denied])).toHaveLength(1)
  expect(starts([serviceAccount, deployment], all, [denied])).toEqual([])
})

it('a pod that carries an interface, though no policy selects it any more', () => {
  const annotations = { 'vpc.amazonaws.com/pod-eni': '[{"eniId":"eni-1"}]' }
  expect(starts([serviceAccount, pod({ annotations }), daemonSet, cluster, role])).toMatchObject([{ subject: 'pod/web-0' }])
  expect(starts([serviceAccount, pod({}), daemonSet, cluster, role])).toEqual([])
})

it('on Fargate there is neither trunk nor controller to ask about', () => {
  const labels = { app: 'web', 'eks.amazonaws.com/fargate-profile': 'shop' }
  expect(starts([policy(byPod), serviceAccount, pod({ labels }), daemonSet, cluster, role])).toEqual([
    { subject: 'pod/web-0', through: ['k8s/SecurityGroupPolicy'], unread: [] },
  ])
})

it('a chain that nothing was read of says so link by link, and never holds', () => {
  const world = new World({ resources: [policy(byPod), deployment], read: [], unread: [] })
  const [chain] = runJoint(securityGroupsForPods, world).chains
  expect(chain?.state).toBe('unknown')
})
