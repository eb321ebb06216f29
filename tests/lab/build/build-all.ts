import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findExecutable } from '../process/find-executable.ts'
import { withBuildLock } from './build-lock.ts'
import { cache } from './cache.ts'
import { extractEtcd } from './etcd.ts'
import { buildPythonEnvironment } from './python-environment.ts'
import { buildKubernetesCommand, ensureWrapperModule, kubernetesCommands } from './wrapper-module.ts'

interface Part {
  readonly name: string
  readonly isReady: () => boolean
  readonly build: () => Promise<void>
}

/** Everything a lab runs that is not in the tree, in the order of building; what takes longest comes last. */
const parts: readonly Part[] = [
  { name: 'etcd', isReady: () => etcdPath() !== undefined, build: extractEtcd },
  { name: 'ministack and microburst', isReady: () => existsSync(cache.python), build: buildPythonEnvironment },
  ...kubernetesCommands.toReversed().map(command => ({
    name: command,
    isReady: () => existsSync(join(cache.binaries, command)),
    build: async () => {
      await ensureWrapperModule()
      await buildKubernetesCommand(command)
    },
  })),
]

/** etcd of the cache, or else of the machine. */
export function etcdPath(): string | undefined {
  const cached = join(cache.binaries, 'etcd')
  return existsSync(cached) ? cached : findExecutable('etcd')
}

/** Whether the next `up` would build nothing. */
export const isBuilt = (): boolean => parts.every(part => part.isReady())

/** Builds what the cache lacks, one part at a time, with a line to `progress` for each. */
export async function buildAll(progress: (line: string) => void): Promise<void> {
  if (isBuilt()) return
  await withBuildLock(
    async () => {
      await mkdir(cache.binaries, { recursive: true })
      await removeLeftovers()
      for (const part of parts) {
        if (part.isReady()) continue
        progress(`lab: building ${part.name} (once; log in ${cache.log})`)
        const started = performance.now()
        await part.build()
        progress(`lab: built ${part.name} in ${Math.round((performance.now() - started) / 1000)} s`)
      }
    },
    () => progress('lab: waiting for another process that builds into the same cache'),
  )
}

/** What builds that were killed left behind; whoever holds the lock builds alone. */
async function removeLeftovers(): Promise<void> {
  for (const folder of [cache.directory, cache.binaries]) {
    const leftovers = (await readdir(folder)).filter(name => name.endsWith('.tmp'))
    await Promise.all(leftovers.map(name => rm(join(folder, name), { recursive: true })))
  }
}
