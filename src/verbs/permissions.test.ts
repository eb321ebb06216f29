import { describe, expect, it } from 'vitest'
import { allChecks } from '#joints/all.ts'
import type { PolicyRule } from '#sources/kubernetes/permissions.ts'
import { permissions } from './permissions.ts'

const actions = (questions: boolean, checks: readonly string[] = []): readonly string[] =>
  (permissions({ checks }, questions).aws as { readonly Statement: readonly { readonly Action: readonly string[] }[] }).Statement.flatMap(
    statement => statement.Action,
  )

const resources = (questions: boolean, checks: readonly string[] = []): readonly string[] =>
  (permissions({ checks }, questions).kubernetes as { readonly rules: readonly PolicyRule[] }).rules.flatMap(rule => rule.resources)

describe('permissions', () => {
  // Whoever may list Secrets may read what they hold (https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets).
  // A check that cannot do without their metadata is named here, by a decision.
  it('are for Secrets in no check, and in no question', () => {
    expect(allChecks.filter(({ reads }) => reads.includes('k8s/Secret')).map(({ id }) => id)).toEqual([])
    expect(resources(true)).not.toContain('secrets')
  })
  it('are for events only where a check reads them', () => {
    for (const { id, reads } of allChecks) {
      if (!reads.includes('k8s/Event')) expect(resources(false, [id]), id).not.toContain('events')
    }
  })
  it('only ever read', () => {
    for (const action of actions(true)) expect(action).toMatch(/:(Describe|Get|List|Generate)/)
    expect(actions(true)).not.toContain('secretsmanager:GetSecretValue')
  })
  it('are fewer for one check than for all, and more for questions', () => {
    const [one, all, asked] = [actions(false, ['irsa/role-missing']), actions(false), actions(true)].map(list => new Set(list))
    if (one === undefined || all === undefined || asked === undefined) throw new Error('three lists were made')
    expect([...all]).toEqual(expect.arrayContaining([...one]))
    expect([...asked]).toEqual(expect.arrayContaining([...all]))
    expect(one.size).toBeLessThan(all.size)
    expect([...asked]).toEqual(expect.arrayContaining(['ec2:DescribeVpcEndpoints', 'kms:GetKeyPolicy', 'secretsmanager:GetResourcePolicy']))
  })
})
