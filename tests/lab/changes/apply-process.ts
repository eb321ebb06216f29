import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { applyPlan, type Applied } from '#changes/apply.ts'
import { openJournal } from '#changes/journal.ts'
import { parsePlan, type Plan } from '#changes/plan.ts'
import type { WriterOf } from '#changes/writer.ts'
import { writersOf } from '#verbs/apply.ts'

/**
 * The executor as `mortise apply` runs it, over the same APIs, without the waits for AWS to know a thing everywhere: the emulator knows it at once.
 * @param undoes the run that the plan takes back
 */
export async function applied(plan: Plan, home: string, run: string, writerOf: WriterOf, undoes?: string): Promise<Applied> {
  const journal = openJournal(home, run)
  try {
    const executing = {
      journal,
      writerOf,
      now: () => new Date().toISOString(),
      // What is waited for with a signal is the propagation of IAM, which the emulator does not have.
      pause: (milliseconds: number, signal?: AbortSignal) => sleep(signal === undefined ? milliseconds : 0).then(() => undefined),
      signal: new AbortController().signal,
    }
    return await applyPlan(plan, run, executing, undoes)
  } finally {
    journal.close()
  }
}

/** A process that does a plan when it is told to, and may be killed at any moment: `PLAN HOME RUN`. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [planFile = '', home = '', run = ''] = process.argv.slice(2)
  const plan = parsePlan(readFileSync(planFile, 'utf8'), planFile)
  const writerOf = await writersOf({ kubernetes: {}, aws: {} })
  // Clients are loaded when they are first needed: here, so that what is killed is the run. What is read may be going away meanwhile.
  await Promise.allSettled(plan.steps.map(({ change: { target } }) => writerOf(target.kind).read(target)))
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const { outcome } = await applied(plan, home, run, writerOf)
  process.stdout.write(`${outcome}\n`)
  process.exit(0)
}
