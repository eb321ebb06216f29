import { describe, expect, it } from 'vitest'
import { stepResults } from './step-results.ts'

describe('what a probe printed', () => {
  it('is a result for each step, and other lines are left out', () => {
    const log = [
      'starting',
      '{"mortise":1,"id":"identity","ok":true,"text":"arn:aws:sts::111122223333:assumed-role/reader/x","facts":{"source":"WebIdentityCredentials"}}',
      '{"mortise":1,"id":"forbidden","ok":false,"text":"denied","code":"AccessDeniedException"}',
      '{"level":"info"}',
      '',
    ].join('\n')
    expect([...stepResults(log)]).toEqual([
      ['identity', { ok: true, text: 'arn:aws:sts::111122223333:assumed-role/reader/x', facts: { source: 'WebIdentityCredentials' } }],
      ['forbidden', { ok: false, text: 'denied', code: 'AccessDeniedException' }],
    ])
  })

  it('is no result where a member has another type, or the line was cut', () => {
    expect(stepResults('{"mortise":1,"id":"x","ok":"yes","text":"x"}').size).toBe(0)
    expect(stepResults('{"mortise":1,"id":"x","ok":true,"te').size).toBe(0)
  })
})
