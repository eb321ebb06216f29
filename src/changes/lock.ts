import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { UserError } from '#base/errors.ts'

interface Holder {
  readonly pid: number
  readonly host: string
  readonly what: string
}

/** How long whoever removes the lock of a dead process may take. */
const breakingTime = 10_000

/**
 * Only one run writes at a time. The lock of a process that died is taken over; one of another machine never is, since nobody here can know.
 * @returns what gives the lock back
 * @throws UserError `LOCKED` while somebody else has it
 */
export function takeLock(home: string, what: string): () => void {
  mkdirSync(home, { recursive: true })
  const file = join(home, 'lock')
  if (!create(file, what)) {
    const holder = holderOf(file)
    if (holder !== undefined && !isDead(holder)) throw locked(holder, file)
    breakLock(file)
    if (!create(file, what)) throw locked(holderOf(file), file)
  }
  return () => rmSync(file, { force: true })
}

function create(file: string, what: string): boolean {
  try {
    const descriptor = openSync(file, 'wx')
    writeSync(descriptor, JSON.stringify({ pid: process.pid, host: hostname(), what } satisfies Holder))
    closeSync(descriptor)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw new UserError('LOCK_UNWRITABLE', `cannot take the lock ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      help: 'make room, or give a folder that can be written with --home',
      cause: error,
    })
  }
}

/** Two that find the same dead lock must not remove each other's new one: who makes the second file removes the first. */
function breakLock(file: string): void {
  const breaking = `${file}.breaking`
  try {
    closeSync(openSync(breaking, 'wx'))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    if (Date.now() - statSync(breaking).mtimeMs > breakingTime) rmSync(breaking, { force: true })
    throw locked(holderOf(file), file)
  }
  const holder = holderOf(file)
  if (holder === undefined || isDead(holder)) rmSync(file, { force: true })
  rmSync(breaking, { force: true })
}

/** A lock that a crash left empty is nobody's. */
function holderOf(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isDead({ pid, host }: Holder): boolean {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return hasCode(error, 'ESRCH')
  }
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code

const locked = (holder: Holder | undefined, file: string) =>
  new UserError(
    'LOCKED',
    holder === undefined ? `${file} is being taken` : `${holder.what} runs already (process ${holder.pid} on ${holder.host})`,
    {
      help: `wait for it; if it is gone for good, remove ${file}`,
    },
  )
