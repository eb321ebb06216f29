import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { undoPlan } from '#changes/apply.ts'
import { openJournal } from '#changes/journal.ts'
import { parsePlan, type Plan } from '#changes/plan.ts'
import { runState } from '#changes/run-state.ts'
import type { WriterOf } from '#changes/writer.ts'
import { writersOf } from '#verbs/apply.ts'
import { plainEnvironment, runMortise } from '../../e2e/run-mortise.ts'
import { describeLab } from '../shared-lab.ts'
import { applied } from './apply-process.ts'
import { identityAccount, type IdentityAccount } from './identity-account.ts'
import { identityState } from './identity-state.ts'

const namespace = 'apply-killed'
const kills = Number(process.env['MORTISE_KILLS'] ?? 12)
const program = fileURLToPath(new URL('apply-process.ts', import.meta.url))

/** Parts of the time that a whole run takes, the same each time: `MORTISE_SEED` gives others. */
function moments(count: number, seed = Number(process.env['MORTISE_SEED'] ?? 1)): readonly number[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  })
}

describeLab('a run of a plan of both sides, killed', lab => {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-killed-'))
  const planFile = join(folder, 'plan.json')
  const environment = {
    AWS_ENDPOINT_URL: lab.awsEndpoint,
    AWS_REGION: lab.region,
    AWS_ACCESS_KEY_ID: lab.adminCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lab.adminCredentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    KUBECONFIG: lab.kubeconfig,
  }
  let account: IdentityAccount
  let plan: Plan
  let writerOf: WriterOf
  const state = () => identityState(lab, { namespace, ...account })

  beforeAll(async () => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    account = await identityAccount(lab, namespace)
    // Of somebody else: a namespace that a run made takes seconds to go.
    await lab.kubectl('create', 'namespace', namespace)
    writeFileSync(join(folder, 'mortise.yaml'), account.blueprint)
    const ran = await runMortise(['plan', 'mortise.yaml', '--out', planFile], { env: environment, cwd: folder })
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 1, stderr: '' })
    plan = parsePlan(readFileSync(planFile, 'utf8'), planFile)
    writerOf = await writersOf({ kubernetes: {}, aws: {} })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
    await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
    await account.remove()
  })

  /** A process that has everything loaded and waits for a word. */
  async function prepared(run: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['-C', 'source', program, planFile, folder, run], {
      env: { ...plainEnvironment, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return child
  }

  const undone = (run: string) => {
    const { records } = openJournal(folder, run)
    return applied(undoPlan(runState(records, run)), folder, `${run}-undo`, writerOf, run)
  }

  test(`at ${kills} moments, it goes on or is taken back to the same state`, { timeout: 900_000 }, async () => {
    expect(plan.steps.length).toBeGreaterThanOrEqual(11)
    const before = await state()
    const whole = await prepared('whole')
    const began = performance.now()
    whole.stdin?.write('go')
    await once(whole, 'close')
    const duration = performance.now() - began
    const after = await state()
    await undone('whole')
    expect(await state()).toEqual(before)

    const reached = new Map<number, number>()
    let next = prepared('run-0')
    for (const [index, part] of moments(kills).entries()) {
      const run = `run-${index}`
      const child = await next
      const ended = once(child, 'close')
      child.stdin?.write('go')
      await sleep(part * duration)
      child.kill('SIGKILL')
      await ended
      next = prepared(`run-${index + 1}`)
      const { records } = openJournal(folder, run)
      const over = records.filter(({ is }) => is === 'done').length
      reached.set(over, (reached.get(over) ?? 0) + 1)
      // Going on settles the step that was under way, and does the rest; what was not begun has nothing to take back.
      const { outcome, error } = await applied(plan, folder, run, writerOf)
      expect({ run, over, outcome, why: error?.message }).toEqual({ run, over, outcome: 'done', why: undefined })
      if (index % 2 === 0) expect(await state(), `${run}, killed after ${over} steps`).toEqual(after)
      const back = await undone(run)
      expect({ run, over, outcome: back.outcome, why: back.error?.message }).toEqual({ run, over, outcome: 'done', why: undefined })
      expect(await state(), `${run} undone, killed after ${over} steps`).toEqual(before)
    }
    const last = await next
    last.kill('SIGKILL')
    const spread = [...reached].toSorted(([a], [b]) => a - b).map(([steps, times]) => `${steps}:${times}`)
    process.stderr.write(`killed: a whole run takes ${duration.toFixed(0)} ms; kills by steps done ${spread.join(' ')}\n`)
    expect(reached.size).toBeGreaterThan(Math.min(5, kills / 5))
  })
})
