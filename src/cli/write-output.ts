import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { UserError } from '#base/errors.ts'

/** Writes a whole file or none: a full disk or Ctrl-C leaves what was there before. */
export async function writeOutput(file: string, text: string | Uint8Array | Iterable<string>): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`
  try {
    await writeFile(partial, text)
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('CANNOT_WRITE', `cannot write ${file}: ${reason}`, {
      help: 'check the folder, its permissions and the free space',
      cause: error,
    })
  }
}

/** Waits until stdout has taken the text; a reader that went away (`| head`) ends the work quietly. */
export function print(text: string): Promise<void> {
  // A failed write is told twice: to its callback, which decides, and as an event that ends the process when nobody listens.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    process.stdout.write(text, error => {
      if (error === null || error === undefined) return resolve()
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return resolve()
      reject(error)
    })
  })
}

/** What was read, as one snapshot file. */
export async function saveWorld(file: string, world: import('#model/world.ts').World): Promise<void> {
  const { writeSnapshot } = await import('#verbs/save.ts')
  await writeOutput(file, writeSnapshot(world))
}
