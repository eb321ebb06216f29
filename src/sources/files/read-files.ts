import type { Readable } from 'node:stream'
import { UserError } from '#base/errors.ts'
import { allKinds } from '#model/kinds.ts'
import type { Gathered, Progress } from '#sources/gathered.ts'
import { findFiles, type FoundFile } from './find-files.ts'
import { newHarvest, type Harvest } from './harvest.ts'
import { parseDocuments } from './parse-documents.ts'
import { readStream, readText, type TextOrFault } from './read-text.ts'
import { settleHarvest } from './settle-harvest.ts'
import { SourceText } from './source-text.ts'
import { takeDocument, type FileContext } from './take-document.ts'

export interface ReadFilesOptions {
  /** The cluster of Kubernetes objects that are in none. A `kind: mortise/Cluster` or a snapshot's header goes before it. */
  readonly cluster?: string
  /** The input holds every object of each kind in it, so what is not there does not exist. */
  readonly complete?: boolean
  /** What `-` reads; standard input by default. */
  readonly stdin?: Readable
  /** Texts that are read already, with the names that places in them get. */
  readonly texts?: readonly { readonly name: string; readonly text: string }[]
  /** What relative inputs are relative to; the working directory by default. */
  readonly cwd?: string
  /** Larger files are not read; 256 MiB by default. */
  readonly mostBytes?: number
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

const stdinName = '<stdin>'
const mebibyte = 1024 * 1024

/**
 * Reads folders (recursively: `.yaml`, `.yml`, `.json`, without dot folders and node_modules), files, glob patterns, and `-` for standard input:
 * Kubernetes manifests, outputs of the AWS CLI, and snapshots, in any mixture. Two runs on the same input give the same.
 *
 * Files prove presence, never absence, except where a snapshot's header or a complete AWS list says so, or `complete` is given.
 * What cannot be read is a problem and an unread entry; the rest is read.
 * @throws UserError `NO_SUCH_PATH`, `NO_FILES`, `SNAPSHOT_VERSION`, `SNAPSHOT_HEADER`; `UNREADABLE`, `TOO_LARGE`, `NOT_TEXT` for a file that was named itself.
 */
export async function readFiles(inputs: readonly string[], options: ReadFilesOptions = {}): Promise<Gathered> {
  const harvest = newHarvest()
  const mostBytes = options.mostBytes ?? 256 * mebibyte
  const { files, closed } = await findFiles(
    inputs.filter(input => input !== '-'),
    options.cwd ?? process.cwd(),
  )
  for (const { name, reason } of closed)
    takeUnopened(harvest, name, { code: 'UNREADABLE', message: `it cannot be read: ${reason}`, help: 'allow reading it, or leave it out' })
  for (const [index, file] of files.entries()) {
    options.signal?.throwIfAborted()
    options.progress?.({ what: 'files', done: index, of: files.length })
    takeText(harvest, file, await readText(file.path, mostBytes))
  }
  for (const { name, text } of options.texts ?? []) takeText(harvest, { name, isNamed: true }, { text })
  if (inputs.includes('-')) {
    takeText(harvest, { name: stdinName, isNamed: true }, await readStream(options.stdin ?? process.stdin, mostBytes))
  }
  return settleHarvest(harvest, options)
}

function takeText(harvest: Harvest, file: Pick<FoundFile, 'name' | 'isNamed'>, read: TextOrFault): void {
  if ('code' in read) {
    if (file.isNamed) throw new UserError(read.code, `${file.name}: ${read.message}`, { where: file.name, help: read.help })
    takeUnopened(harvest, file.name, read)
    return
  }
  const context: FileContext = { cluster: undefined }
  for (const document of parseDocuments(new SourceText(file.name, read.text))) takeDocument(harvest, document, context)
}

/** A file that is there and says nothing may hold anything. */
function takeUnopened(harvest: Harvest, name: string, fault: Exclude<TextOrFault, { text: string }>): void {
  harvest.problems.push({ code: fault.code, file: name, line: 1, column: 1, message: fault.message, help: fault.help })
  for (const kind of allKinds) {
    harvest.unread.push({ kind, where: 'anywhere', reason: `a file could not be read: ${name}`, settle: { by: 'user', step: fault.help } })
  }
}
