import { expect, test } from 'vitest'
import type { Origin } from '#model/place.ts'
import { Resource } from '#model/resource.ts'
import { World, type Reader } from '#model/world.ts'
import { perKinds, perWorld } from './per-world.ts'

const origin: Origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) }
const prod = { cluster: 'prod' }
const object = (kind: 'k8s/ServiceAccount' | 'k8s/Namespace', id: string): Resource =>
  new Resource(kind, id, prod, {} as never, origin) as Resource
const world = new World({
  resources: [object('k8s/ServiceAccount', 'a/b'), object('k8s/Namespace', 'a')],
  read: [],
  unread: [],
  readAt: '2026-01-01T00:00:00Z',
})

test('what is built of a world is built once for it, and anew for another', () => {
  let built = 0
  const count = perWorld((of: World) => [of.size, (built += 1)])
  expect([count(world), count(world), count(world.replace(object('k8s/Namespace', 'c')))].map(([, nth]) => nth)).toEqual([1, 1, 2])
})

test('what is built of some kinds is shared by worlds that do not differ in them, and by no others', () => {
  let built = 0
  const accounts = perKinds(['k8s/ServiceAccount'], (of: Reader<'k8s/ServiceAccount'>) => [
    of.seen('k8s/ServiceAccount').length,
    (built += 1),
  ])
  const grown = world.replace(object('k8s/Namespace', 'c'))
  const changed = grown.replace(object('k8s/ServiceAccount', 'a/c'))
  const hidden = world.withUnread({ kind: 'k8s/ServiceAccount', id: 'a/b', scope: prod, reason: 'denied' })
  const noted = world.withUnread({ kind: 'k8s/ServiceAccount', id: 'a/z', scope: prod, reason: 'denied' })
  expect([world, grown, world.without([{ kind: 'k8s/Namespace', id: 'a', scope: prod }])].map(accounts)).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ])
  expect([changed, hidden, noted, changed].map(accounts)).toEqual([
    [2, 2],
    [0, 3],
    [1, 4],
    [2, 2],
  ])
})

test('the clock is part of what a world says', () => {
  const when = perKinds(['k8s/ServiceAccount'], (of: Reader<'k8s/ServiceAccount'>) => of.readAt)
  const later = new World({ resources: [], read: [], unread: [], readAt: '2027-01-01T00:00:00Z' })
  const sooner = new World({ resources: [], read: [], unread: [] })
  expect([when(later), when(sooner)]).toEqual(['2027-01-01T00:00:00Z', undefined])
})
