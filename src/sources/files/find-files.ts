import { glob, readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UserError } from '#base/errors.ts'
import { compare } from '#model/world.ts'

export interface FoundFile {
  /** As the user gave it. */
  readonly name: string
  readonly path: string
  /** The user named this very file, so not being able to read it is an error of its own. */
  readonly isNamed: boolean
}

/** A file or folder that is there and could not be opened. */
export interface Closed {
  readonly name: string
  readonly reason: string
}

export interface Found {
  readonly files: readonly FoundFile[]
  readonly closed: readonly Closed[]
}

const readable = /\.(?:ya?ml|json)$/i

/**
 * The files that the inputs stand for, each once, by name.
 * @throws UserError `NO_SUCH_PATH`, `NO_FILES`
 */
export async function findFiles(inputs: readonly string[], cwd: string): Promise<Found> {
  const files = new Map<string, FoundFile>()
  const closed: Closed[] = []
  for (const input of inputs) {
    const walk: Walk = { files: new Map(), closed: [], folders: new Set() }
    await visitInput(walk, input, cwd)
    if (walk.files.size === 0 && walk.closed.length === 0) {
      throw new UserError('NO_FILES', `no .yaml, .yml or .json file in ${input}`, {
        where: input,
        help: 'name a folder that holds manifests, or saved outputs of the AWS CLI',
      })
    }
    const itself = walk.closed.find(({ name }) => name === input)
    if (itself !== undefined) throw unopened(input, itself.reason)
    for (const [real, file] of walk.files) if (!files.has(real) || file.isNamed) files.set(real, file)
    closed.push(...walk.closed)
  }
  return { files: [...files.values()].sort((a, b) => compare(a.name, b.name)), closed: closed.sort((a, b) => compare(a.name, b.name)) }
}

interface Walk {
  readonly files: Map<string, FoundFile>
  readonly closed: Closed[]
  /** Real paths of folders on the way: a link back to one of them would never end. */
  readonly folders: Set<string>
}

async function visitInput(walk: Walk, input: string, cwd: string): Promise<void> {
  const kind = await kindOf(resolve(cwd, input))
  if (kind === 'folder') return visitFolder(walk, input, cwd)
  if (kind === 'file') return addFile(walk, input, cwd, true)
  const isPattern = /[*?[\]{}]/.test(input)
  if (kind !== 'nothing' || !isPattern) throw unopened(input, kind)
  const matches: string[] = []
  for await (const match of glob(input, { cwd, exclude: name => name === 'node_modules' })) matches.push(match)
  for (const match of matches.sort(compare)) {
    if ((await kindOf(resolve(cwd, match))) === 'file') await addFile(walk, match, cwd, false)
  }
}

function unopened(input: string, kind: string): UserError {
  if (kind === 'nothing') {
    return new UserError('NO_SUCH_PATH', `there is no file or folder ${input}`, {
      where: input,
      help: 'check the path; patterns such as k8s/**/*.yaml work too',
    })
  }
  return new UserError('UNREADABLE', `${input} cannot be read: ${kind}`, { where: input, help: 'name a file or folder that you may read' })
}

/** `folder`, `file`, `nothing`, or why it is neither. */
async function kindOf(path: string): Promise<string> {
  try {
    const facts = await stat(path)
    return facts.isDirectory() ? 'folder' : facts.isFile() ? 'file' : 'it is neither a file nor a folder'
  } catch (error) {
    const code = errorCode(error)
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? 'nothing' : reasonOf(error)
  }
}

async function visitFolder(walk: Walk, name: string, cwd: string): Promise<void> {
  const real = await realpath(resolve(cwd, name))
  if (walk.folders.has(real)) return
  walk.folders.add(real)
  let entries: string[]
  try {
    entries = await readdir(real)
  } catch (error) {
    walk.closed.push({ name, reason: reasonOf(error) })
    return
  }
  for (const entry of entries.sort(compare)) {
    if (entry.startsWith('.') || entry === 'node_modules') continue
    await visitEntry(walk, join(name, entry), cwd)
  }
}

async function visitEntry(walk: Walk, name: string, cwd: string): Promise<void> {
  const kind = await kindOf(resolve(cwd, name))
  if (kind === 'folder') return visitFolder(walk, name, cwd)
  if (!readable.test(name) || kind === 'nothing') return
  if (kind === 'file') await addFile(walk, name, cwd, false)
  else walk.closed.push({ name, reason: kind })
}

async function addFile(walk: Walk, name: string, cwd: string, isNamed: boolean): Promise<void> {
  const path = await realpath(resolve(cwd, name))
  if (!walk.files.has(path)) walk.files.set(path, { name: join(name), path, isNamed })
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many open files',
}

/** Why the system could not open it, in lower case. Anything else is not the user's doing and is thrown on. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error)
  if (code === undefined) throw error
  return reasons[code] ?? code
}
