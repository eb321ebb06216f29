import { isBlank, keyOf, skipBlank, stringEnd, valueEnd } from './locate-json.ts'

/** A key that stands twice in one map: the offsets of both. */
export interface TwiceKey {
  readonly key: string
  readonly first: number
  readonly second: number
  /** Both say the same, letter for letter, so it does not matter which one a reader takes. */
  readonly same: boolean
}

export interface JsonExtent {
  /** The offset after the value. */
  readonly end: number
  /** Some of them: enough to tell whether the document is clear, and to report. */
  readonly twice: readonly TwiceKey[]
  /** Where the items of each list at the top begin, by its key. A dump is never searched from its start for its last role. */
  readonly items: ReadonlyMap<string, readonly number[]>
}

export interface JsonFault {
  readonly offset: number
  readonly message: string
}

const deepest = 100
const mostReported = 20

/** A map's keys and where they stand; absent in a list. */
type Frame = Map<string, number> | undefined

interface Scan {
  readonly text: string
  readonly frames: Frame[]
  readonly twice: TwiceKey[]
  readonly items: Map<string, number[]>
  /** The last key of the outermost map. */
  topKey: string
}

/**
 * How far the JSON value at `start` reaches, which keys stand twice in it, and where its items begin: JSON.parse tells none of it.
 * One pass, no recursion. Brackets, strings and depth are checked; JSON.parse checks the rest.
 */
export function scanJson(text: string, start: number): JsonExtent | JsonFault {
  const scan: Scan = { text, frames: [], twice: [], items: new Map(), topKey: '' }
  const { frames } = scan
  let isItemNext = false
  let offset = start
  while (offset < text.length) {
    const unit = text.charCodeAt(offset)
    if (isItemNext && !isBlank(unit)) {
      if (unit !== 93) scan.items.get(scan.topKey)?.push(offset)
      isItemNext = false
    }
    if (unit === 34) offset = takeString(scan, offset)
    else if (unit === 123 || unit === 91) {
      if (frames.length >= deepest) return { offset, message: `nested more than ${deepest} levels deep` }
      isItemNext = open(scan, unit === 123)
      offset += 1
    } else if (unit === 125 || unit === 93) {
      if (frames.length === 0 || (frames.pop() !== undefined) !== (unit === 125))
        return { offset, message: `unexpected ${text.charAt(offset)}` }
      offset += 1
      if (frames.length === 0) return { end: offset, twice: scan.twice, items: scan.items }
    } else {
      if (unit === 44) isItemNext = isTopList(frames)
      offset += 1
    }
  }
  return { offset: text.length, message: 'the JSON ends too early' }
}

const isTopList = (frames: readonly Frame[]): boolean => frames.length === 2 && frames[0] !== undefined && frames[1] === undefined

/** True when what comes next is the first item of a list at the top. */
function open(scan: Scan, isObject: boolean): boolean {
  scan.frames.push(isObject ? new Map() : undefined)
  if (!isTopList(scan.frames)) return false
  scan.items.set(scan.topKey, [])
  return true
}

/** The offset after the string, which is noted when it is a key. */
function takeString(scan: Scan, offset: number): number {
  const end = stringEnd(scan.text, offset)
  const keys = scan.frames.at(-1)
  if (keys === undefined || scan.text.charCodeAt(skipBlank(scan.text, end)) !== 58) return end
  const key = keyOf(scan.text, { start: offset, end })
  if (scan.frames.length === 1) scan.topKey = key
  const first = keys.get(key)
  if (first === undefined) keys.set(key, offset)
  else noteTwice(scan, key, first, offset)
  return end
}

/** One difference settles that the document is not clear; looking at more could take as long as there are keys. */
function noteTwice({ text, twice }: Scan, key: string, first: number, second: number): void {
  if (twice.some(({ same }) => !same)) return
  const same = memberValue(text, first) === memberValue(text, second)
  if (!same || twice.length < mostReported) twice.push({ key, first, second, same })
}

/** The text of the value whose key stands at `key`. */
function memberValue(text: string, key: number): string {
  const value = skipBlank(text, skipBlank(text, stringEnd(text, key)) + 1)
  return text.slice(value, valueEnd(text, value))
}
