import { setTimeout as sleep } from 'node:timers/promises'

export interface PollOptions {
  /** What is waited for, in the words of the error message. */
  readonly what: string
  readonly timeoutMilliseconds: number
  readonly everyMilliseconds?: number
}

/** Asks again and again until the answer is not undefined. Errors of `ask` are kept for the message of the last one. */
export async function poll<Answer>(ask: () => Promise<Answer | undefined>, options: PollOptions): Promise<Answer> {
  const deadline = performance.now() + options.timeoutMilliseconds
  let last: unknown
  do {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      if (error instanceof GiveUp) throw error
      last = error
    }
    await sleep(options.everyMilliseconds ?? 50)
  } while (performance.now() < deadline)
  throw new Error(`timed out waiting for ${options.what}`, { cause: last })
}

/** Thrown by a question of `poll` that no later asking can answer. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp'
}
