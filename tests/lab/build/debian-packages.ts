import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findExecutable } from '../process/find-executable.ts'
import { run } from '../process/run.ts'
import { cache } from './cache.ts'

/**
 * Unpacks Debian packages into `folder`. Installing them would also make users, start services and change the machine;
 * the lab wants their files. What they depend on must be named too, the C library excepted.
 */
export async function extractPackages(names: readonly string[], folder: string): Promise<void> {
  const archives = await mkdtemp(join(tmpdir(), 'mortise-packages-'))
  try {
    if (process.getuid?.() === 0) await run(['apt-get', 'update'], { log: cache.log })
    await run(['apt-get', 'download', ...names], { cwd: archives, log: cache.log })
    await mkdir(folder, { recursive: true })
    const found = (await readdir(archives)).filter(name => name.endsWith('.deb'))
    if (found.length !== names.length) throw new Error(`apt-get download left ${found.length} of ${names.length} packages`)
    for (const archive of found) await run(['dpkg-deb', '-x', join(archives, archive), folder])
  } finally {
    await rm(archives, { recursive: true, force: true })
  }
}

/** Whether `extractPackages` has the tools that it runs. */
export const canExtractPackages = (): boolean => ['apt-get', 'dpkg-deb'].every(tool => findExecutable(tool) !== undefined)
