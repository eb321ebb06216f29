import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LabCoordinates } from './coordinates.ts'
import { removeNode } from './node/remove.ts'
import { isSameProcess, ownIdentity, type ProcessIdentity } from './process/process-identity.ts'

/** Who keeps a lab alive, and which processes die with it. */
export interface Ownership {
  readonly supervisor: ProcessIdentity
  /** True until the supervisor signs in the place of the process that launches it. */
  readonly launching?: boolean
  /** True when it outlives the command that started it (`npm run lab up`). */
  readonly detached: boolean
  readonly daemons: readonly ProcessIdentity[]
}

const root = join(tmpdir(), 'mortise-lab')

/** The files of one run: everything here is gone after `down`. */
export function runDirectory(name: string) {
  const path = join(root, name)
  return {
    path,
    coordinates: join(path, 'lab.json'),
    ownership: join(path, 'ownership.json'),
    failure: join(path, 'failure.txt'),
    node: join(path, 'node'),
    log: (part: string) => join(path, 'log', `${part}.log`),
  } as const
}

export type RunDirectory = ReturnType<typeof runDirectory>

/** Where a data store can live without waiting for a disk; removed with the run. */
export function memoryDirectory(name: string): string {
  const shared = '/dev/shm'
  return existsSync(shared) ? join(shared, `mortise-lab-${name}`) : join(root, name, 'memory')
}

/**
 * Takes the name for a new run, on behalf of this process until the supervisor signs in its place; false when a run of
 * that name exists. The folder appears with its owner in it, so that whoever finds it can tell whether it is abandoned.
 */
export async function claim(name: string, detached: boolean): Promise<boolean> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  const prepared = await mkdtemp(join(tmpdir(), 'mortise-lab-claim-'))
  await mkdir(join(prepared, 'log'))
  const ownership: Ownership = { supervisor: ownIdentity(), launching: true, detached, daemons: [] }
  await writeWhole(join(prepared, 'ownership.json'), ownership)
  try {
    await rename(prepared, runDirectory(name).path)
    return true
  } catch (error) {
    await rm(prepared, { recursive: true })
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return false
  }
}

export async function listRuns(): Promise<string[]> {
  return existsSync(root) ? (await readdir(root)).toSorted() : []
}

export const readOwnership = (name: string): Promise<Ownership | undefined> => readJson(runDirectory(name).ownership)

export const readCoordinates = (name: string): Promise<LabCoordinates | undefined> => readJson(runDirectory(name).coordinates)

/** Whether the supervisor of that run still runs. */
export async function isAlive(name: string): Promise<boolean> {
  const ownership = await readOwnership(name)
  return ownership !== undefined && isSameProcess(ownership.supervisor)
}

/** Kills what a dead supervisor may have left behind and removes the run's files. */
export async function sweep(name: string): Promise<void> {
  const ownership = await readOwnership(name)
  for (const daemon of ownership?.daemons ?? []) if (isSameProcess(daemon)) process.kill(daemon.pid, 'SIGKILL')
  if (existsSync(runDirectory(name).node)) await removeNode(name)
  await rm(memoryDirectory(name), { recursive: true, force: true })
  await rm(runDirectory(name).path, { recursive: true, force: true, maxRetries: 5 })
}

/** Writes a file that readers see whole or not at all. */
export async function writeWhole(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.tmp`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.tmp`, path)
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
