import { describe, expect, it } from 'vitest'
import { tellingLines } from './telling-lines.ts'

describe('the lines of a log that are taken along', () => {
  it('are those that tell of errors', () => {
    expect(tellingLines('starting\nGET /items 200\nerror: no route\nUnable to locate credentials\nbye')).toEqual([
      'error: no route',
      'Unable to locate credentials',
    ])
  })
  it('hold nothing that looks like a secret', () => {
    const [line = ''] = tellingLines('error: login failed password=hunter2 with postgres://app:swordfish@db/x and AKIAIOSFODNN7EXAMPLE')
    expect(line).toContain('login failed')
    for (const secret of ['hunter2', 'swordfish', 'IOSFODNN7EXAMPLE']) expect(line).not.toContain(secret)
  })
  it('stay known when something in them is hidden', () => {
    expect(tellingLines('open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: permission denied')[0]).toContain(
      'permission denied',
    )
    expect(tellingLines('eu-west-1: Failed fetching secret shop/db: x')[0]).toContain('Failed fetching secret shop/db')
  })
  it('are the last of them, and not too many', () => {
    const many = Array.from({ length: 5000 }, (_, index) => `error ${index}`).join('\n')
    const kept = tellingLines(many)
    expect([kept.length, kept.at(-1)]).toEqual([500, 'error 4999'])
    expect(tellingLines(`error ${'x'.repeat(1_000_000)}`)[0]?.length).toBeLessThanOrEqual(2000)
  })
})
