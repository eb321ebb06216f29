import { randomUUID } from 'node:crypto'
import { link, rename, rm, writeFile } from 'node:fs/promises'
import { UserError } from '#base/errors.ts'

interface WriteRules {
  /** Permissions of the file, where not those of any new one. */
  readonly mode?: number
  /** Why a file that exists is left as it is, and what to do. */
  readonly onlyNew?: string
}

/** Writes a whole file or none: a full disk or Ctrl-C leaves what was there before. */
export async function writeOutput(
  file: string,
  text: string | Uint8Array | Iterable<string>,
  { mode, onlyNew }: WriteRules = {},
): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`
  try {
    await writeFile(partial, isText(text) ? text : inBlocks(text), mode === undefined ? {} : { mode })
    if (onlyNew === undefined) return await rename(partial, file)
    await link(partial, file)
    await rm(partial)
  } catch (error) {
    await rm(partial, { force: true })
    if (onlyNew !== undefined && error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UserError('CANNOT_WRITE', `${file} exists already`, { help: onlyNew, cause: error })
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('CANNOT_WRITE', `cannot write ${file}: ${reason}`, {
      help: 'check the folder, its permissions and the free space',
      cause: error,
    })
  }
}

const isText = (text: string | Uint8Array | Iterable<string>): text is string | Uint8Array =>
  typeof text === 'string' || text instanceof Uint8Array

/** A write for each of many small parts takes longer than making them. */
function* inBlocks(parts: Iterable<string>): Generator<string> {
  let block = ''
  for (const part of parts) {
    block += part
    if (block.length < 2 ** 18) continue
    yield block
    block = ''
  }
  yield block
}

/** The same of a text in parts. */
export async function printParts(parts: Iterable<string>): Promise<void> {
  for (const block of inBlocks(parts)) await print(block)
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
  const { snapshotParts } = await import('#verbs/save.ts')
  await writeOutput(file, snapshotParts(world))
}
