import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { kwok } from '../kwok/program.ts'
import { nodeParts } from '../node/parts.ts'
import { secretsStoreParts } from '../secrets-store/programs.ts'
import { codeCheckers } from '../code/programs.ts'
import { matcher } from '../vpc-resource-controller/program.ts'
import { withBuildLock } from './build-lock.ts'
import { cache } from './cache.ts'
import { etcdPath, extractEtcd } from './etcd.ts'
import type { Part } from './part.ts'
import { buildPythonEnvironment } from './python-environment.ts'
import { kubernetesProgram } from './wrapper-module.ts'

/** What every lab runs that is not in the tree, in the order of building; what takes longest comes last. */
export const controlPlaneParts: readonly Part[] = [
  { name: 'etcd', isReady: () => etcdPath() !== undefined, build: extractEtcd },
  { name: 'ministack and microburst', isReady: () => existsSync(cache.python), build: buildPythonEnvironment },
  kubernetesProgram('kubectl'),
  kubernetesProgram('kube-controller-manager'),
  kubernetesProgram('kube-apiserver'),
]

/** Everything, in the order in which tests come to need it. */
const allParts: readonly Part[] = [...controlPlaneParts, ...nodeParts, ...secretsStoreParts, matcher, kwok, ...codeCheckers]

/** Builds all that the cache lacks. */
export const buildAll = (progress: (line: string) => void): Promise<void> => buildParts(allParts, progress)

/**
 * Builds what the cache lacks of these parts, with a line to `progress` for each. The cache is locked for one part at a
 * time, so whoever needs a few does not wait for one that builds everything.
 */
export async function buildParts(parts: readonly Part[], progress: (line: string) => void): Promise<void> {
  for (const part of parts) {
    if (part.isReady()) continue
    await withBuildLock(
      () => buildPart(part, progress),
      () => progress(`lab: ${part.name} waits for another process that builds into the same cache`),
    )
  }
}

async function buildPart(part: Part, progress: (line: string) => void): Promise<void> {
  if (part.isReady()) return // built while we waited
  await mkdir(cache.binaries, { recursive: true })
  await removeLeftovers()
  progress(`lab: building ${part.name} (once; log in ${cache.log})`)
  const started = performance.now()
  await part.build()
  progress(`lab: built ${part.name} in ${Math.round((performance.now() - started) / 1000)} s`)
}

/** What builds that were killed left behind; whoever holds the lock builds alone. */
async function removeLeftovers(): Promise<void> {
  for (const folder of [cache.directory, cache.binaries]) {
    const leftovers = (await readdir(folder)).filter(name => name.endsWith('.tmp'))
    await Promise.all(leftovers.map(name => rm(join(folder, name), { recursive: true })))
  }
}
