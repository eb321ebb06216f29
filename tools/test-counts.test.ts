import { expect, it } from 'vitest'
import { add, countsOf, line, none, type Report } from './test-counts.ts'

const report = (changes: Partial<Report>): Report => ({
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [],
  ...changes,
})

it('counts what passed, failed and was skipped', () => {
  expect(line(countsOf(0, report({})))).toBe('3 passed, 0 failed')
  expect(line(add(countsOf(0, report({ numPendingTests: 2 })), countsOf(1, report({ success: false, numFailedTests: 1 }))))).toBe(
    '6 passed, 1 failed, 2 skipped',
  )
})
it('never calls a run good that ended badly', () => {
  expect(countsOf(1, undefined)).toEqual({ ...none, failed: 1 })
  expect(countsOf(0, undefined).failed).toBe(1)
  expect(countsOf(1, report({})).failed).toBe(1)
  expect(countsOf(0, report({ success: false })).failed).toBe(1)
})
it('counts a file that does not load', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
  ]
  expect(countsOf(1, report({ success: false, numFailedTests: 1, testResults })).failed).toBe(2)
})
