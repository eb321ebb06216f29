import { describe, expect, it } from 'vitest'
import { whyRefused } from './import-rule.ts'
import { whyMisnamed } from './name-rule.ts'

const refused = (file: string, specifier: string, typeOnly = false) => whyRefused({ file, specifier, typeOnly })

describe('imports', () => {
  it('follow layers.ts, and a refusal says why', () => {
    expect(refused('src/joints/irsa/x.ts', '#iam/decide.ts')).toBeUndefined()
    expect(refused('src/iam/decide.ts', '#joints/run.ts')).toContain('iam/ may import base, model')
    expect(refused('src/nowhere/x.ts', '#base/errors.ts')).toContain('layers.ts')
  })
  it('do not leave a folder by a relative path', () => {
    expect(refused('src/joints/irsa/role-missing/check.ts', '../near-role.ts')).toBeUndefined()
    expect(refused('src/joints/irsa/role-missing/check.ts', '../../trust.ts')).toBeUndefined()
    expect(refused('src/joints/irsa/role-missing/check.ts', '../../../iam/decide.ts')).toContain('#folder/file.ts')
    expect(refused('src/iam/decide.ts', '../joints/run.ts')).toContain('#folder/file.ts')
  })
  it('take packages only where they belong, types apart', () => {
    expect(refused('src/sources/files/x.ts', 'yaml')).toBeUndefined()
    expect(refused('src/iam/x.ts', 'yaml')).toContain('iam/ may use')
    expect(refused('src/model/kinds.ts', '@aws-sdk/client-iam', true)).toBeUndefined()
    expect(refused('src/model/kinds.ts', '@aws-sdk/client-iam')).toContain('only types')
  })
  it('keep pure folders from files and networks', () => {
    expect(refused('src/joints/run.ts', 'node:fs')).toContain('pure')
    expect(refused('src/joints/run.ts', 'node:util')).toBeUndefined()
    expect(refused('src/sources/files/x.ts', 'node:fs')).toBeUndefined()
  })
  it('are free in tests and outside src/', () => {
    expect(refused('src/iam/decide.test.ts', '#joints/run.ts')).toBeUndefined()
    expect(refused('tests/e2e/x.ts', '#iam/decide.ts')).toBeUndefined()
  })
})

describe('names', () => {
  it('say what is inside', () => {
    expect(whyMisnamed('src/iam/arn-pattern.ts')).toBeUndefined()
    expect(whyMisnamed('src/iam/arn-pattern.test.ts')).toBeUndefined()
    expect(whyMisnamed('src/iam/utils.ts')).toContain('says nothing')
    expect(whyMisnamed('src/helpers/arn.ts')).toContain('says nothing')
    expect(whyMisnamed('src/iam/arnPattern.ts')).toContain('kebab-case')
  })
})
