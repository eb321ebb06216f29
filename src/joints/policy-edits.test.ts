import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChanges, undo } from '#model/change.ts'
import type { PolicyJson } from '#model/kinds.ts'
import { Resource } from '#model/resource.ts'
import { World } from '#model/world.ts'
import { policyChanges } from './policy-edits.ts'

const arn = 'arn:aws:iam::111122223333:role/reader'
const origin = { locate: () => ({ in: 'api', call: 'iam:GetRole', path: '.', excerpt: '' }) as const }
const facts = { permissions: ['iam:UpdateAssumeRolePolicy'], risk: 'None.' }

function roleWith(document: PolicyJson): Resource<'aws/iam/Role'> {
  const body = { Arn: arn, RoleName: 'reader', Path: '/', RoleId: 'AROAEXAMPLE', AssumeRolePolicyDocument: document }
  return new Resource('aws/iam/Role', arn, { account: '111122223333' }, body, origin)
}

const worldOf = (role: Resource<'aws/iam/Role'>) => new World({ resources: [role], read: [{ kind: 'aws/iam/Role' }], unread: [] })
const documentIn = (world: World) => world.find('aws/iam/Role', arn)?.body.AssumeRolePolicyDocument

/** An item of a list is known by what it is: a policy that has one twice says no more than one that has it once. */
const { json } = fc.letrec(tie => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '*'),
    fc.uniqueArray(tie('json'), { maxLength: 3, comparator: isDeepStrictEqual }),
    fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

test('the changes make one document of another, twice no more than once, and undone it is as before', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      const role = roleWith({ Statement: before })
      const world = worldOf(role)
      const changes = policyChanges(role, ['AssumeRolePolicyDocument'], { Statement: after }, facts)
      const changed = applyChanges(world, changes)
      expect(documentIn(changed)).toEqual({ Statement: after })
      expect(documentIn(applyChanges(changed, changes))).toEqual({ Statement: after })
      expect(documentIn(applyChanges(changed, changes.toReversed().map(undo)))).toEqual({ Statement: before })
    }),
  )
})

test('a value is set where it stands, and nothing beside it', () => {
  const role = roleWith({ Statement: [{ Effect: 'Allow', Condition: { StringEquals: { sub: 'a', aud: 'b' } } }] })
  const after = { Statement: [{ Effect: 'Allow', Condition: { StringEquals: { sub: 'c', aud: 'b' } } }] }
  const [change, ...others] = policyChanges(role, ['AssumeRolePolicyDocument'], after, facts)
  expect(others).toEqual([])
  expect(change?.edit).toEqual({
    do: 'set',
    path: ['AssumeRolePolicyDocument', 'Statement', 0, 'Condition', 'StringEquals', 'sub'],
    before: 'a',
    after: 'c',
  })
})
