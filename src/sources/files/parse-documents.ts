import { extname } from 'node:path'
import { constructFromEvents, EVENT_ID, parseEvents, YAMLException, type Event } from 'js-yaml'
import type { InputProblem } from '#model/input-problem.ts'
import { expansionOf } from './alias-expansion.ts'
import { skipBlank } from './locate-json.ts'
import { listItems } from './list-items.ts'
import type { Fragment } from './origin.ts'
import { scanJson, type TwiceKey } from './scan-json.ts'
import type { SourceText, Span } from './source-text.ts'
import { readPlainYaml } from './read-plain-yaml.ts'
import { splitDocuments } from './split-documents.ts'
import { twiceKeysInYaml } from './twice-keys.ts'
import { manifestSchema } from './yaml-scalars.ts'

export interface ReadDocument {
  readonly fragment: Fragment
  readonly value: unknown
  /** Of a YAML List: where its items stand. */
  readonly items?: readonly Span[]
  /** What is wrong with it although its value is clear. */
  readonly problems: readonly InputProblem[]
}

/** A document whose value is not known. */
export interface BrokenDocument {
  readonly fragment: Fragment
  readonly problems: readonly [InputProblem, ...InputProblem[]]
  readonly broken: true
}

/** Above this, a document that uses aliases is refused: written out it would have more nodes than any real one. */
const mostNodes = 2_000_000

const mostReported = 20

/** Every document of a file, in order. A broken one does not touch the others. */
export function* parseDocuments(source: SourceText): Generator<ReadDocument | BrokenDocument> {
  for (const span of splitDocuments(source.text)) yield* parseSpan(source, span)
}

function* parseSpan(source: SourceText, span: Span): Generator<ReadDocument | BrokenDocument> {
  let at = contentStart(source.text, span)
  while (at < span.end && (source.text[at] === '{' || source.text[at] === '[')) {
    const json = parseJson(source, { start: at, end: span.end })
    if ('fault' in json) {
      const yaml = parseYaml(source, { start: at, end: span.end })
      const isJson = extname(source.file).toLowerCase() === '.json'
      yield 'broken' in yaml && isJson ? { ...yaml, problems: [json.fault] } : yaml
      return
    }
    yield json
    at = skipBlank(source.text, json.fragment.end)
  }
  if (at === contentStart(source.text, span)) yield parseYaml(source, span)
  else if (at < span.end) yield parseYaml(source, { start: at, end: span.end })
}

/** After the document's marker. */
function contentStart(text: string, span: Span): number {
  const start = text.startsWith('---', span.start) ? span.start + 3 : span.start
  return Math.min(skipBlank(text, start), span.end)
}

function parseJson(source: SourceText, span: Span): ReadDocument | BrokenDocument | { readonly fault: InputProblem } {
  const fault = (offset: number, message: string) => ({
    fault: source.problem('JSON_SYNTAX', Math.min(offset, source.text.length), message),
  })
  const extent = scanJson(source.text, span.start)
  if ('message' in extent) return fault(extent.offset, extent.message)
  if (extent.end > span.end) return fault(span.end, 'the JSON ends too early')
  const fragment: Fragment = { source, start: span.start, end: extent.end, form: 'json', items: extent.items }
  try {
    const value: unknown = JSON.parse(source.text.slice(span.start, extent.end))
    const [first, ...rest] = extent.twice.map(twice => twiceProblem(source, twice, 0))
    // JSON.parse takes the last of two equal keys, other readers the first: nobody can say what the document means.
    if (first !== undefined && extent.twice.some(({ same }) => !same)) return { fragment, problems: [first, ...rest], broken: true }
    return { fragment, value, problems: first === undefined ? [] : [first, ...rest] }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const position = Number(/position (\d+)/.exec(error.message)?.[1] ?? 0)
    return fault(span.start + position, 'this is not JSON')
  }
}

function twiceProblem(source: SourceText, { key, first, second }: TwiceKey, start: number): InputProblem {
  const name = key.length > 80 ? `${key.slice(0, 80)}…` : key
  return source.problem(
    'DUPLICATE_KEY',
    start + second,
    `the key ${JSON.stringify(name)} stands twice, on line ${source.position(start + first).line} and on line ${source.position(start + second).line}`,
    'keep one of them',
  )
}

function parseYaml(source: SourceText, span: Span): ReadDocument | BrokenDocument {
  const fragment: Fragment = { source, ...span, form: 'yaml' }
  const plain = readPlainYaml(source.text, span)
  if (plain !== undefined) return { fragment, ...plain, problems: [] }
  const text = source.text.slice(span.start, span.end)
  const refuse = (offset: number, code: string, message: string, help?: string): BrokenDocument => ({
    fragment,
    problems: [source.problem(code, span.start + offset, message, help)],
    broken: true,
  })
  try {
    const events = parseEvents(text, { maxDepth: 100 })
    const values = constructFromEvents(events, { source: text, schema: manifestSchema })
    if (values.length > 1) return refuse(0, 'YAML_SYNTAX', 'two documents without --- between them')
    return (
      checkedAliases(events, values[0], refuse) ?? { fragment, value: values[0], ...itemsOf(text, events, values[0], span), problems: [] }
    )
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isTwice = error instanceof YAMLException && error.reason === 'duplicated mapping key'
    return isTwice ? twiceInYaml(fragment, text) : syntaxError(source, fragment, error)
  }
}

function checkedAliases(
  events: readonly Event[],
  value: unknown,
  refuse: (offset: number, code: string, message: string, help?: string) => BrokenDocument,
): BrokenDocument | undefined {
  const alias = events.find(event => event.type === EVENT_ID.ALIAS)
  if (alias === undefined) return undefined
  const expansion = expansionOf(value)
  if (expansion.is === 'cyclic') return refuse(alias.anchorStart - 1, 'YAML_CYCLE', 'an alias contains itself')
  if (expansion.nodes <= mostNodes) return undefined
  return refuse(alias.anchorStart - 1, 'YAML_ALIASES', `written out, the aliases of this document would make more than ${mostNodes} values`)
}

function itemsOf(text: string, events: readonly Event[], value: unknown, span: Span): { items?: Span[] } {
  if (typeof value !== 'object' || value === null || !('items' in value) || !Array.isArray(value.items)) return {}
  return { items: listItems(text, events).map(item => ({ start: item.start + span.start, end: item.end + span.start })) }
}

/** A document in which every double says the same is clear in spite of it; any other is not used. */
function twiceInYaml(fragment: Fragment, text: string): ReadDocument | BrokenDocument {
  const { source, start } = fragment
  const twice = twiceKeysInYaml(text)
  const [first, ...rest] = twice.slice(0, mostReported).map(each => twiceProblem(source, each, start))
  if (first === undefined) return { fragment, problems: [source.problem('DUPLICATE_KEY', start, 'a key stands twice')], broken: true }
  if (twice.some(({ same }) => !same)) return { fragment, problems: [first, ...rest], broken: true }
  const events = parseEvents(text, { maxDepth: 100 })
  if (events.some(event => event.type === EVENT_ID.ALIAS)) return { fragment, problems: [first, ...rest], broken: true }
  const [value] = constructFromEvents(events, { source: text, schema: manifestSchema, json: true })
  return { fragment, value, ...itemsOf(text, events, value, fragment), problems: [first, ...rest] }
}

function syntaxError(source: SourceText, fragment: Fragment, error: Error): BrokenDocument {
  const mark = error instanceof YAMLException ? error.mark : undefined
  const offset = Math.min(fragment.start + (mark?.position ?? 0), Math.max(fragment.start, fragment.end - 1))
  const problem = source.problem('YAML_SYNTAX', offset, error instanceof YAMLException ? error.reason : error.message)
  return { fragment, problems: [withHelp(problem, source.text.slice(fragment.start, fragment.end))], broken: true }
}

function withHelp(problem: InputProblem, text: string): InputProblem {
  if (/\{\{/.test(text)) return { ...problem, help: 'this looks like a template: render it first, for example with helm template' }
  if (problem.text !== undefined && /^\s*\t/.test(problem.text)) return { ...problem, help: 'YAML is indented with spaces, not with tabs' }
  return problem
}
