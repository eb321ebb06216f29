import fc from 'fast-check'
import { expect, it } from 'vitest'
import { workloadsOf } from '#joints/workloads.ts'
import type { Kind } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { freeOn, missingPods, waitingFor } from './capacity.ts'
import { eligibleNodes } from './eligible-nodes.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
const prod = { cluster: 'prod' }
const resource = (kind: Kind, id: string, body: object): Resource =>
  new Resource(kind, id, prod, body as never, origin) as unknown as Resource

const pools = ['a', 'b'] as const
const node = (pool: string, interfaces: number) =>
  resource('k8s/Node', `node-${pool}`, {
    metadata: { name: `node-${pool}`, labels: { 'kubernetes.io/os': 'linux', pool } },
    status: { allocatable: { 'vpc.amazonaws.com/pod-eni': String(interfaces) } },
  })
const everything = resource('k8s/SecurityGroupPolicy', 'shop/all', {
  metadata: { name: 'all', namespace: 'shop' },
  spec: { podSelector: {}, securityGroups: { groupIds: ['sg-0a1b2c3d4e5f60001'] } },
})
/** @param pool undefined: any node will do */
const deployment = (name: string, replicas: number, pool: string | undefined) =>
  resource('k8s/Deployment', `shop/${name}`, {
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name }], ...(pool === undefined ? {} : { nodeSelector: { pool } }) },
      },
    },
  })

const worldOf = (resources: readonly Resource[]) =>
  new World({
    resources: [everything, ...resources],
    read: [{ kind: 'k8s/SecurityGroupPolicy' }, { kind: 'k8s/ServiceAccount' }, { kind: 'k8s/Node' }, { kind: 'k8s/Pod' }],
    unread: [],
  })

/** Whether all pods can be placed, by trying: those that are tied to a pool first, the rest wherever there is room. */
function fits(interfaces: readonly number[], wanted: readonly { readonly replicas: number; readonly pool: string | undefined }[]): boolean {
  const left = new Map<string, number>(pools.map((pool, index) => [pool, interfaces[index] ?? 0]))
  for (const { replicas, pool } of wanted) if (pool !== undefined) left.set(pool, (left.get(pool) ?? 0) - replicas)
  if ([...left.values()].some(count => count < 0)) return false
  const free = wanted.filter(({ pool }) => pool === undefined).reduce((sum, { replicas }) => sum + replicas, 0)
  return free <= [...left.values()].reduce((sum, count) => sum + count, 0)
}

it('some workload is short exactly when not all pods can be placed', () => {
  const wanted = fc.array(fc.record({ replicas: fc.integer({ min: 0, max: 6 }), pool: fc.constantFrom('a', 'b', undefined) }), {
    maxLength: 5,
  })
  fc.assert(
    fc.property(fc.tuple(fc.nat(8), fc.nat(8)), wanted, (interfaces, specs) => {
      const nodes = pools.map((pool, index) => node(pool, interfaces[index] ?? 0))
      const world = worldOf([...nodes, ...specs.map(({ replicas, pool }, index) => deployment(`w${index}`, replicas, pool))])
      const isShort = workloadsOf(world).some(workload => {
        const free = eligibleNodes(world, workload).reduce((sum, item) => sum + freeOn(world, item), 0)
        const all = waitingFor(world, workload).reduce((sum, { missing }) => sum + missing, 0)
        return missingPods(workload) > 0 && all > free
      })
      expect(isShort).toBe(!fits(interfaces, specs))
    }),
  )
})

const placed = (name: string, count: number, phase: string) =>
  resource('k8s/Pod', `shop/${name}`, {
    metadata: { name, namespace: 'shop' },
    spec: { nodeName: 'node-a', containers: [{ name, resources: { requests: { 'vpc.amazonaws.com/pod-eni': String(count) } } }] },
    status: { phase },
  })

it('what pods on a node ask for is taken, until they are finished', () => {
  const first = node('a', 9)
  const world = worldOf([first, placed('one', 1, 'Running'), placed('two', 2, 'Pending'), placed('done', 4, 'Succeeded')])
  expect(freeOn(world, first as Resource<'k8s/Node'>)).toBe(6)
})

it.each([
  [{ parallelism: 3, completions: 2 }, 2],
  [{ parallelism: 3, completions: 5, succeeded: 4 }, 1],
  [{ parallelism: 3 }, 3],
  [{}, 1],
  [{ parallelism: 3, suspend: true }, 0],
])('a Job wants pods for what it has still to finish: %j', ({ succeeded, ...spec }: Record<string, unknown>, count) => {
  const job = resource('k8s/Job', 'shop/batch', {
    metadata: { name: 'batch', namespace: 'shop' },
    spec: { ...spec, template: { metadata: {}, spec: { containers: [{ name: 'batch' }] } } },
    status: { succeeded },
  })
  const [workload] = workloadsOf(worldOf([job]))
  expect(workload === undefined ? undefined : missingPods(workload)).toBe(count)
})
