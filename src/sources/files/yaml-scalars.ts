import {
  boolYaml11Tag,
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  floatCoreTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  seqTag,
} from 'js-yaml'

/** As Go's `strconv.ParseInt(text, 0, 64)` without underscores: a leading zero means octal. */
const integer = /^[-+]?(?:0b[01]+|0x[0-9a-fA-F]+|0o?[0-7]+|0|[1-9][0-9]*)$/
const integerCharacters = /^[-+]?[0-9][0-9a-fA-F_xo]*$/

function resolveInteger(source: string): number | typeof NOT_RESOLVED {
  if (!integerCharacters.test(source)) return NOT_RESOLVED
  const text = source.includes('_') ? source.replaceAll('_', '') : source
  if (!integer.test(text)) return NOT_RESOLVED
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '').replace(/^0(?=[0-7])/, '0o')
  return digits === '0' ? 0 : sign * Number(digits)
}

const integerTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: '-+0123456789'.split(''),
  resolve: resolveInteger,
  identify: Number.isInteger,
})

/** A tag that we do not know (`!Ref`, `!!binary`) says nothing about the value's shape, and must not lose the rest of the document. */
const unknownTags = ['!', 'tag:'].flatMap(prefix => [
  defineScalarTag<string>(prefix, { matchByTagPrefix: true, resolve: source => source, identify: () => false }),
  defineSequenceTag<unknown[]>(prefix, { matchByTagPrefix: true, create: seqTag.create, addItem: seqTag.addItem, identify: () => false }),
  defineMappingTag<Record<string, unknown>>(prefix, {
    matchByTagPrefix: true,
    create: mapTag.create,
    addPair: mapTag.addPair,
    has: mapTag.has,
    keys: mapTag.keys,
    get: mapTag.get,
    identify: () => false,
  }),
])

const implicitTags = [nullCoreTag, boolYaml11Tag, integerTag, floatCoreTag] as const

/**
 * Scalars as Kubernetes reads them (sigs.k8s.io/yaml over go-yaml v2): `yes`, `on` and `n` are booleans, `0644` is octal, `<<` merges,
 * and timestamps stay texts. YAML 1.2 would read `automountServiceAccountToken: no` as a text.
 */
export const manifestSchema = CORE_SCHEMA.withTags(boolYaml11Tag, integerTag, mergeTag, unknownTags)

/** The value of a plain scalar. */
export function plainValue(source: string): unknown {
  for (const tag of implicitTags) {
    const value: unknown = tag.resolve(source, false, tag.tagName)
    if (value !== NOT_RESOLVED) return value
  }
  return source
}
