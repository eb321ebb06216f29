import {
  boolYaml11Tag,
  constructFromEvents,
  CORE_SCHEMA,
  defineScalarTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  YAMLException,
} from 'js-yaml'
import { isRecord } from '#iam/document.ts'
import type { Path } from '#model/place.ts'
import { aliasFault } from './objects-aliases.ts'

/** What the provider says of a text that it cannot read; `inner` leads to the place inside the text. */
export interface TextFault {
  readonly message: string
  readonly inner: Path
}

/** A leading zero means octal: `0644` is 420. */
const integer = /^[-+]?(?:0b[01]+|0x[0-9a-fA-F]+|0o?[0-7]+|0|[1-9][0-9]*)$/

const integerTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: '-+0123456789'.split(''),
  resolve(source) {
    if (!integer.test(source)) return NOT_RESOLVED
    const digits = source.replace(/^[-+]/, '').replace(/^0(?=[0-7])/, '0o')
    return digits === '0' ? 0 : (source.startsWith('-') ? -1 : 1) * Number(digits)
  },
  identify: Number.isInteger,
})

/** As sigs.k8s.io/yaml reads it, over go-yaml v2: `yes` is a boolean, `0644` is octal, of a key twice the last counts. */
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, integerTag, mergeTag)

/** The entries of the list that the text holds; null where one is empty. */
export function entriesOf(text: string): readonly (Readonly<Record<string, unknown>> | null)[] | TextFault {
  let value: unknown
  try {
    value = firstOf(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    return { message: `${cannotLoad}error converting YAML to JSON: yaml: ${error.reason}`, inner: [] }
  }
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return decoding(`cannot unmarshal ${shapeOf(value)} into Go value of type []*provider.SecretDescriptor`, [])
  const wrong = value.findIndex(entry => entry !== null && !isRecord(entry))
  if (wrong >= 0) return decoding(`cannot unmarshal ${shapeOf(value[wrong])} into Go value of type provider.SecretDescriptor`, [wrong])
  return value as readonly (Readonly<Record<string, unknown>> | null)[]
}

/**
 * What the first document holds; undefined where there is none. The provider's reader never comes to what follows, right YAML or not.
 * @throws YAMLException
 */
function firstOf(text: string): unknown {
  const source = text.slice(0, endOfFirst(text))
  const events = parseEvents(source, { maxDepth: 1000 })
  const fault = aliasFault(source, events)
  if (fault !== undefined) throw new YAMLException(fault)
  return constructFromEvents(events, { source, schema, json: true })[0]
}

function endOfFirst(text: string): number {
  const [first, second] = text.matchAll(/^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm)
  if (first === undefined) return text.length
  const isStart = first[0] === '---' && /^(?:[ \t]*(?:#.*)?(?:\r?\n|$)|%.*\r?\n)*$/.test(text.slice(0, first.index))
  return isStart ? (second?.index ?? text.length) : first.index
}

const cannotLoad = 'Failed to load SecretProviderClass: '

export const decoding = (what: string, inner: Path): TextFault => ({
  message: `${cannotLoad}error unmarshaling JSON: while decoding JSON: json: ${what}`,
  inner,
})

/** As encoding/json names them. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'object') return 'object'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** The key as it is written: Go's JSON takes it in any case; of several, which come in the order of their bytes, the last that holds something. */
export function keyIn(entry: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const keys = Object.keys(entry)
    .filter(each => each.toLowerCase() === key.toLowerCase())
    .sort()
  return keys.findLast(each => entry[each] !== null) ?? keys.at(-1)
}

/** Numbers and booleans become texts, where a text is wanted; of anything else the provider says that it cannot. */
export function textAt(entry: Readonly<Record<string, unknown>>, key: string, at: Path): string | TextFault {
  const own = keyIn(entry, key)
  const value = own === undefined ? undefined : entry[own]
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return decoding(`cannot unmarshal ${shapeOf(value)} into Go struct field .${key} of type string`, [...at, own ?? key])
}
