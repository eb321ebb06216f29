import { describe, expect, it } from 'vitest'
import type { PodBody } from './cluster-objects.ts'
import { podState, whyNotStarted } from './pod-state.ts'

const pod = (status: object): PodBody => ({ metadata: { name: 'p', namespace: 'n' }, status }) as PodBody
const container = (state: object) => pod({ phase: 'Pending', containerStatuses: [{ state }] })
const warning = (reason: string, message: string, count = 1) => ({ type: 'Warning', reason, message, count })

describe('how far a pod is', () => {
  it.each([
    ['no pod yet', undefined, [], 'waiting'],
    ['one that its Job may not make', undefined, [warning('FailedCreate', 'forbidden')], 'cannot-start'],
    ['one that waits for its node', pod({ phase: 'Pending' }), [], 'waiting'],
    ['one whose mount failed once', pod({ phase: 'Pending' }), [warning('FailedMount', 'no class')], 'waiting'],
    ['one whose mount failed twice', pod({ phase: 'Pending' }), [warning('FailedMount', 'no class', 2)], 'cannot-start'],
    ['one whose image nobody has', container({ waiting: { reason: 'ImagePullBackOff' } }), [], 'cannot-start'],
    ['one that runs', container({ running: {} }), [], 'running'],
    [
      'one that did its steps',
      pod({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { startedAt: 'then' } } }] }),
      [],
      'ended',
    ],
    ['one that its deadline ended before it ran', pod({ phase: 'Failed' }), [], 'cannot-start'],
  ] as const)('%s', (_, body, events, state) => {
    expect(podState(body, events)).toBe(state)
  })

  it('is told by the last warning, else by why its container waits', () => {
    expect(whyNotStarted(pod({}), [warning('FailedMount', 'a'), warning('FailedMount', 'b')])).toBe('the pod did not start: FailedMount: b')
    expect(whyNotStarted(container({ waiting: { reason: 'ErrImagePull', message: 'not found' } }), [])).toBe(
      'the pod did not start: ErrImagePull: not found',
    )
    expect(whyNotStarted(pod({ phase: 'Pending' }), [])).toBe('the pod did not start in time: it is Pending')
    expect(whyNotStarted(undefined, [])).toBe('its Job made no pod in time')
  })
})
