import { setTimeout as sleep } from 'node:timers/promises'
import type { STSClientConfig } from '@aws-sdk/client-sts'

/** What the SDK's clients take to decide about retries. */
export type RetryStrategy = Exclude<NonNullable<STSClientConfig['retryStrategy']>, { retry: unknown }>

const attempts = 8
/** A host that does not answer seldom starts to: do not let a wrong endpoint look like a slow one. */
const attemptsWithoutAnswer = 3
const longestWait = 20_000
const slowestPace = 2_000

/**
 * One budget of waiting time for all calls of all clients of one account, because AWS throttles accounts, not clients. Each failed attempt waits
 * longer than the one before; while calls are throttled, new ones are slowed down as well. When the budget is spent, the next error is final.
 * Which errors are worth another attempt is the SDK's to say: throttling, 5xx and broken connections, never a denial.
 */
export function retryBudget({ milliseconds, signal }: { milliseconds: number; signal: AbortSignal }): RetryStrategy {
  let left = milliseconds
  let pace = 0
  return {
    async acquireInitialRetryToken() {
      if (pace > 0) await sleep(pace * Math.random(), undefined, { signal })
      return token(0, 0)
    },
    async refreshRetryTokenForRetry(previous, { error, errorType, retryAfterHint }) {
      if (errorType === 'CLIENT_ERROR') throw new Error('the error is final')
      const throttled = errorType === 'THROTTLING'
      if (throttled) pace = Math.min(slowestPace, Math.max(100, pace * 2))
      const count = previous.getRetryCount() + 1
      if (count >= (error?.$metadata?.httpStatusCode === undefined ? attemptsWithoutAnswer : attempts)) throw new Error('no attempts left')
      const backoff = Math.min(longestWait, (throttled ? 500 : 100) * 2 ** (count - 1)) * (0.5 + Math.random() / 2)
      const asked = retryAfterHint === undefined ? 0 : Math.min(longestWait, retryAfterHint.getTime() - Date.now())
      const delay = Math.max(backoff, asked)
      if (delay > left) throw new Error('no time left')
      left -= delay
      return token(count, delay)
    },
    recordSuccess() {
      pace = pace < 20 ? 0 : pace * 0.8
    },
  }
}

const token = (count: number, delay: number) => ({ getRetryCount: () => count, getRetryDelay: () => delay })
