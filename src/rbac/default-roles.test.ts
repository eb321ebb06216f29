import { expect, test } from 'vitest'
import { compileRbac } from './compile.ts'
import { mayI } from './decide.ts'
import { withDefaultRoles } from './default-roles.ts'
import { serviceAccountSubject } from './subject.ts'

const bound = (name: string, clusterRoles: Parameters<typeof withDefaultRoles>[0] = []) =>
  compileRbac({
    roles: [],
    clusterRoles: withDefaultRoles(clusterRoles),
    roleBindings: [
      {
        metadata: { name: 'b', namespace: 'n' },
        roleRef: { kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name: 'ci' }],
      },
    ],
    clusterRoleBindings: [],
    aggregation: 'gathered',
  })
const ci = serviceAccountSubject('n', 'ci')
const mint = { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: 'n', name: 'x' }

test('bindings of manifests to the API server’s own roles are decided', () => {
  expect(['cluster-admin', 'admin', 'edit', 'view', 'other'].map(name => mayI(bound(name), ci, mint).answer)).toEqual([
    'allow',
    'allow',
    'allow',
    'deny',
    'deny',
  ])
  expect(mayI(bound('other'), ci, mint)).toMatchObject({ ignored: [{ kind: 'RoleBinding', index: 0 }] })
  expect(mayI(bound('admin'), ci, mint)).toMatchObject({
    grant: { role: { document: { metadata: { name: 'admin' } } }, from: { document: { metadata: { name: 'system:aggregate-to-edit' } } } },
  })
})

test('what a manifest aggregates counts, and what it replaces is replaced', () => {
  const extra = {
    metadata: { name: 'x', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [{ verbs: ['create'], apiGroups: [''], resources: ['*/token'] }],
  }
  expect(mayI(bound('view', [extra]), ci, mint)).toMatchObject({ grant: { from: { document: { metadata: { name: 'x' } } }, rule: 0 } })
  expect(mayI(bound('cluster-admin', [{ metadata: { name: 'cluster-admin' }, rules: [] }]), ci, mint).answer).toBe('deny')
})
