import { mkdir, rename, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { versions } from '../versions.ts'

const root = process.env['MORTISE_LAB_CACHE'] ?? join(homedir(), '.cache', 'mortise-lab')

/** Where built things live between runs: outside the tree, one folder for each version of Kubernetes. */
export const cache = {
  directory: join(root, versions.kubernetes),
  binaries: join(root, versions.kubernetes, 'bin'),
  python: join(root, versions.kubernetes, `python-${versions.ministack}-${versions.microburst}`),
  log: join(root, versions.kubernetes, 'build.log'),
} as const

/**
 * Makes a file or folder at `target` by way of a temporary neighbour that is renamed when whole, so an interrupted
 * build leaves nothing that looks finished.
 */
export async function makeAtomically(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`
  await mkdir(cache.directory, { recursive: true })
  try {
    await make(temporary)
    await rm(target, { recursive: true, force: true })
    await rename(temporary, target)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
