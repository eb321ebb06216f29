/** A line of a text, or one that is too long to be held. */
export type Line =
  | { readonly is: 'text'; readonly number: number; readonly text: string }
  | { readonly is: 'too-long'; readonly number: number; readonly limit: number }

const lineFeed = 0x0a

/** More than any request needs: the largest policies of AWS have 20 kB, and nine layers of fifty of them fit. */
const longest = 16 * 1024 * 1024

/** The lines of UTF-8 text that comes in pieces, with CRLF or LF, without its byte order mark. Of a line that is too long nothing is kept. */
export async function* splitLines(input: AsyncIterable<Uint8Array>, limit = longest): AsyncGenerator<Line, void, undefined> {
  let number = 1
  let parts: Uint8Array[] = []
  let length = 0
  const take = (last: Uint8Array): Line => {
    const line =
      length + last.length > limit
        ? ({ is: 'too-long', number, limit } as const)
        : ({ is: 'text', number, text: textOf([...parts, last], number) } as const)
    number += 1
    parts = []
    length = 0
    return line
  }
  for await (const piece of input) {
    let from = 0
    for (let at = piece.indexOf(lineFeed); at !== -1; at = piece.indexOf(lineFeed, from)) {
      yield take(piece.subarray(from, at))
      from = at + 1
    }
    const rest = piece.subarray(from)
    length += rest.length
    if (length > limit) parts = []
    else if (rest.length > 0) parts.push(rest)
  }
  if (length > 0) yield take(new Uint8Array())
}

function textOf(parts: readonly Uint8Array[], number: number): string {
  const text = Buffer.concat(parts).toString('utf8')
  const marked = number === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  return marked.endsWith('\r') ? marked.slice(0, -1) : marked
}
