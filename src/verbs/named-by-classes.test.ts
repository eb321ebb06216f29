import { describe, expect, it } from 'vitest'
import { readFiles } from '#sources/files/read-files.ts'
import { namedByClasses } from './named-by-classes.ts'

const named = async (...files: readonly string[]) =>
  namedByClasses([await readFiles(files.map(file => `src/joints/secrets-store/${file}`))])

describe('what classes name', () => {
  it('are parameters, and no secrets', async () => {
    expect(await named('parameter-missing/fail.yaml')).toEqual({ parameters: ['/shop/rates'] })
    expect(await named('secret-missing/fail.yaml')).toEqual({ parameters: [] })
  })
  it('is nothing where no class is', async () => {
    expect(await named('provider-makes-tokens/fail.yaml')).toEqual({ parameters: [] })
  })
})
