import type { FilePlace, Origin, Path, Spot } from '#model/place.ts'
import { locateInJson } from './locate-json.ts'
import { locateInYaml, type Located } from './locate-yaml.ts'
import type { SourceText, Span } from './source-text.ts'

/** The part of a file that is re-read to find a place: a document, or one item of a List. */
export interface Fragment {
  readonly source: SourceText
  readonly start: number
  readonly end: number
  readonly form: 'yaml' | 'json'
  /** Of JSON: where the items of each list at the top begin, by its key. */
  readonly items?: ReadonlyMap<string, readonly number[]>
  /** The document that an item stands in, and where: its anchors may be needed. */
  readonly within?: { readonly fragment: Fragment; readonly path: Path }
}

/** Where the value at `path` stands, in offsets of the whole file. */
export function locateIn(fragment: Fragment, path: Path, spot: Spot): Located {
  const { source, start, end, form, within } = fragment
  if (form === 'json') return locateInItems(fragment, path, spot)
  // Lines after the first keep their indentation, so the first must too.
  const indent = columnOf(source.text, start)
  const found = locateInYaml(' '.repeat(indent) + source.text.slice(start, end), path, spot)
  if (found !== undefined) return { ...found, span: { start: found.span.start - indent + start, end: found.span.end - indent + start } }
  if (within !== undefined) return locateIn(within.fragment, [...within.path, ...path], spot)
  return { span: { start, end }, exact: false }
}

function locateInItems({ source, start, items }: Fragment, path: Path, spot: Spot): Located {
  const [key, index, ...rest] = path
  const item = typeof key === 'string' && typeof index === 'number' ? items?.get(key)?.[index] : undefined
  return item === undefined ? locateInJson(source.text, path, spot, start) : locateInJson(source.text, rest, spot, item)
}

/** How many units stand before an offset on its line. */
function columnOf(text: string, offset: number): number {
  let at = offset
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at -= 1
  return offset - at
}

/** The origin of an object that stands at `path` inside a fragment. It holds no tree: each question re-reads the fragment. */
export function originIn(fragment: Fragment, path: Path): Origin {
  return {
    locate(own, spot, inner): FilePlace {
      const whole = path.length === 0 ? own : [...path, ...own]
      if (inner === undefined || inner.length === 0) return fragment.source.place(locateIn(fragment, whole, spot).span)
      const found = locateIn(fragment, whole, 'value')
      return fragment.source.place(insideLiteral(fragment.source, found, inner, spot) ?? found.span)
    },
  }
}

/** Inside a literal block (`|`), whose lines stand in the file as they are, only indented. Of every other kind of text: undefined. */
function insideLiteral({ text }: SourceText, { span, exact, literal }: Located, inner: Path, spot: Spot): Span | undefined {
  if (!exact || literal !== true) return undefined
  const header = text.slice(span.start, span.end).search(/\n/)
  if (header < 0) return undefined
  const start = span.start + header + 1
  const found = locateInYaml(text.slice(start, span.end), inner, spot)
  return found === undefined ? undefined : { start: found.span.start + start, end: found.span.end + start }
}
