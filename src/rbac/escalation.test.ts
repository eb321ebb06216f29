import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectRules, pathRules, type Words } from '../../tests/oracles/rbac/generate.ts'
import { compileRbac } from './compile.ts'
import type { PolicyRule, RbacDocuments } from './documents.ts'
import { mayBind, mayWriteRole, uncovered } from './escalation.ts'
import { constrainedImpersonationQuestions, impersonationQuestions } from './impersonation.ts'
import { matchRule, compileRules } from './rule.ts'
import { prepare } from './question.ts'

const words: Words = { prefix: 'p', namespaces: ['n', 'm'] }
const alice = { user: 'alice', groups: [] }

/** A cluster where alice has these rules in the namespace `n`. */
function withRules(rules: readonly PolicyRule[], more: Partial<RbacDocuments> = {}) {
  return compileRbac({
    roles: [{ metadata: { name: 'own', namespace: 'n' }, rules }, ...(more.roles ?? [])],
    clusterRoles: more.clusterRoles ?? [],
    roleBindings: [
      { metadata: { name: 'own', namespace: 'n' }, roleRef: { kind: 'Role', name: 'own' }, subjects: [{ kind: 'User', name: 'alice' }] },
    ],
    clusterRoleBindings: [],
    aggregation: 'filled',
  })
}

describe('writing roles', () => {
  test('needs what the role gives', () => {
    const rbac = withRules([{ verbs: ['get'], apiGroups: [''], resources: ['pods', '*/log'] }])
    const attempt = (rule: PolicyRule, namespace = 'n') =>
      mayWriteRole(rbac, alice, 'Role', { metadata: { name: 'x', namespace }, rules: [rule] }, 'create')
    expect(attempt({ verbs: ['get'], apiGroups: [''], resources: ['pods'] })).toEqual({ answer: 'allow', by: 'covered' })
    expect(attempt({ verbs: ['get'], apiGroups: [''], resources: ['pods/log'], resourceNames: ['a'] }).answer).toBe('allow')
    expect(attempt({ verbs: ['get'], apiGroups: [''], resources: ['pods'] }, 'm').answer).toBe('deny')
    expect(attempt({ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', '*'] })).toEqual({
      answer: 'deny',
      missing: [
        { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
        { verbs: ['get'], apiGroups: [''], resources: ['*'] },
        { verbs: ['list'], apiGroups: [''], resources: ['*'] },
      ],
    })
  })

  test('or the verb escalate; to aggregate takes everything', () => {
    const rbac = withRules([{ verbs: ['escalate'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], resourceNames: ['x'] }])
    const role = { metadata: { name: 'x', namespace: 'n' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] }
    expect(mayWriteRole(rbac, alice, 'Role', role, 'create').answer).toBe('deny')
    expect(mayWriteRole(rbac, alice, 'Role', role, 'update')).toMatchObject({ answer: 'allow', by: { by: 'binding', rule: 0 } })
    const aggregate = { metadata: { name: 'x' }, rules: [], aggregationRule: { clusterRoleSelectors: [{}] } }
    expect(mayWriteRole(rbac, alice, 'ClusterRole', aggregate, 'create').answer).toBe('deny')
    expect(mayWriteRole(rbac, { user: 'bob', groups: ['system:masters'] }, 'ClusterRole', aggregate, 'create').answer).toBe('allow')
  })

  test('a right that is covered allows no request that the owner may not make', () => {
    const rules = fc.array(fc.oneof(objectRules, pathRules(words)), { maxLength: 4 })
    const question = fc.record({
      verb: fc.constantFrom('get', 'list', 'GET', 'create'),
      group: fc.constantFrom('', 'apps', 'new'),
      resource: fc.constantFrom('pods', 'secrets', 'new'),
      subresource: fc.constantFrom('', 'log', 'new'),
      name: fc.constantFrom('', 'a', 'new'),
    })
    fc.assert(
      fc.property(
        rules,
        fc.oneof(objectRules, pathRules(words)),
        fc.array(question, { minLength: 5, maxLength: 20 }),
        (owned, wanted, questions) => {
          const own = compileRules(owned)
          if (uncovered(own, [wanted]).length > 0) return
          const right = compileRules([wanted])
          for (const each of questions.map(prepare))
            if (right.some(rule => matchRule(rule, each))) expect(own.some(rule => matchRule(rule, each))).toBe(true)
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

test('a rule is always covered by itself', () => {
  fc.assert(
    fc.property(fc.oneof(objectRules, pathRules(words)), rule => void expect(uncovered(compileRules([rule]), [rule])).toEqual([])),
    { numRuns: 500 },
  )
})

describe('binding roles', () => {
  const admin = { metadata: { name: 'admin' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] }
  const bind = { verbs: ['bind'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: ['admin'] }
  test('by the verb bind, where the binding stands', () => {
    const rbac = withRules([bind], { clusterRoles: [admin] })
    expect(mayBind(rbac, alice, { kind: 'ClusterRole', name: 'admin' }, 'n').answer).toBe('allow')
    expect(mayBind(rbac, alice, { kind: 'ClusterRole', name: 'admin' })).toEqual({
      answer: 'deny',
      missing: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    })
    expect(mayBind(rbac, alice, { kind: 'ClusterRole', name: 'edit' }, 'n')).toEqual({ answer: 'deny', missing: [] })
  })
  test('an access policy gives bind, but not cover', () => {
    const arn = 'arn:aws:iam::111122223333:role/r'
    const associated = (policy: string) =>
      compileRbac({
        roles: [],
        clusterRoles: [{ metadata: { name: 'reader' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }],
        roleBindings: [],
        clusterRoleBindings: [],
        aggregation: 'filled',
        accessPolicies: [
          { principalArn: arn, user: 'r', policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`, accessScope: { type: 'cluster' } },
        ],
      })
    const subject = { user: 'r', groups: [], principalArn: arn }
    expect(mayBind(associated('AmazonEKSClusterAdminPolicy'), subject, { kind: 'ClusterRole', name: 'reader' }).answer).toBe('allow')
    expect(mayBind(associated('AmazonEKSAdminPolicy'), subject, { kind: 'ClusterRole', name: 'reader' }, 'n').answer).toBe('deny')
    expect(mayBind(associated('AmazonEKSNewPolicy'), subject, { kind: 'ClusterRole', name: 'reader' }, 'n').answer).toBe('unknown')
  })
})

test('impersonation asks for each thing that is claimed', () => {
  expect(impersonationQuestions({ user: 'system:serviceaccount:n:reader' })).toEqual([
    { verb: 'impersonate', resource: 'serviceaccounts', namespace: 'n', name: 'reader' },
  ])
  expect(impersonationQuestions({ user: 'bob', groups: ['g'], uid: 'u', extra: { scopes: ['a'] } })).toEqual([
    { verb: 'impersonate', resource: 'users', name: 'bob' },
    { verb: 'impersonate', resource: 'groups', name: 'g' },
    { verb: 'impersonate', group: 'authentication.k8s.io', resource: 'uids', name: 'u' },
    { verb: 'impersonate', group: 'authentication.k8s.io', resource: 'userextras', subresource: 'scopes', name: 'a' },
  ])
  expect(
    constrainedImpersonationQuestions(
      { namespace: 'n', name: 'reader' },
      { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: 'n', name: 'reader' },
    ),
  ).toEqual([
    { verb: 'impersonate:serviceaccount', group: 'authentication.k8s.io', resource: 'serviceaccounts', namespace: 'n', name: 'reader' },
    { verb: 'impersonate-on:serviceaccount:create', resource: 'serviceaccounts', subresource: 'token', namespace: 'n', name: 'reader' },
  ])
})
