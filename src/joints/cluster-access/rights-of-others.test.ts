import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRbac, type RbacInput } from '#rbac/compile.ts'
import { whoMay } from '#rbac/who-may.ts'
import { holdersOf } from './rights-of-others.ts'

const namespaces = ['a', 'b']
const verbs = ['create', 'get', '*']
const rule = fc.record({
  apiGroups: fc.constant(['']),
  resources: fc.subarray(['pods', 'serviceaccounts'], { minLength: 1 }),
  verbs: fc.subarray(verbs, { minLength: 1 }),
  resourceNames: fc.constantFrom<string[]>([], ['x']),
})
const subject = fc.oneof(
  fc.record({ kind: fc.constantFrom('User', 'Group'), name: fc.constantFrom('u', 'system:authenticated') }),
  fc.record({ kind: fc.constant('ServiceAccount'), name: fc.constant('s'), namespace: fc.constantFrom(...namespaces) }),
)
const binding = (kinds: readonly string[]) =>
  fc.record({
    roleRef: fc.record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom('r', 'q') }),
    subjects: fc.array(subject, { maxLength: 2 }),
  })
const named = <T extends object>(items: readonly T[]) =>
  items.map((item, index) => ({ ...item, metadata: { name: ['r', 'q'][index] ?? `n${index}`, namespace: namespaces[index % 2] ?? 'a' } }))
const input: fc.Arbitrary<RbacInput> = fc.record({
  clusterRoles: fc.array(fc.record({ rules: fc.array(rule, { maxLength: 2 }) }), { maxLength: 2 }).map(named),
  roles: fc.array(fc.record({ rules: fc.array(rule, { maxLength: 2 }) }), { maxLength: 2 }).map(named),
  clusterRoleBindings: fc.array(binding(['ClusterRole']), { maxLength: 3 }).map(named),
  roleBindings: fc.array(binding(['ClusterRole', 'Role']), { maxLength: 4 }).map(named),
  aggregation: fc.constant('filled' as const),
  accessPolicies: fc.array(
    fc.record({
      principalArn: fc.constantFrom('arn:aws:iam::111122223333:role/p', 'arn:aws:iam::111122223333:role/q'),
      user: fc.constant('p'),
      policyArn: fc.constantFrom(
        'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy',
        'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
      ),
      accessScope: fc.constantFrom({ type: 'cluster', namespaces: [] }, { type: 'namespace', namespaces: ['a'] }),
    }),
    { maxLength: 2 },
  ),
})

describe('holders that are asked in two parts', () => {
  it('are those whom the whole authorization names', () => {
    const question = fc.record({
      verb: fc.constantFrom('create', 'get'),
      resource: fc.constantFrom('pods', 'serviceaccounts'),
      namespace: fc.constantFrom(...namespaces),
    })
    fc.assert(
      fc.property(input, fc.array(question, { minLength: 1, maxLength: 4 }), (documents, questions) => {
        const rbac = compileRbac(documents)
        for (const asked of questions) {
          const each = { ...asked, someName: true as const }
          const names = (holders: ReturnType<typeof holdersOf>) =>
            holders.map(({ kind, name, namespace, grants }) => `${kind} ${namespace ?? ''} ${name} ${grants.length}`).sort()
          const masters = (text: string) => !text.includes('system:masters')
          expect(names(holdersOf(rbac, each)).filter(masters)).toEqual(names(whoMay(rbac, each).holders).filter(masters))
        }
      }),
    )
  })
})
