import { describe, expect, it } from 'vitest'
import { permissions } from './permissions.ts'

const actions = (questions: boolean, checks: readonly string[] = []): readonly string[] =>
  (permissions({ checks }, questions).aws as { readonly Statement: readonly { readonly Action: readonly string[] }[] }).Statement.flatMap(
    statement => statement.Action,
  )

describe('permissions', () => {
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
