/**
 * Matching with `*` (any run of characters) and `?` (any one character), without backtracking.
 *
 * A pattern is cut at its stars into pieces. The first piece is anchored at the start, the last at the end, and each piece between is
 * searched for once, leftmost first, from where the one before ended: leftmost is always as good as any later place, so nothing is retried.
 * Bound, for a text of n and a pattern of m characters: a literal piece up to 32 characters costs at most 32 steps a character (native
 * search), a longer one 2 (Knuth, Morris and Pratt), a piece with `?` one step a character for each 32 characters of the piece (Shift-And);
 * so n x max(32, m / 32) + m whatever the number of stars, and no regular expression is built from a policy.
 */
export interface Glob {
  /** The text itself, when the pattern has no wildcard. */
  readonly exact: string | undefined
  /** True for `*`, `**` and so on. */
  readonly everything: boolean
  readonly pieces: readonly Piece[]
  readonly shortest: number
}

interface Piece {
  readonly length: number
  /** The text, when the piece has no `?`. */
  readonly text: string | undefined
  /** Code units, -1 for `?`, when it has; made for a literal piece only when it is long enough to be searched by a table. */
  codes: Int32Array | undefined
  search: Search | undefined
}

type Search =
  | { readonly by: 'failure'; readonly failure: Int32Array }
  | { readonly by: 'shift'; readonly words: number; readonly masks: ReadonlyMap<number, Int32Array>; readonly others: Int32Array }

/** A run of pattern text; in a literal run `*` and `?` stand for themselves. */
export interface Run {
  readonly text: string
  readonly literal: boolean
}

const STAR = 42
const QUESTION = 63
const ONE = -1
const NATIVE_SEARCH = 32

export function compileGlob(pattern: string): Glob {
  if (pattern.includes('?')) return compileRuns([{ text: pattern, literal: false }])
  if (!pattern.includes('*')) return { exact: pattern, everything: false, pieces: NO_PIECES, shortest: pattern.length }
  return globOf(pattern.split('*').map(literalPiece), true)
}

const NO_PIECES: readonly Piece[] = []

export function compileRuns(runs: readonly Run[]): Glob {
  const [only] = runs
  if (runs.length === 1 && only !== undefined && (only.literal || !only.text.includes('?'))) {
    return only.literal ? { exact: only.text, everything: false, pieces: NO_PIECES, shortest: only.text.length } : compileGlob(only.text)
  }
  const pieces: Piece[] = []
  let codes: number[] = []
  let wild = false
  for (const run of runs) {
    for (let i = 0; i < run.text.length; i++) {
      const code = run.text.charCodeAt(i)
      if (run.literal || (code !== STAR && code !== QUESTION)) codes.push(code)
      else if (code === QUESTION) {
        codes.push(ONE)
        wild = true
      } else {
        pieces.push(piece(codes))
        codes = []
        wild = true
      }
    }
  }
  pieces.push(piece(codes))
  return globOf(pieces, wild)
}

function globOf(pieces: readonly Piece[], wild: boolean): Glob {
  let shortest = 0
  for (const each of pieces) shortest += each.length
  return { exact: wild ? undefined : (pieces[0]?.text ?? ''), everything: pieces.length > 1 && shortest === 0, pieces, shortest }
}

function literalPiece(text: string): Piece {
  return { length: text.length, text, codes: undefined, search: undefined }
}

function piece(codes: readonly number[]): Piece {
  if (codes.includes(ONE)) return { length: codes.length, text: undefined, codes: Int32Array.from(codes), search: undefined }
  let text = ''
  for (const code of codes) text += String.fromCharCode(code)
  return literalPiece(text)
}

function codeUnits(text: string): Int32Array {
  const codes = new Int32Array(text.length)
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i)
  return codes
}

function codesOf(wanted: Piece): Int32Array {
  return (wanted.codes ??= codeUnits(wanted.text ?? ''))
}

export function globMatches(glob: Glob, text: string): boolean {
  if (glob.exact !== undefined) return glob.exact === text
  if (glob.everything) return true
  if (text.length < glob.shortest) return false
  const { pieces } = glob
  const head = pieces[0]
  const tail = pieces[pieces.length - 1]
  if (head === undefined || tail === undefined) return text.length === 0
  if (pieces.length === 1) return text.length === head.length && standsAt(head, text, 0)
  const end = text.length - tail.length
  if (!standsAt(head, text, 0) || !standsAt(tail, text, end)) return false
  let from = head.length
  for (let i = 1; i < pieces.length - 1; i++) {
    const next = pieces[i]
    if (next === undefined || next.length === 0) continue
    const found = find(next, text, from, end)
    if (found === -1) return false
    from = found + next.length
  }
  return true
}

function standsAt(wanted: Piece, text: string, at: number): boolean {
  if (wanted.text !== undefined) return text.startsWith(wanted.text, at)
  for (let i = 0; i < wanted.length; i++) {
    const code = wanted.codes?.[i]
    if (code !== ONE && code !== text.charCodeAt(at + i)) return false
  }
  return true
}

/** The leftmost place in [from, end) where the piece stands whole, or -1. */
function find(wanted: Piece, text: string, from: number, end: number): number {
  if (from + wanted.length > end) return -1
  if (wanted.text !== undefined && wanted.length <= NATIVE_SEARCH) {
    const at = text.indexOf(wanted.text, from)
    return at === -1 || at + wanted.length > end ? -1 : at
  }
  const codes = codesOf(wanted)
  wanted.search ??= wanted.text === undefined ? shiftTable(codes) : failureTable(codes)
  return wanted.search.by === 'failure'
    ? findByFailure(codes, wanted.search.failure, text, from, end)
    : findByShift(wanted.length, wanted.search, text, from, end)
}

function failureTable(codes: Int32Array): Search {
  const failure = new Int32Array(codes.length)
  for (let i = 1, k = 0; i < codes.length; i++) {
    while (k > 0 && codes[i] !== codes[k]) k = failure[k - 1] ?? 0
    if (codes[i] === codes[k]) k++
    failure[i] = k
  }
  return { by: 'failure', failure }
}

function findByFailure(codes: Int32Array, failure: Int32Array, text: string, from: number, end: number): number {
  let k = 0
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i)
    while (k > 0 && code !== codes[k]) k = failure[k - 1] ?? 0
    if (code === codes[k]) k++
    if (k === codes.length) return i - k + 1
  }
  return -1
}

function shiftTable(codes: Int32Array): Search {
  const words = Math.ceil(codes.length / 32)
  const others = new Int32Array(words)
  const masks = new Map<number, Int32Array>()
  codes.forEach((code, i) => {
    if (code === ONE) others[i >>> 5] = (others[i >>> 5] ?? 0) | (1 << (i & 31))
  })
  codes.forEach((code, i) => {
    if (code === ONE) return
    const mask = masks.get(code) ?? Int32Array.from(others)
    mask[i >>> 5] = (mask[i >>> 5] ?? 0) | (1 << (i & 31))
    masks.set(code, mask)
  })
  return { by: 'shift', words, masks, others }
}

function findByShift(length: number, table: Extract<Search, { by: 'shift' }>, text: string, from: number, end: number): number {
  const state = new Int32Array(table.words)
  const last = table.words - 1
  const done = 1 << ((length - 1) & 31)
  for (let i = from; i < end; i++) {
    const mask = table.masks.get(text.charCodeAt(i)) ?? table.others
    let carry = 1
    for (let word = 0; word <= last; word++) {
      const before = state[word] ?? 0
      state[word] = ((before << 1) | carry) & (mask[word] ?? 0)
      carry = before >>> 31
    }
    if (((state[last] ?? 0) & done) !== 0) return i - length + 1
  }
  return -1
}
