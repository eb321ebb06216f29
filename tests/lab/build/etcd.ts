import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findExecutable } from '../process/find-executable.ts'
import { run } from '../process/run.ts'
import { cache, makeAtomically } from './cache.ts'

/**
 * Takes etcd out of Debian's package into the cache. Installing the package would also make a user and start a
 * service on etcd's own port; the lab wants one file.
 */
export async function extractEtcd(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mortise-etcd-'))
  try {
    if (process.getuid?.() === 0) await run(['apt-get', 'update'], { log: cache.log })
    await run(['apt-get', 'download', 'etcd-server'], { cwd: folder, log: cache.log })
    const archive = (await readdir(folder)).find(name => name.endsWith('.deb'))
    if (!archive) throw new Error('apt-get download etcd-server left no package')
    await run(['dpkg-deb', '-x', archive, '.'], { cwd: folder })
    await mkdir(cache.binaries, { recursive: true })
    await makeAtomically(join(cache.binaries, 'etcd'), file => copyFile(join(folder, 'usr', 'bin', 'etcd'), file))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What stands in the way of `extractEtcd`: the Debian tools that it runs. */
export function missingForEtcd(): string[] {
  return findExecutable('apt-get') && findExecutable('dpkg-deb')
    ? []
    : ["etcd on PATH (or apt-get and dpkg-deb, to take it from Debian's package etcd-server)"]
}
