import type { Readable } from 'node:stream'
import { UserError } from '#base/errors.ts'
import { exitCode } from './exit-code.ts'
import { print } from './write-output.ts'

/** A pipe is written in pieces of this many characters. */
const pieceSize = 65_536

type Lines = AsyncIterable<{ readonly text: string; readonly isError: boolean }>

/**
 * Prints the answers to the lines of requests, in order, while they come in: what is read waits for what is written.
 * @returns 0 when every line was answered, 2 when some line was no request
 */
export async function printAnswers(answers: Lines): Promise<number> {
  let bad = false
  let piece = ''
  for await (const { text, isError } of answers) {
    bad ||= isError
    piece += text
    if (piece.length < pieceSize) continue
    await print(piece)
    piece = ''
    // Whoever read the answers went away.
    if (process.stdout.destroyed) break
  }
  await print(piece)
  return bad ? exitCode.failed : exitCode.done
}

/**
 * A file of requests, or standard input.
 * @throws UserError `UNREADABLE`
 */
export async function openRequests(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  const { open } = await import('node:fs/promises')
  try {
    const handle = await open(file)
    if ((await handle.stat()).isDirectory()) throw new Error('it is a folder')
    return handle.createReadStream()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('UNREADABLE', `cannot read ${file}: ${reason}`, {
      help: 'name a file of requests, or - for standard input',
      cause: error,
    })
  }
}
