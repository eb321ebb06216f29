/** What vitest's JSON reporter says, as far as it is read here. */
export interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[]
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0 }

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

/** A run that ended badly counts at least one failure, even when no test did: a file that does not load, a setup that throws, a crash. */
export function countsOf(exitCode: number, report: Report | undefined): Counts {
  if (report === undefined) return { ...none, failed: 1 }
  const unloaded = report.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  ).length
  const failed = report.numFailedTests + unloaded
  const bad = exitCode !== 0 || !report.success
  return { passed: report.numPassedTests, failed: bad ? Math.max(failed, 1) : failed, skipped: report.numPendingTests }
}

/** `412 passed, 0 failed`, and how many were skipped when any were. */
export function line({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}
