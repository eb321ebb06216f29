import type { Span } from './source-text.ts'

/** `---` and `...` at the start of a line end a document wherever they stand: YAML 1.2.2 §9.1.2 forbids them inside quotes and block scalars. */
const marker = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm

/** The documents of a YAML stream, in order, with their markers and directives. Documents without content are left out. */
export function splitDocuments(text: string): Span[] {
  const documents: Span[] = []
  let start = 0
  for (const found of text.matchAll(marker)) {
    const isEnd = found[0] === '...'
    const end = isEnd ? found.index + 3 : found.index
    const holds = holding(text, start, end)
    if (holds === 'directives' && !isEnd) continue
    if (holds === 'content') documents.push({ start, end })
    start = end
  }
  if (holding(text, start, text.length) !== 'nothing') documents.push({ start, end: text.length })
  return documents
}

/** `nothing`: markers, blank lines and comments only. */
function holding(text: string, start: number, end: number): 'nothing' | 'directives' | 'content' {
  let offset = start
  let holds: 'nothing' | 'directives' = 'nothing'
  while (offset < end) {
    const lineEnd = endOfLine(text, offset, end)
    const line = text
      .slice(offset, lineEnd)
      .replace(/^(?:---|\.\.\.)(?=[ \t]|$)/, '')
      .replace(/^[ \t]+/, '')
    if (line.startsWith('%') && holds !== 'directives') holds = 'directives'
    else if (line !== '' && !line.startsWith('#') && !line.startsWith('%')) return 'content'
    offset = lineEnd + 1
  }
  return holds
}

function endOfLine(text: string, offset: number, end: number): number {
  let at = offset
  while (at < end && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at += 1
  return at
}
