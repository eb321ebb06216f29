import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type YAMLMap } from 'yaml'
import type { Path, Spot } from '#model/place.ts'
import { locateInEvents } from './locate-in-events.ts'
import type { Span } from './source-text.ts'
import { plainValue } from './yaml-scalars.ts'

export interface Located {
  readonly span: Span
  /** False: the path leads nowhere, and this is the nearest place that exists. */
  readonly exact: boolean
  /** The value is a literal block (`|`): its lines stand as they are, below the header. */
  readonly literal?: boolean
}

/**
 * Where the value at `path` stands in a YAML document. Undefined when an anchor that it needs stands outside `text`.
 * The `yaml` package knows every position but is slow, so it reads only what is quoted and what the fast reader does not find.
 */
export function locateInYaml(text: string, path: Path, spot: Spot): Located | undefined {
  const span = locateInEvents(text, path, spot)
  return span === undefined ? locateSlowly(text, path, spot) : { span, exact: true }
}

/** It resolves no scalars: they were read already. */
export function locateSlowly(text: string, path: Path, spot: Spot): Located | undefined {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent', strict: false })
  let holder: Span = { start: firstContent(text), end: text.length }
  let node = document.contents as Node | null
  let key: Span | undefined
  for (const step of path) {
    const target = resolved(node, document)
    if (target === undefined) return undefined
    const found = child(target, step, document)
    if (found === undefined) return { span: key ?? holder, exact: false }
    holder = found.value === null ? (found.key ?? holder) : spanOf(found.value, holder)
    key = found.key
    node = found.value
  }
  if (spot === 'key' && key !== undefined) return { span: key, exact: true }
  const literal = isScalar(node) && node.type === 'BLOCK_LITERAL'
  return { span: path.length === 0 && node !== null ? spanOf(node, holder) : holder, exact: true, ...(literal ? { literal } : {}) }
}

interface Child {
  readonly value: Node | null
  readonly key?: Span
}

function child(node: Node | null, step: string | number, document: Document): Child | undefined {
  if (isSeq(node)) {
    const item = typeof step === 'number' ? node.items[step] : undefined
    return item === undefined ? undefined : { value: item as Node | null }
  }
  if (!isMap(node)) return undefined
  const pair = own(node, String(step)) ?? merged(node, String(step), document)
  if (pair === undefined) return undefined
  const key = pair.key as Node
  return { value: pair.value as Node | null, key: spanOf(key, { start: 0, end: 1 }) }
}

const own = (map: YAMLMap, name: string): Pair | undefined => map.items.findLast(pair => !isMerge(pair) && keyText(pair.key) === name)

/** Earlier maps of a merge win over later ones. */
function merged(map: YAMLMap, name: string, document: Document): Pair | undefined {
  for (const pair of map.items.filter(isMerge)) {
    const value = resolved(pair.value as Node | null, document)
    for (const source of isSeq(value) ? value.items : [value]) {
      const target = resolved(source as Node | null, document)
      const found = isMap(target) ? (own(target, name) ?? merged(target, name, document)) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}

const isMerge = (pair: Pair): boolean => isScalar(pair.key) && pair.key.type === 'PLAIN' && pair.key.source === '<<'

/** A key's text as the fast reader makes it: `1.0` becomes `1`. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return key === null ? 'null' : undefined
  const text = String(key.value ?? '')
  return key.type === 'PLAIN' && key.tag === undefined ? String(plainValue(text)) : text
}

/** Undefined: an alias whose anchor is not in this text. */
function resolved(node: Node | null, document: Document): Node | null | undefined {
  return isAlias(node) ? node.resolve(document) : node
}

function spanOf(node: Node, otherwise: Span): Span {
  const range = node.range
  return range === null || range === undefined ? otherwise : { start: range[0], end: Math.max(range[1], range[0] + 1) }
}

/** The first unit that is neither blank, a comment nor a marker. */
function firstContent(text: string): number {
  const found = /^(?:[ \t]*(?:#[^\r\n]*)?[\r\n]+|%[^\r\n]*[\r\n]+|(?:---|\.\.\.)[ \t]*(?:#[^\r\n]*)?[\r\n]+)*[ \t]*/.exec(text)
  const offset = found?.[0].length ?? 0
  return offset < text.length ? offset : 0
}
