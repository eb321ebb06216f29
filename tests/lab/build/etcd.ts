import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findExecutable } from '../process/find-executable.ts'
import { cache, makeAtomically } from './cache.ts'
import { canExtractPackages, extractPackages } from './debian-packages.ts'

/** etcd of the cache, or else of the machine. */
export function etcdPath(): string | undefined {
  const cached = join(cache.binaries, 'etcd')
  return existsSync(cached) ? cached : findExecutable('etcd')
}

/** Takes etcd out of Debian's package into the cache. */
export async function extractEtcd(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mortise-etcd-'))
  try {
    await extractPackages(['etcd-server'], folder)
    await makeAtomically(join(cache.binaries, 'etcd'), file => copyFile(join(folder, 'usr', 'bin', 'etcd'), file))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What stands in the way of `extractEtcd`: the Debian tools that it runs. */
export function missingForEtcd(): string[] {
  return canExtractPackages() ? [] : ["etcd on PATH (or apt-get and dpkg-deb, to take it from Debian's package etcd-server)"]
}
