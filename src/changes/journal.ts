import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '#base/errors.ts'
import type { Change } from '#model/change.ts'
import type { Plan } from './plan.ts'

/**
 * What a run meant to do, did, and could not do, in the order in which it happened. A step's intent is on disk before the API is called, so
 * after a crash it is known which one step may or may not have been done, and reading the object tells.
 */
export type JournalRecord =
  | { readonly is: 'run'; readonly run: string; readonly at: string; readonly plan: Plan; readonly undoes?: string }
  | { readonly is: 'intent'; readonly step: number; readonly at: string }
  /** `wrote`: the change that was made, so that it can be taken back; `found`: it was so already, and is nobody's to take back. */
  | { readonly is: 'done'; readonly step: number; readonly at: string; readonly how: 'wrote'; readonly change: Change }
  | { readonly is: 'done'; readonly step: number; readonly at: string; readonly how: 'found' }
  | { readonly is: 'failed'; readonly step: number; readonly at: string; readonly code: string; readonly message: string }
  | { readonly is: 'end'; readonly at: string; readonly how: 'done' | 'stopped' | 'undone' }

/** An append-only file of one JSON record a line. */
export interface Journal {
  readonly file: string
  readonly records: readonly JournalRecord[]
  /** On disk when it returns. @throws UserError `JOURNAL_UNWRITABLE` when the disk is full or read-only: nothing may be written to an API then. */
  append(record: JournalRecord): void
  close(): void
}

const folderOf = (home: string): string => join(home, 'runs')

/** @param home the folder that Mortise keeps its records in: `.mortise` */
export function openJournal(home: string, run: string): Journal {
  const file = join(folderOf(home), `${run}.ndjson`)
  const records: JournalRecord[] = [...readRecords(file)]
  let descriptor: number | undefined
  return {
    file,
    records,
    append(record) {
      try {
        descriptor ??= openForAppend(file, records.length)
        writeWhole(descriptor, `${JSON.stringify(record)}\n`)
        fsyncSync(descriptor)
      } catch (error) {
        // A run that has no record yet did nothing: nothing of it shall be left.
        if (records.length === 0) rmSync(file, { force: true })
        throw unwritable(file, error)
      }
      records.push(record)
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}

/** Every run that has a journal there, oldest first. A crash may have left one without a record. */
export function runsIn(home: string): readonly string[] {
  let names: readonly string[]
  try {
    names = readdirSync(folderOf(home))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  return names
    .filter(name => name.endsWith('.ndjson'))
    .map(name => name.slice(0, -'.ndjson'.length))
    .sort()
}

/** A line that a crash cut off was no record yet; a broken line before the last is somebody's edit. */
function readRecords(file: string): readonly JournalRecord[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  return wholeLines(text)
    .split('\n')
    .slice(0, -1)
    .map((line, index) => recordOf(line, file, index + 1))
}

const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1)

function recordOf(line: string, file: string, number: number): JournalRecord {
  try {
    return JSON.parse(line) as JournalRecord
  } catch (error) {
    throw new UserError('BAD_JOURNAL', `line ${number} of ${file} is no record`, {
      where: `${file}:${number}`,
      help: 'the file was edited or damaged: restore it from a backup, or undo by hand what it lists',
      cause: error,
    })
  }
}

/** What a crash cut off is removed before anything follows it, and the folder remembers the file's name too. */
function openForAppend(file: string, known: number): number {
  mkdirSync(dirname(file), { recursive: true })
  if (known > 0) truncateSync(file, Buffer.byteLength(wholeLines(readFileSync(file, 'utf8'))))
  const descriptor = openSync(file, known === 0 ? 'w' : 'a')
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return descriptor
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at)
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const unwritable = (file: string, cause: unknown) =>
  new UserError('JOURNAL_UNWRITABLE', `cannot record in ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    help: 'make room or give another folder with --home; nothing is changed that is not recorded first',
    cause,
  })
