import { describe, expect, it } from 'vitest'
import { Unread } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { decidingPod, readinessOf, waitingReason } from './pod-readiness.ts'

const pod = (status?: object) =>
  new Resource('k8s/Pod', 'a/b', { cluster: 'prod' }, { metadata: { namespace: 'a', name: 'b' }, status } as unknown as Kinds['k8s/Pod'], {
    locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }),
  })
const since = '2026-11-02T09:00:00Z'
const [initialized, ready, notReady, unscheduled] = [
  { type: 'Initialized', status: 'True' },
  { type: 'Ready', status: 'True', lastTransitionTime: since },
  { type: 'Ready', status: 'False', lastTransitionTime: since },
  { type: 'PodScheduled', status: 'False', lastTransitionTime: since },
]

describe('whether a pod is ready', () => {
  it.each([
    [[initialized, ready], true, 1],
    [[notReady, unscheduled], false, 0],
    [[initialized, unscheduled], false, 1],
  ])('is what its condition says: %j', (conditions, isReady, index) => {
    expect(readinessOf(pod({ conditions }))).toEqual({ isReady, path: ['status', 'conditions', index, 'status'], since })
  })
  it('is unknown where its status does not tell', () => {
    for (const status of [undefined, {}, { conditions: [initialized, { type: 'PodScheduled', status: 'True' }] }])
      expect(() => readinessOf(pod(status))).toThrow(Unread)
  })
  it('of several is decided by one that is, else by one that does not tell', () => {
    const [is, isNot, silent] = [pod({ conditions: [ready] }), pod({ conditions: [notReady] }), pod()]
    expect(decidingPod([isNot, silent, is])).toBe(is)
    expect(decidingPod([isNot, silent])).toBe(silent)
    expect(decidingPod([isNot])).toBe(isNot)
    expect(decidingPod([])).toBeUndefined()
  })
})

it('why a container waits is told with its place', () => {
  const containerStatuses = [{ state: { running: {} } }, { state: { waiting: { reason: 'CrashLoopBackOff' } } }]
  expect(waitingReason(pod({ containerStatuses }))).toEqual({
    text: 'CrashLoopBackOff',
    path: ['status', 'containerStatuses', 1, 'state', 'waiting', 'reason'],
  })
  expect(waitingReason(pod({ containerStatuses: [{ state: { running: {} } }] }))).toBeUndefined()
})
