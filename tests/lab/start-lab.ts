import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { labAvailability } from './availability.ts'
import { buildParts, controlPlaneParts } from './build/build-all.ts'
import type { LabCoordinates } from './coordinates.ts'
import { connectLab, type Lab } from './lab.ts'
import { nodeAvailability } from './node/availability.ts'
import { nodeParts } from './node/parts.ts'
import { GiveUp, poll } from './process/poll.ts'
import { claim, isAlive, listRuns, readCoordinates, readOwnership, runDirectory, sweep } from './run-directory.ts'

export interface StartOptions {
  /** Labs of different names live side by side; by default a name of its own is made. */
  readonly name?: string
  /** With a scheduler and a real node, on which pods run; needs root. A node cannot be added later. */
  readonly node?: boolean
  /** Leaves the lab running when this process ends; it is taken away by `stopLab`. */
  readonly detached?: boolean
  /** Told what takes long; by default written to standard error. */
  readonly progress?: (line: string) => void
}

/**
 * Starts a lab, or answers the running one of that name, building what the cache lacks. Attached labs die with this
 * process, however it dies. Throws, naming what to install, where no lab can start.
 */
export async function startLab(options: StartOptions = {}): Promise<Lab> {
  const availability = options.node ? nodeAvailability() : labAvailability()
  if (!availability.ok) throw new Error(`no lab can start here; missing: ${availability.missing.join('; ')}`)
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new Error(`the lab needs Node 24, and this is ${process.version}: use npm run lab`)
  }
  const progress = options.progress ?? (line => process.stderr.write(`${line}\n`))
  const name = options.name ?? `test-${process.pid}-${randomBytes(3).toString('hex')}`
  const detached = options.detached ?? false
  await buildParts(options.node ? [...controlPlaneParts, ...nodeParts] : controlPlaneParts, progress)
  await sweepDeadRuns()
  const launched = async () => ((await claim(name, detached)) ? launch(name, detached, options.node ?? false) : undefined)
  let supervisor = await launched()
  const coordinates = await untilUp(name).catch(async (error: unknown) => {
    if (supervisor === undefined) throw error
    // Another program may have taken a port between its choice and its use: with other ports it starts.
    progress(`lab: ${error instanceof Error ? error.message : String(error)}; once more`)
    supervisor = await launched()
    return untilUp(name)
  })
  if (options.node && !coordinates.node) throw new Error(`lab ${name} runs already, and without a node`)
  const close = async () => {
    if (!supervisor) return // somebody else's, and theirs to end
    await stopLab(name)
    supervisor.unref()
  }
  return { ...connectLab(coordinates), close }
}

/** Ends the lab of that name, whoever started it, and removes its files. */
export async function stopLab(name: string): Promise<void> {
  const isSigned = async () => {
    const ownership = await readOwnership(name)
    return ownership?.launching && (await isAlive(name)) ? undefined : { ownership }
  }
  // Never the launcher: that may be a whole test run.
  const { ownership } = await poll(isSigned, { what: `lab ${name} to begin`, timeoutMilliseconds: 15_000 })
  if (ownership && (await isAlive(name))) {
    process.kill(ownership.supervisor.pid, 'SIGTERM')
    const isGone = async () => ((await isAlive(name)) ? undefined : true)
    await poll(isGone, { what: `lab ${name} to end`, timeoutMilliseconds: 15_000, everyMilliseconds: 20 })
  }
  await sweep(name)
}

/** Runs whose supervisor was killed leave their folder behind. */
async function sweepDeadRuns(): Promise<void> {
  for (const run of await listRuns()) if (!(await isAlive(run))) await sweep(run)
}

function launch(name: string, detached: boolean, node: boolean) {
  const log = openSync(runDirectory(name).log('supervisor'), 'a')
  const program = fileURLToPath(new URL('supervisor.ts', import.meta.url))
  const supervisor = spawn(process.execPath, [program, name, detached ? 'detached' : 'attached', ...(node ? ['node'] : [])], {
    detached: true, // a group of its own: Ctrl-C reaches us first, and we end it in order
    stdio: [detached ? 'ignore' : 'pipe', log, log],
  })
  closeSync(log)
  if (detached) supervisor.unref()
  return supervisor
}

async function untilUp(name: string): Promise<LabCoordinates> {
  const files = runDirectory(name)
  const ask = async () => {
    if (existsSync(files.failure)) {
      const why = await readFile(files.failure, 'utf8')
      await sweep(name)
      throw new GiveUp(`the lab did not start: ${why}`)
    }
    return readCoordinates(name)
  }
  return poll(ask, { what: `lab ${name} to be up (logs in ${files.path})`, timeoutMilliseconds: 120_000 })
}
