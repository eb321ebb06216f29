import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { caBundleFault } from './ca-bundle.ts'

const bundleIn = (fixture: string): string =>
  /caBundle: (\S+)/.exec(readFileSync(new URL(`webhook-unhealthy/${fixture}`, import.meta.url), 'utf8'))?.[1] ?? ''
const pem = (bundle: string): string => Buffer.from(bundle, 'base64').toString()
const bundled = (...texts: readonly string[]): string => Buffer.from(texts.join('\n')).toString('base64')

/** Valid from 2024 to 2124, and from 2014 to 2024. */
const [current, former] = ['pass.yaml', 'fail-expired.yaml'].map(bundleIn) as [string, string]

describe('a caBundle', () => {
  it.each([
    ['holds a valid certificate', current, '2026-11-20T09:00:00Z', undefined],
    ['has expired', former, '2026-11-20T09:00:00Z', 'its certificate expired on 2024-01-01'],
    ['is not valid yet', current, '2023-12-31T23:59:59Z', 'its certificate is not valid before 2024-01-01'],
    ['holds one that is valid among others', bundled(pem(former), pem(current)), '2026-11-20T09:00:00Z', undefined],
    [
      'holds a broken block beside a valid one',
      bundled('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', pem(current)),
      '2026-11-20T09:00:00Z',
      undefined,
    ],
    ['is PEM that nobody encoded', pem(current), '2026-11-20T09:00:00Z', 'this is not base64 of PEM certificates'],
    ['is base64 of something else', bundled('hello'), '2026-11-20T09:00:00Z', 'this is not base64 of PEM certificates'],
  ])('%s', (_, bundle, readAt, fault) => {
    expect(caBundleFault(bundle, readAt)).toBe(fault)
  })
})
