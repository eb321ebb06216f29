import { describe, expect, it } from 'vitest'
import { Unread } from '#base/errors.ts'
import type { Kind } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { workloadKinds, workloadsOf } from './workloads.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const scope = { cluster: 'prod' }

interface Owner {
  readonly kind: string
  readonly name: string
}

function object(kind: Kind, name: string, body: object = {}, owner?: Owner, labels?: Record<string, string>): Resource {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'apps/v1', uid: `uid-${owner.name}`, controller: true, ...owner }]
  const metadata = { name, namespace: 'shop', ownerReferences, ...(labels === undefined ? {} : { labels }) }
  return new Resource(kind, `shop/${name}`, scope, { metadata, ...body } as never, origin) as unknown as Resource
}

const template = { spec: { template: { spec: { serviceAccountName: 'web', containers: [{ name: 'web' }] } } } }
const pod = (name: string, owner?: Owner, labels?: Record<string, string>, phase = 'Running') =>
  object('k8s/Pod', name, { spec: { serviceAccountName: 'web', containers: [{ name: 'web' }] }, status: { phase } }, owner, labels)

const read = workloadKinds.map(kind => ({ kind }))
const names = (resources: readonly Resource[]) =>
  workloadsOf(new World({ resources, read, unread: [] })).map(item => [item.name, item.seenPods.map(each => each.body.metadata.name)])

describe('workloads', () => {
  it('own the pods of their ReplicaSets, read or not', () => {
    const hash = { 'pod-template-hash': '5d8c7f' }
    const deployment = object('k8s/Deployment', 'web', template)
    const set = object('k8s/ReplicaSet', 'web-5d8c7f', template, { kind: 'Deployment', name: 'web' }, hash)
    const pods = [
      pod('web-5d8c7f-a', { kind: 'ReplicaSet', name: 'web-5d8c7f' }, hash),
      pod('web-5d8c7f-b', { kind: 'ReplicaSet', name: 'web-5d8c7f' }, hash),
    ]
    const expected = [['deploy/web', ['web-5d8c7f-a', 'web-5d8c7f-b']]]
    expect(names([deployment, set, ...pods])).toEqual(expected)
    expect(names([deployment, ...pods])).toEqual(expected)
  })
  it('are CronJobs, not the Jobs that they made', () => {
    const cron = object('k8s/CronJob', 'report', { spec: { jobTemplate: { spec: template.spec } } })
    const job = object('k8s/Job', 'report-1', template, { kind: 'CronJob', name: 'report' })
    expect(names([cron, job, pod('report-1-x', { kind: 'Job', name: 'report-1' })])).toEqual([['cronjob/report', ['report-1-x']]])
  })
  it('leave out pods that are finished, and Jobs that are', () => {
    const done = object('k8s/Job', 'once', { ...template, status: { conditions: [{ type: 'Complete', status: 'True' }] } })
    expect(names([done, pod('once-x', { kind: 'Job', name: 'once' }, undefined, 'Succeeded')])).toEqual([])
  })
  it('are bare pods, and pods whose owner was not read', () => {
    expect(names([pod('alone'), pod('rolled-x', { kind: 'Rollout', name: 'rolled' })])).toEqual([
      ['pod/alone', ['alone']],
      ['pod/rolled-x', ['rolled-x']],
    ])
  })
  it('do not count pods that may be missing', () => {
    const world = new World({ resources: [object('k8s/Deployment', 'web', template)], read: [], unread: [] })
    expect(() => workloadsOf(world)[0]?.pods()).toThrow(Unread)
  })
})
