import { describe, expect, test } from 'vitest'
import { compileRbac } from './compile.ts'
import type { PolicyRule } from './documents.ts'
import { serviceAccountSubject } from './subject.ts'
import { ways } from './ways.ts'
import { waysOfSubject, waysToServiceAccount, type ServiceAccountTarget } from './ways-to-service-account.ts'

const target: ServiceAccountTarget = { namespace: 'payments', name: 'reader' }

/** A cluster where group `dev` has one rule, in the target's namespace or everywhere. */
const withRule = (rule: PolicyRule, everywhere = false) => {
  const subjects = [
    { kind: 'Group', name: 'dev' },
    { kind: 'ServiceAccount', name: 'ci', namespace: 'tools' },
  ]
  const binding = { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects }
  return compileRbac({
    roles: [],
    clusterRoles: [{ metadata: { name: 'r' }, rules: [rule] }],
    roleBindings: everywhere ? [] : [{ ...binding, metadata: { name: 'b', namespace: 'payments' } }],
    clusterRoleBindings: everywhere ? [{ ...binding, metadata: { name: 'b' } }] : [],
    aggregation: 'filled',
  })
}
const open = (rule: PolicyRule, of = target, everywhere = false) => [
  ...new Set(waysToServiceAccount(withRule(rule, everywhere), of).map(({ way }) => way.id)),
]

describe('ways to the role of a service account', () => {
  test('each right of the table opens its way, and names who has it', () => {
    for (const way of ways)
      for (const right of way.rights) {
        const resource = right.subresource === undefined ? right.resource : `${right.resource}/${right.subresource}`
        const everywhere = right.on === 'cluster'
        for (const verb of right.verbs) {
          const rbac = withRule({ verbs: [verb], apiGroups: [right.group], resources: [resource] }, everywhere)
          const found = waysToServiceAccount(rbac, target).find(each => each.way === way)
          expect(
            found?.holders.map(holder => holder.name),
            `${way.id} ${verb} ${resource}`,
          ).toEqual(['dev', 'ci'])
          expect(waysOfSubject(rbac, serviceAccountSubject('tools', 'ci'), target).map(each => each.way.id)).toContain(way.id)
          expect(waysOfSubject(rbac, serviceAccountSubject('tools', 'other'), target)).toEqual([])
        }
      }
  })
  test('names of objects count', () => {
    const token = (name: string): PolicyRule => ({
      verbs: ['create'],
      apiGroups: [''],
      resources: ['serviceaccounts/token'],
      resourceNames: [name],
    })
    expect(open(token('reader'))).toEqual(['mint-token'])
    expect(open(token('writer'))).toEqual([])
    const exec: PolicyRule = { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], resourceNames: ['web-0'] }
    expect(open(exec)).toEqual(['exec'])
    expect(open(exec, { ...target, pods: ['web-0'] })).toEqual(['exec'])
    expect(open(exec, { ...target, pods: ['web-1'] })).toEqual([])
    expect(open({ ...exec, resourceNames: [] }, { ...target, pods: [] })).toEqual([])
    expect(waysOfSubject(withRule(exec), { user: 'x', groups: ['dev'] }, { ...target, pods: ['web-1', 'web-0'] })).toMatchObject([
      { question: { name: 'web-0' } },
    ])
    expect(open({ verbs: ['create'], apiGroups: [''], resources: ['pods'], resourceNames: ['web-0'] })).toEqual([])
  })
  test('custom workloads count where the cluster has them', () => {
    const workflows: PolicyRule = { verbs: ['create'], apiGroups: ['argoproj.io'], resources: ['workflows'] }
    expect(open(workflows)).toEqual(['write-custom-workload'])
    expect(open(workflows, { ...target, definitions: ['rollouts.argoproj.io'] })).toEqual([])
  })
  test('reading opens none but the secrets’ and, before 1.35, the pods’', () => {
    expect(open({ verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] }, target, true)).toEqual([
      'exec-by-get',
      'forward-port',
      'read-secrets',
      'node-proxy',
    ])
  })
  test('the table’s ids are unique', () => {
    expect(new Set(ways.map(way => way.id)).size).toBe(ways.length)
  })
})
