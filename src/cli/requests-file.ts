import { addAbortSignal, type Readable } from 'node:stream'
import { UserError } from '#base/errors.ts'
import { exitCode } from './exit-code.ts'
import { print } from './write-output.ts'

/** A pipe is written in pieces of this many characters. */
const pieceSize = 65_536

type Lines = AsyncIterable<{ readonly text: string; readonly isError: boolean }>

/**
 * Prints an answer for each line of a file or of standard input, in order, while they come in: what is read waits for what is written.
 * @returns 0 when every line was answered, 2 when some line was no request
 */
export async function answerFile(file: string, answer: (input: Readable) => Lines, signal: AbortSignal): Promise<number> {
  const input = addAbortSignal(signal, await openRequests(file))
  let bad = false
  let piece = ''
  try {
    for await (const { text, isError } of answer(input)) {
      bad ||= isError
      piece += text
      if (piece.length < pieceSize) continue
      await print(piece)
      piece = ''
      // Whoever read the answers went away.
      if (process.stdout.destroyed) break
    }
    await print(piece)
  } finally {
    input.destroy()
  }
  return bad ? exitCode.failed : exitCode.done
}

/** @throws UserError `UNREADABLE` */
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
