import { join } from 'node:path'
import { run } from '../process/run.ts'
import { versions } from '../versions.ts'
import { cache, makeAtomically } from './cache.ts'

/**
 * Installs the AWS emulator and the fault proxy into a virtual environment of their own. Its programs are started as
 * `python -m name`, never by their scripts, whose first lines hold the temporary folder's name.
 */
export async function buildPythonEnvironment(): Promise<void> {
  await makeAtomically(cache.python, async folder => {
    await run(['python3', '-m', 'venv', folder], { log: cache.log })
    const packages = [`ministack==${versions.ministack}`, `microburst==${versions.microburst}`]
    await run([join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', ...packages], { log: cache.log })
    // Compiled beforehand, since `up` waits for ministack's imports.
    await run([join(folder, 'bin', 'python'), '-m', 'compileall', '-q', join(folder, 'lib')], { log: cache.log })
  })
}

/** The interpreter of that environment. */
export const pythonInterpreter = join(cache.python, 'bin', 'python')
