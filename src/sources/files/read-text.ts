import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { reasonOf } from './find-files.ts'

export type TextOrFault =
  | { readonly text: string }
  | { readonly code: 'UNREADABLE' | 'TOO_LARGE' | 'NOT_TEXT'; readonly message: string; readonly help: string }

/** The text of a file of at most `mostBytes` bytes. */
export async function readText(path: string, mostBytes: number): Promise<TextOrFault> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    return size > mostBytes ? tooLarge(size, mostBytes) : textOf(await file.readFile())
  } catch (error) {
    return { code: 'UNREADABLE', message: `it cannot be read: ${reasonOf(error)}`, help: 'allow reading it, or leave it out' }
  }
}

/** The text of a stream, which is read no further than `mostBytes`. */
export async function readStream(stream: Readable, mostBytes: number): Promise<TextOrFault> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    size += bytes.length
    if (size > mostBytes) return tooLarge(size, mostBytes)
    chunks.push(bytes)
  }
  return textOf(Buffer.concat(chunks))
}

const tooLarge = (size: number, mostBytes: number): TextOrFault => ({
  code: 'TOO_LARGE',
  message: `it is larger than ${Math.floor(mostBytes / 1024 / 1024)} MB (${Math.ceil(size / 1024 / 1024)} MB)`,
  help: 'split it, or leave out what is no Kubernetes or AWS object',
})

const notText: TextOrFault = { code: 'NOT_TEXT', message: 'it is not text', help: 'save it as UTF-8, or leave it out' }

/** UTF-8, or UTF-16 with its mark, which PowerShell writes when an output is redirected into a file. The mark is no part of the text. */
function textOf(bytes: Buffer): TextOrFault {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const text = isWide ? wideText(bytes) : isUtf8(bytes) ? bytes.toString('utf8').replace(/^\uFEFF/, '') : undefined
  return text === undefined || text.includes('\0') ? notText : { text }
}

function wideText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return undefined
  }
}
