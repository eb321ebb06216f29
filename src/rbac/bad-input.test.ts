import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileAwsAuth } from './aws-auth.ts'
import { compileRbac } from './compile.ts'
import { mayI } from './decide.ts'
import type { BindingDocument, ClusterRoleDocument } from './documents.ts'
import { mayWriteRole } from './escalation.ts'
import { whoMay } from './who-may.ts'

const junk = fc.anything({ maxDepth: 2, withNullPrototype: false })
const loose = (shape: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> =>
  fc
    .record(shape, { requiredKeys: [] })
    .chain(value => fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: junk }))
const text = fc.constantFrom('*', 'a', 'n', '', 'ClusterRole', 'Role', 'User', 'ServiceAccount', '__proto__')
const texts = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: junk })) },
  { weight: 1, arbitrary: junk },
)
const metadata = loose({ name: text, namespace: text, labels: fc.oneof(fc.dictionary(text, text), junk) })
const rule = loose({ verbs: texts, apiGroups: texts, resources: texts, resourceNames: texts, nonResourceURLs: texts })
const list = (item: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 5, arbitrary: fc.array(item, { maxLength: 3 }) }, { weight: 1, arbitrary: junk })
const selector = loose({
  matchLabels: fc.oneof(fc.dictionary(text, text), junk),
  matchExpressions: list(loose({ key: text, operator: text, values: texts })),
})
const role = fc.record(
  { metadata, rules: list(rule), aggregationRule: loose({ clusterRoleSelectors: list(selector) }) },
  { requiredKeys: [] },
)
const binding = fc.record(
  { metadata, roleRef: loose({ kind: text, name: text }), subjects: list(loose({ kind: text, name: text, namespace: text })) },
  { requiredKeys: [] },
)

test('no document makes it crash, and what cannot be read allows nothing', () => {
  fc.assert(
    fc.property(
      fc.array(role, { maxLength: 3 }),
      fc.array(binding, { maxLength: 3 }),
      fc.constantFrom('filled' as const, 'gathered' as const),
      (roles, bindings, aggregation) => {
        const given = { roles: roles as readonly ClusterRoleDocument[], bindings: bindings as readonly BindingDocument[] }
        const rbac = compileRbac({
          roles: given.roles,
          clusterRoles: given.roles,
          roleBindings: given.bindings,
          clusterRoleBindings: given.bindings,
          aggregation,
        })
        const question = { verb: 'a', resource: 'a', namespace: 'n', someName: true } as const
        for (const holder of whoMay(rbac, question, [{ namespace: 'n', name: 'a' }]).holders)
          expect(holder.grants.length).toBeGreaterThan(0)
        mayI(rbac, { user: 'a', groups: ['a'] }, { verb: 'a', path: '/a' })
        for (const each of given.roles) mayWriteRole(rbac, { user: 'a', groups: [] }, 'ClusterRole', each, 'create')
        expect(mayI(rbac, { user: 'nobody', groups: [] }, question).answer).toBe('deny')
      },
    ),
    { numRuns: 2_000 },
  )
})

test('no aws-auth makes it crash', () => {
  const row = loose({ rolearn: text, userarn: text, username: junk, groups: texts })
  fc.assert(
    fc.property(fc.record({ mapRoles: list(row), mapUsers: list(row), mapAccounts: list(junk) }, { requiredKeys: [] }), awsAuth => {
      for (const each of compileAwsAuth(awsAuth).roles.values()) expect(each.arn).not.toBe('')
    }),
    { numRuns: 2_000 },
  )
})
