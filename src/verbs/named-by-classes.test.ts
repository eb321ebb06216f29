import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readFiles } from '#sources/files/read-files.ts'
import { namedByClasses } from './named-by-classes.ts'

const named = async (...files: readonly string[]) =>
  namedByClasses([await readFiles(files.map(file => `src/joints/secrets-store/${file}`))])

const classOf = (region: string) => `
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: far, namespace: shop }
spec:
  provider: aws
  parameters:
    region: ${JSON.stringify(region)}
    objects: |
      - { objectName: shop/db, objectType: secretsmanager }
`

describe('what classes name', () => {
  it('are parameters wherever they are, and secrets and parameters of a region that they name', async () => {
    expect(await named('parameter-missing/fail.yaml')).toEqual({
      parameters: ['/shop/rates'],
      regions: [{ region: 'eu-west-1', secrets: [], parameters: ['/shop/rates'] }],
    })
    const failover = await named('secret-missing/fail-failover.yaml')
    expect(failover.regions.map(({ region, secrets }) => [region, secrets])).toEqual([
      ['eu-north-1', ['shop/db']],
      ['eu-west-1', ['shop/db']],
    ])
  })
  it('are what ExternalSecrets ask for through stores, with the prefix of the store', async () => {
    expect(await named('stored-secret-missing/pass-parameter.yaml')).toEqual({
      parameters: ['/shop/rates'],
      regions: [{ region: 'eu-west-1', secrets: [], parameters: ['/shop/rates'] }],
    })
    expect((await named('store-refuses-namespace/pass.yaml')).regions).toEqual([
      { region: 'eu-west-1', secrets: ['shop/db'], parameters: [] },
    ])
    expect(await named('store-missing/fail.yaml')).toEqual({ parameters: [], regions: [] })
  })
  it('is nothing where no class is', async () => {
    expect(await named('provider-makes-tokens/fail.yaml')).toEqual({ parameters: [], regions: [] })
  })
  it('is in no region that is none: a request would go to a host of that name', async () => {
    const regions = async (region: string) =>
      namedByClasses([await readFiles(['-'], { stdin: Readable.from([classOf(region)]), cluster: 'prod' })]).regions
    expect((await regions('us-gov-west-1')).map(({ region }) => region)).toEqual(['us-gov-west-1'])
    for (const region of ['evil.example/', 'eu-west-1.evil.example', '127.0.0.1', 'EU-WEST-1', 'a'.repeat(70)])
      expect(await regions(region)).toEqual([])
  })
})
