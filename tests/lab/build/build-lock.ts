import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isSameProcess, ownIdentity, type ProcessIdentity } from '../process/process-identity.ts'
import { cache } from './cache.ts'

const lock = join(cache.directory, 'build.lock')
const owner = join(lock, 'owner.json')

/** Runs `work` while no other process builds into the same cache: two cores are too few for two compilers of kubernetes. */
export async function withBuildLock(work: () => Promise<void>, onWait: () => void): Promise<void> {
  await mkdir(cache.directory, { recursive: true })
  let told = false
  while (!(await take())) {
    if (!told) onWait()
    told = true
    await sleep(500)
  }
  try {
    await work()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

async function take(): Promise<boolean> {
  try {
    await mkdir(lock)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (await isAbandoned()) await rm(lock, { recursive: true, force: true })
    return false
  }
  await writeFile(owner, JSON.stringify(ownIdentity()))
  return true
}

async function isAbandoned(): Promise<boolean> {
  try {
    return !isSameProcess(JSON.parse(await readFile(owner, 'utf8')) as ProcessIdentity)
  } catch (error) {
    if (!(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await sleep(1000) // just taken and not signed yet, or its owner died in between: a second look tells
    return readFile(owner, 'utf8').then(
      () => false,
      () => true,
    )
  }
}
