import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Unread } from '#base/errors.ts'
import { applyChanges, removing, setting, targetOf, undo, type Change } from './change.ts'
import type { Kind } from './kinds.ts'
import type { Origin } from './place.ts'
import { valueAt } from './place.ts'
import { Resource, type Scope } from './resource.ts'
import { plannedId } from './planned-id.ts'
import { World, type Coverage, type UnreadEntry } from './world.ts'

const nowhere: Origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) }
const prod: Scope = { cluster: 'prod' }

const account = (id: string, scope: Scope = prod, body: object = {}): Resource => {
  const [namespace, name] = id.split('/')
  return new Resource('k8s/ServiceAccount', id, scope, { metadata: { namespace, name, ...body } } as never, nowhere) as unknown as Resource
}
const role = (arn: string): Resource =>
  new Resource(
    'aws/iam/Role',
    arn,
    { account: arn.split(':')[4] ?? '' },
    { Arn: arn, RoleName: 'r' } as never,
    nowhere,
  ) as unknown as Resource

const world = (resources: readonly Resource[], read: readonly Coverage[] = [], unread: readonly UnreadEntry[] = []) =>
  new World({ resources, read, unread })

describe('find', () => {
  it('gives what is there, complete or not', () => {
    expect(world([account('a/b')]).find('k8s/ServiceAccount', 'a/b', prod)?.id).toBe('a/b')
  })
  it('says that something does not exist only when a source looked', () => {
    const complete: Coverage = { kind: 'k8s/ServiceAccount' }
    expect(world([], [complete]).find('k8s/ServiceAccount', 'a/b', prod)).toBeUndefined()
    expect(() => world([]).find('k8s/ServiceAccount', 'a/b', prod)).toThrow(Unread)
  })
  it('does not take one cluster, account or namespace for another', () => {
    const here: Coverage = { kind: 'k8s/ServiceAccount', scope: prod, namespace: 'a' }
    const there = world([account('a/b', { cluster: 'dev' })], [here])
    expect(there.find('k8s/ServiceAccount', 'a/b', prod)).toBeUndefined()
    expect(() => there.find('k8s/ServiceAccount', 'c/b', prod)).toThrow(Unread)
    const roles = world([], [{ kind: 'aws/iam/Role', scope: { account: '111122223333' } }])
    expect(roles.find('aws/iam/Role', 'arn:aws:iam::111122223333:role/x')).toBeUndefined()
    expect(() => roles.find('aws/iam/Role', 'arn:aws:iam::444455556666:role/x')).toThrow(Unread)
  })
  it('carries the reason of the source that failed', () => {
    const unread: UnreadEntry = { kind: 'aws/iam/Role', reason: 'access denied', settle: { by: 'iam', action: 'iam:GetRole' } }
    const failed = world([], [{ kind: 'aws/iam/Role' }], [unread])
    expect(() => failed.find('aws/iam/Role', 'arn:aws:iam::111122223333:role/x')).toThrow('access denied')
  })
})

describe('isGone', () => {
  it('is what a source asked for by its id alone, and did not find', () => {
    const id = 'arn:aws:iam::111122223333:role/x'
    const asked: Coverage = { kind: 'aws/iam/Role', scope: { account: '111122223333' }, id }
    expect(world([], [asked]).isGone('aws/iam/Role', id)).toBe(true)
    expect(world([], [asked]).isGone('aws/iam/Role', `${id}y`)).toBe(false)
    expect(world([], [{ kind: 'aws/iam/Role' }]).isGone('aws/iam/Role', id)).toBe(false)
    expect(world([], [asked], [{ kind: 'aws/iam/Role', id, reason: 'access denied' }]).isGone('aws/iam/Role', id)).toBe(false)
    expect(world([role(id)], [asked]).isGone('aws/iam/Role', id)).toBe(false)
  })
})

describe('list', () => {
  it('refuses what may be incomplete', () => {
    expect(() => world([account('a/b')]).list('k8s/ServiceAccount', prod)).toThrow(Unread)
    const one: UnreadEntry = { kind: 'k8s/ServiceAccount', id: 'a/c', scope: prod, reason: 'broken document' }
    const partly = world([account('a/b')], [{ kind: 'k8s/ServiceAccount' }], [one])
    expect(() => partly.list('k8s/ServiceAccount', prod)).toThrow('broken document')
    expect(partly.list('k8s/ServiceAccount', { cluster: 'prod', namespace: 'x' })).toEqual([])
    expect(() => partly.list('k8s/ServiceAccount', { cluster: 'prod', namespace: 'a' })).toThrow(Unread)
  })
  it('is of every cluster of which anything was read, where no place is named', () => {
    const kind = 'k8s/ServiceAccount'
    const read: Coverage = { kind, scope: prod }
    expect(world([account('a/b')], [read]).list(kind).length).toBe(1)
    expect(() => world([account('a/b')], [read], [{ kind, scope: prod, reason: 'denied' }]).list(kind)).toThrow('denied')
    const other = account('a/b', { cluster: 'dev' })
    expect(() => world([account('a/b'), other], [read]).list(kind)).toThrow('cluster dev was not read in full')
    expect(() => world([], [read, { kind: 'k8s/Pod', scope: { cluster: 'dev' } }]).list(kind)).toThrow('cluster dev was not read in full')
    // Of accounts more than one scope is read in part: there it stays unknown.
    expect(() => world([], [{ kind: 'aws/iam/Role', scope: { account: '111122223333' } }]).list('aws/iam/Role')).toThrow(Unread)
  })
  it('is of the clusters of a copy, when it is of a copy: one that nothing is left of is asked about no more', () => {
    const kind = 'k8s/ServiceAccount'
    const [here, there] = [account('a/b'), account('a/b', { cluster: 'dev' })]
    const both = world([here, there], [{ kind, scope: prod }])
    expect(() => both.list(kind)).toThrow('cluster dev was not read in full')
    expect(both.without([targetOf(there)]).list(kind)).toEqual([here])
    expect(() => both.without([targetOf(here)]).list(kind)).toThrow('cluster dev was not read in full')
    expect(() =>
      both
        .without([targetOf(there)])
        .replace(there)
        .list(kind),
    ).toThrow('cluster dev was not read in full')
  })
  it('is in order, whatever the order of reading', () => {
    const ids = ['b/a', 'a/b', 'a/a', 'c/a']
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: ids.length }), shuffled => {
        const all = world(
          shuffled.map(id => account(id)),
          [{ kind: 'k8s/ServiceAccount' }],
        )
        expect(all.list('k8s/ServiceAccount').map(item => item.id)).toEqual([...ids].sort())
      }),
    )
  })
})

describe('what is unread', () => {
  it('never becomes an absence, whichever way it is unread', () => {
    const entry = fc.record(
      {
        kind: fc.constant<Kind>('k8s/ServiceAccount'),
        id: fc.constantFrom('a/b', 'a/c'),
        scope: fc.constantFrom<Scope>(prod, { cluster: 'dev' }),
        reason: fc.constant('unread'),
      },
      { requiredKeys: ['kind', 'reason'] },
    )
    fc.assert(
      fc.property(entry, unread => {
        const partly = world([], [{ kind: 'k8s/ServiceAccount' }], [unread])
        const concerns = (unread.id ?? 'a/b') === 'a/b' && 'cluster' in (unread.scope ?? prod) && (unread.scope ?? prod) !== undefined
        const inProd = unread.scope === undefined || ('cluster' in unread.scope && unread.scope.cluster === 'prod')
        if (concerns && inProd) expect(() => partly.find('k8s/ServiceAccount', 'a/b', prod)).toThrow(Unread)
        else expect(partly.find('k8s/ServiceAccount', 'a/b', prod)).toBeUndefined()
      }),
    )
  })
})

describe('one VPC', () => {
  const here: Scope = { account: '111122223333', region: 'eu-west-1' }
  const subnet = (id: string, VpcId: string, owner = '111122223333') => {
    const SubnetArn = `arn:aws:ec2:eu-west-1:${owner}:subnet/${id}`
    const scope = { account: owner, region: 'eu-west-1' }
    return new Resource('aws/ec2/Subnet', SubnetArn, scope, { SubnetArn, SubnetId: id, VpcId }, nowhere) as unknown as Resource
  }
  const kind = 'aws/ec2/Subnet'
  const ids = (found: readonly Resource[]) => found.map(({ id }) => id.split('/').at(-1))
  const all = [subnet('subnet-a', 'vpc-1'), subnet('subnet-b', 'vpc-1', '444455556666'), subnet('subnet-c', 'vpc-2')]
  const listed = world(all, [{ kind, scope: here, vpc: 'vpc-1' }])

  it('that was listed is complete, shared subnets of other accounts included', () => {
    expect(ids(listed.where(kind, 'vpc', 'vpc-1', here))).toEqual(['subnet-a', 'subnet-b'])
    expect(ids(listed.list(kind, { ...here, vpc: 'vpc-1' }))).toEqual(['subnet-a', 'subnet-b'])
    expect(ids(listed.where(kind, 'id', 'subnet-a', { ...here, vpc: 'vpc-1' }))).toEqual(['subnet-a'])
    expect(listed.where(kind, 'id', 'subnet-z', { ...here, vpc: 'vpc-1' })).toEqual([])
  })
  it('says nothing of other VPCs, and nothing of one object by its name', () => {
    expect(() => listed.where(kind, 'vpc', 'vpc-2', here)).toThrow(Unread)
    expect(() => listed.list(kind, here)).toThrow(Unread)
    expect(() => listed.where(kind, 'id', 'subnet-a', here)).toThrow(Unread)
    expect(() => listed.find(kind, 'arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-z')).toThrow(Unread)
  })
  it('is complete when its whole region was listed', () => {
    const whole = world(all, [{ kind, scope: here }])
    expect(ids(whole.where(kind, 'vpc', 'vpc-2', here))).toEqual(['subnet-c'])
    expect(() => whole.where(kind, 'vpc', 'vpc-2', { account: '444455556666' })).toThrow(Unread)
  })
  it('that could not be listed leaves the others as they are', () => {
    const partly = world(all, [{ kind, scope: here }], [{ kind, scope: here, vpc: 'vpc-1', reason: 'it is shared' }])
    expect(() => partly.where(kind, 'vpc', 'vpc-1', here)).toThrow('it is shared')
    expect(() => partly.list(kind, here)).toThrow('it is shared')
    expect(ids(partly.where(kind, 'vpc', 'vpc-2', here))).toEqual(['subnet-c'])
  })
})

describe('changes', () => {
  const keys = fc.constantFrom('a', 'b', 'c')
  const body = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof({ maxDepth: 3 }, fc.string(), fc.dictionary(keys, tie('value'), { maxKeys: 3 })),
  })).value
  const path = fc.array(keys, { minLength: 1, maxLength: 4 })

  it('set what they say, once is enough, and undone nothing is left', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, body), path, fc.string({ minLength: 1 }), (metadata, steps, after) => {
        const full = ['metadata', ...steps]
        const before = world([account('n/s', prod, metadata as object)])
        const subject = before.find('k8s/ServiceAccount', 'n/s', prod)
        if (subject === undefined) throw new Error('it was just put there')
        const parent = valueAt(subject.body, full.slice(0, -1))
        fc.pre(typeof parent === 'object' || parent === undefined)
        fc.pre(full.slice(0, -1).every((_, depth) => typeof (valueAt(subject.body, full.slice(0, depth)) ?? {}) === 'object'))
        const change: Change = {
          target: targetOf(subject as never),
          edit: setting(subject as never, full, after),
          permissions: [],
          risk: '',
        }
        const once = applyChanges(before, [change])
        const mended = once.find('k8s/ServiceAccount', 'n/s', prod)
        expect(valueAt(mended?.body, full)).toBe(after)
        expect(applyChanges(once, [change]).find('k8s/ServiceAccount', 'n/s', prod)?.body).toEqual(mended?.body)
        expect(applyChanges(once, [undo(change)]).find('k8s/ServiceAccount', 'n/s', prod)?.body).toEqual(subject.body)
      }),
    )
  })
  it('are refused when the world has moved on', () => {
    const before = world([account('n/s', prod, { annotations: { x: 'old' } })])
    const subject = before.find('k8s/ServiceAccount', 'n/s', prod)
    if (subject === undefined) throw new Error('it was just put there')
    const at = ['metadata', 'annotations', 'x']
    const change: Change = { target: targetOf(subject as never), edit: setting(subject as never, at, 'new'), permissions: [], risk: '' }
    const moved = world([account('n/s', prod, { annotations: { x: 'other' } })])
    expect(() => applyChanges(moved, [change])).toThrow('has changed since')
    const removal: Change = { ...change, edit: removing(subject as never, at) }
    expect(() => applyChanges(moved, [removal])).toThrow('has changed since')
  })
  it('take items out of a list and put them back, with the others where they were', () => {
    const list = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(list, fc.nat(), (names, seed) => {
        const before = world([account('n/s', prod, { finalizers: names })])
        const subject = before.find('k8s/ServiceAccount', 'n/s', prod)
        if (subject === undefined) throw new Error('it was just put there')
        const indexes = [...names.keys()].filter(index => ((seed >> index) & 1) === 1).reverse()
        const changes = indexes.map((index): Change => ({
          target: targetOf(subject),
          edit: removing(subject, ['metadata', 'finalizers', index]),
          permissions: [],
          risk: '',
        }))
        const kept = names.filter((_, index) => !indexes.includes(index))
        const finalizers = (of: World) => of.find('k8s/ServiceAccount', 'n/s', prod)?.body.metadata.finalizers
        const once = applyChanges(before, changes)
        expect(finalizers(once)).toEqual(kept)
        expect(finalizers(applyChanges(once, changes))).toEqual(kept)
        expect(finalizers(applyChanges(once, changes.toReversed().map(undo)))).toEqual(names)
      }),
    )
  })
  it('create and delete undo each other', () => {
    const arn = 'arn:aws:iam::111122223333:role/x'
    const empty = world([], [{ kind: 'aws/iam/Role' }])
    const change: Change = {
      target: { kind: 'aws/iam/Role', id: arn, scope: { account: '111122223333' } },
      edit: { do: 'create', body: role(arn).body },
      permissions: [],
      risk: '',
    }
    const made = applyChanges(applyChanges(empty, [change]), [change])
    expect(made.find('aws/iam/Role', arn)?.body).toEqual(role(arn).body)
    expect(applyChanges(made, [undo(change)]).find('aws/iam/Role', arn)).toBeUndefined()
  })
})

it('knows of what is planned that it does not exist, whatever was read', () => {
  const world = new World({ resources: [], read: [], unread: [] })
  const scope = { account: '111122223333', region: 'eu-west-1' }
  expect(world.find('aws/ec2/SecurityGroup', plannedId('aws/ec2/SecurityGroup', 'vpc-1/web'), scope)).toBeUndefined()
  expect(() => world.find('aws/ec2/SecurityGroup', 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1', scope)).toThrow(Unread)
})
