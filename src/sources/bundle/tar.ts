import { UserError } from '#base/errors.ts'

/** One file of an archive. */
export interface ArchivedFile {
  /** At most 100 bytes, without a leading slash. */
  readonly name: string
  readonly text: string
}

const block = 512
/** Where the fields of a header stand, and how long they are. https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06 */
const field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const

/**
 * A tar archive in the ustar format.
 * @param modified seconds since 1970, for every file
 */
export function tarOf(files: readonly ArchivedFile[], modified: number): Buffer {
  const parts = files.flatMap(({ name, text }) => {
    const body = Buffer.from(text)
    return [headerOf(name, body.length, modified), body, Buffer.alloc((block - (body.length % block)) % block)]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}

function headerOf(name: string, size: number, modified: number): Buffer {
  if (Buffer.byteLength(name) > field.name[1]) throw new Error(`${name} is too long for a name in an archive`)
  const header = Buffer.alloc(block)
  const put = ([at]: readonly [number, number], text: string) => header.write(text, at, 'latin1')
  header.write(name, field.name[0], 'utf8')
  put(field.mode, '0000644\0')
  put(field.uid, '0000000\0')
  put(field.gid, '0000000\0')
  put(field.size, `${size.toString(8).padStart(11, '0')}\0`)
  put(field.mtime, `${Math.floor(modified).toString(8).padStart(11, '0')}\0`)
  put(field.sum, ' '.repeat(8))
  put(field.type, '0')
  put(field.magic, 'ustar\u000000')
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(field.sum, `${sum.toString(8).padStart(6, '0')}\0 `)
  return header
}

/**
 * The plain files of a tar archive; links, folders and what pax and GNU write beside are left out.
 * @throws UserError `NOT_A_BUNDLE` when it is cut off or no archive
 */
export function filesOf(archive: Buffer): readonly ArchivedFile[] {
  const files: ArchivedFile[] = []
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block)
    if (header.every(byte => byte === 0)) return files
    if (!textAt(header, field.magic).startsWith('ustar')) throw notABundle('it is no tar archive')
    const size = Number.parseInt(textAt(header, field.size), 8)
    if (!Number.isSafeInteger(size) || size < 0 || at + block + size > archive.length) throw notABundle('it is cut off')
    const isPlain = ['0', ''].includes(textAt(header, field.type))
    if (isPlain)
      files.push({ name: textAt(header, field.name).replace(/^\.\//, ''), text: archive.toString('utf8', at + block, at + block + size) })
    at += block + Math.ceil(size / block) * block
  }
  throw notABundle('it is cut off')
}

const textAt = (header: Buffer, [at, length]: readonly [number, number]): string => {
  const text = header.toString('utf8', at, at + length)
  const end = text.indexOf('\0')
  return (end < 0 ? text : text.slice(0, end)).trim()
}

export const notABundle = (why: string, cause?: unknown): UserError =>
  new UserError('NOT_A_BUNDLE', `this is no bundle that mortise collect made: ${why}`, {
    help: 'make one with mortise collect, and copy it as a binary file',
    ...(cause === undefined ? {} : { cause }),
  })
