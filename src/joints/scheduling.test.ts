import { expect, test } from 'vitest'
import type { Kinds } from '#model/kinds.ts'
import { daemonObstacle, placementObstacle } from './scheduling.ts'
import type { PodSpec } from './workloads.ts'

const node = (labels: Record<string, string>, taints: NonNullable<Kinds['k8s/Node']['spec']>['taints'] = []): Kinds['k8s/Node'] => ({
  metadata: { name: 'ip-10-0-0-1', labels },
  spec: { taints },
})
const spec = (rest: Partial<PodSpec>): PodSpec => ({ containers: [], ...rest })
const required = (
  terms: NonNullable<
    NonNullable<
      NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
    >['nodeSelectorTerms']
  >,
) => spec({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } })

test('nothing said, nothing in the way', () => {
  expect(placementObstacle(spec({}), node({}))).toBeUndefined()
})

test('a node selector wants every label', () => {
  const wants = spec({ nodeSelector: { 'kubernetes.io/os': 'linux', gpu: 'true' } })
  expect(placementObstacle(wants, node({ 'kubernetes.io/os': 'linux' }))).toMatchObject({
    is: 'node-selector',
    path: ['nodeSelector', 'gpu'],
  })
  expect(placementObstacle(wants, node({ 'kubernetes.io/os': 'linux', gpu: 'true' }))).toBeUndefined()
})

test('terms are alternatives, requirements of one term are not; NotIn and DoesNotExist fit what lacks the key', () => {
  const notFargate = { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'hybrid'] }
  expect(placementObstacle(required([{ matchExpressions: [notFargate] }]), node({}))).toBeUndefined()
  expect(
    placementObstacle(required([{ matchExpressions: [notFargate] }]), node({ 'eks.amazonaws.com/compute-type': 'fargate' })),
  ).toMatchObject({ is: 'affinity' })
  const both = [
    {
      matchExpressions: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'DoesNotExist' },
      ],
    },
    { matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['8'] }] },
  ]
  expect(placementObstacle(required(both), node({ a: '', b: '' }))).toMatchObject({ is: 'affinity' })
  expect(placementObstacle(required(both), node({ a: '', b: '', cores: '16' }))).toBeUndefined()
  expect(placementObstacle(required([{}]), node({ a: '' }))).toMatchObject({ is: 'affinity' })
})

test('taints keep off whoever does not tolerate them; PreferNoSchedule keeps nobody off', () => {
  const tainted = node({}, [
    { key: 'soft', effect: 'PreferNoSchedule' },
    { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' },
  ])
  expect(placementObstacle(spec({}), tainted)).toMatchObject({ is: 'taint', path: ['spec', 'taints', 1] })
  expect(placementObstacle(spec({ tolerations: [{ key: 'dedicated', value: 'gpu' }] }), tainted)).toBeUndefined()
  expect(placementObstacle(spec({ tolerations: [{ key: 'dedicated', value: 'db' }] }), tainted)).toMatchObject({ is: 'taint' })
  expect(placementObstacle(spec({ tolerations: [{ operator: 'Exists' }] }), tainted)).toBeUndefined()
  expect(placementObstacle(spec({ tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }] }), tainted)).toMatchObject({
    is: 'taint',
  })
})

test('a DaemonSet tolerates what its controller adds', () => {
  const cordoned = node({}, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }])
  expect([placementObstacle(spec({}), cordoned)?.is, daemonObstacle(spec({}), cordoned)]).toEqual(['taint', undefined])
  const offline = node({}, [{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }])
  expect([daemonObstacle(spec({}), offline)?.is, daemonObstacle(spec({ hostNetwork: true }), offline)]).toEqual(['taint', undefined])
})
