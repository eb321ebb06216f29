/** 0 nothing at or above the threshold, 1 findings, 2 could not do the job, 3 incomplete when `--require-complete`. */
export const exitCode = { done: 0, findings: 1, failed: 2, incomplete: 3 } as const

/** How a command tells its exit code; without it, 0. */
export type Finish = (code: number) => void
