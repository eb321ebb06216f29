import { expect, it } from 'vitest'
import type { Kind, Kinds } from '#model/kinds.ts'
import { Resource, type Scope } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { cluesOf } from './clues.ts'
import { workloadsOf } from './workloads.ts'

const account = '111122223333'
const here: Scope = { account, region: 'eu-west-1' }
const [crash, conflict] = [
  'The add-on is unhealthy because one or more pods are not ready: one or more pods have waiting containers CrashLoopBackOff: Error',
  'Conflicts found when trying to apply. Will not continue due to resolve conflicts mode.',
]
const made = (kind: Kind, id: string, scope: Scope, body: object) =>
  new Resource(kind, id, scope, body as Kinds[Kind], {
    locate: path => ({ in: 'api', call: id, path: path.join('.'), excerpt: '' }),
  })

const cluster = (region: string, name = 'prod') =>
  made('aws/eks/Cluster', `arn:aws:eks:${region}:${account}:cluster/${name}`, { account, region }, { name })
const addon = (addonName: string, message: string | undefined, region = 'eu-west-1', clusterName = 'prod') =>
  made(
    'aws/eks/Addon',
    `arn:aws:eks:${region}:${account}:addon/${clusterName}/${addonName}/1`,
    { account, region, clusterName },
    { addonName, clusterName, health: { issues: [{ code: 'InternalFailure' }, { code: 'InsufficientNumberOfReplicas', message }] } },
  )
const coverage = (CoverageStatus: string, Issue?: string, ClusterName = 'prod') =>
  made('aws/guardduty/Coverage', `coverage-${ClusterName}`, here, {
    CoverageStatus,
    Issue,
    UpdatedAt: '2026-11-03T07:40:00.000Z',
    ResourceDetails: { ResourceType: 'EKS', EksClusterDetails: { ClusterName } },
  })

/** What is told of a DaemonSet of this image. */
function told(image: string, ...resources: readonly Resource[]) {
  const spec = { template: { spec: { containers: [{ name: 'agent', image: `registry.example/${image}` }] } } }
  const agent = made('k8s/DaemonSet', 'agents/agent', { cluster: 'prod' }, { metadata: { namespace: 'agents', name: 'agent' }, spec })
  const world = new World({ resources: [agent, cluster('eu-west-1'), ...resources], read: [], unread: [] })
  const [workload] = workloadsOf(world)
  if (workload === undefined) throw new Error('the DaemonSet is no workload')
  return cluesOf(world, workload).map(({ text, from, past, at, evidence }) => {
    const place = evidence?.resource.at(evidence.path, '')
    return { text, from, path: place?.path.join('.'), ...(at === undefined ? {} : { at }), ...(past === undefined ? {} : { past }) }
  })
}

const agentImage = 'eks/aws-guardduty-agent:v1.12.1'

it('what EKS says of the add-on that a workload is part of is a clue, and what nobody knows is none', () => {
  const clue = { text: crash, from: 'health of add-on aws-guardduty-agent', path: 'health.issues.1.message' }
  expect(told(agentImage, addon('aws-guardduty-agent', crash))).toEqual([clue])
  expect(told(agentImage, addon('aws-guardduty-agent', 'something new'), addon('aws-guardduty-agent', undefined))).toEqual([])
})

it('of other add-ons, clusters and regions nothing is said', () => {
  const other = [addon('vpc-cni', conflict), addon('aws-guardduty-agent', conflict, 'us-east-1'), cluster('eu-west-1', 'dev')]
  expect(
    told(agentImage, ...other, addon('aws-guardduty-agent', conflict, 'eu-west-1', 'dev'), coverage('UNHEALTHY', crash, 'dev')),
  ).toEqual([])
  expect(told('shop/web:1.0', addon('aws-guardduty-agent', conflict), coverage('UNHEALTHY', crash))).toEqual([])
})

it('of two EKS clusters of one name it is not told which is meant', () => {
  expect(told(agentImage, cluster('us-east-1'), addon('aws-guardduty-agent', conflict))).toEqual([])
})

it('what GuardDuty says of its coverage is a clue of its agent alone, and past once the cluster is covered', () => {
  const clue = { text: crash, from: 'coverage by GuardDuty', path: 'Issue', at: '2026-11-03T07:40:00.000Z' }
  expect(told(agentImage, coverage('UNHEALTHY', crash))).toEqual([clue])
  expect(told(agentImage, coverage('HEALTHY', crash))).toEqual([{ ...clue, past: true }])
  expect(told(agentImage, coverage('HEALTHY'))).toEqual([])
  expect(told('amazon/cloudwatch-agent:1.300064', coverage('UNHEALTHY', crash))).toEqual([])
})
