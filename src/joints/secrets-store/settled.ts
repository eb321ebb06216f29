import { Unread } from '#base/errors.ts'
import { pass, skip, unknown, type Verdict } from '#model/verdict.ts'

/**
 * One verdict of many: the first that fails; else the first that nobody could tell; else a pass with all that proves it. What is skipped everywhere is skipped.
 * @param none why there is nothing to ask
 */
export function settled<Item>(items: readonly Item[], ask: (item: Item) => Verdict, none: string): Verdict {
  const verdicts = items.map(item => attempt(() => ask(item)))
  const decisive = verdicts.find(({ is }) => is === 'fail') ?? verdicts.find(({ is }) => is === 'unknown')
  if (decisive !== undefined) return decisive
  const because = verdicts.flatMap(verdict => (verdict.is === 'pass' ? verdict.because : []))
  return because.length > 0 ? pass(...because) : (verdicts[0] ?? skip(none))
}

/** What could not be read for one of them does not keep the others from failing. */
function attempt(ask: () => Verdict): Verdict {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Unread) return unknown(error.fact)
    throw error
  }
}
