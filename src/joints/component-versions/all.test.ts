import { describe, expect, it } from 'vitest'
import { compareVersions, parseVersion } from '#joints/container-image.ts'
import { components } from './all.ts'
import { does, isImageOf } from './define.ts'
import { awsProvider, secretsStoreDriver } from './secrets-store.ts'

const behaviours = components.flatMap(component => Object.entries(component.behaviours).map(([name, each]) => ({ component, name, each })))

describe('versions of components', () => {
  it.each(behaviours)('$component.id $name says where it is from and what it does', ({ each }) => {
    expect(URL.canParse(each.source)).toBe(true)
    expect(each.does).toMatch(/^[A-Z].*\.$/s)
  })
  it.each(behaviours)('$component.id $name begins before it ends, with versions that are ones', ({ each }) => {
    const [since, until] = [each.since, each.until].map(text => (text === undefined ? undefined : parseVersion(text)))
    for (const [text, version] of [
      [each.since, since],
      [each.until, until],
    ])
      expect(text === undefined).toBe(version === undefined)
    expect(since !== undefined || until !== undefined).toBe(true)
    if (since !== undefined && until !== undefined) expect(compareVersions(since, until)).toBeLessThan(0)
  })
  it('names a component, and an image, once', () => {
    for (const names of [components.map(({ id }) => id), components.flatMap(({ images }) => images)])
      expect(new Set(names).size).toBe(names.length)
  })
})

const version = (text: string) => parseVersion(text) ?? expect.fail(text)

describe('what a version does', () => {
  it('begins with the version that brings it, and ends before the one that takes it away', () => {
    expect(['2.1.0', '3.0.0', '3.1.1'].map(text => does(awsProvider, version(text), 'takes-tokens-of-driver'))).toEqual([false, true, true])
    expect(['1.5.6', '1.6.0'].map(text => does(secretsStoreDriver, version(text), 'rotates-by-own-controller'))).toEqual([true, false])
  })
  it.each([
    ['registry.k8s.io/csi-secrets-store/driver:v1.5.4', true],
    ['mirror.example:5000/k8s/csi-secrets-store/driver@sha256:00', true],
    ['registry.k8s.io/csi-secrets-store/driver-crds:v1.5.4', false],
    ['registry.example/other/driver:v1', false],
  ])('%s is the driver: %s', (image, is) => expect(isImageOf(secretsStoreDriver, image)).toBe(is))
  it.each([
    ['public.ecr.aws/aws-secrets-manager/secrets-store-csi-driver-provider-aws:3.1.1', true],
    ['111122223333.dkr.ecr.eu-west-1.amazonaws.com/secrets-store-csi-driver-provider-aws:latest', true],
    ['mcr.microsoft.com/oss/azure/secrets-store/provider-azure:v1', false],
  ])('%s is the AWS provider: %s', (image, is) => expect(isImageOf(awsProvider, image)).toBe(is))
})
