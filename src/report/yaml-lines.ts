/** A value as YAML block lines, for showing what a change adds or removes. Its values are those of JSON. */
export function yamlLines(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.length === 0 ? ['[]'] : value.flatMap(item => itemLines(item))
  if (typeof value !== 'object' || value === null) return [scalarText(value)]
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return entries.length === 0 ? ['{}'] : entries.flatMap(([key, inner]) => entryLines(key, inner))
}

/** One entry of a map: `key: value`, or the key and its block beneath. */
export function entryLines(key: string, value: unknown): readonly string[] {
  const lines = yamlLines(value)
  const head = `${scalarText(key)}:`
  if (!isBlock(value)) return [`${head} ${lines[0] ?? ''}`]
  return [head, ...lines.map(line => `  ${line}`)]
}

/** One item of a list. */
export function itemLines(item: unknown): readonly string[] {
  return yamlLines(item).map((line, index) => `${index === 0 ? '-' : ' '} ${line}`)
}

/** Plain where YAML reads it back as the same string (YAML 1.1 too, which is what kubectl reads), else in double quotes. */
export function scalarText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null'
  return isPlain(value) ? value : JSON.stringify(value)
}

const isBlock = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).some(inner => inner !== undefined)

const safe = /^[A-Za-z0-9_./$(\\][^\x00-\x1f\x7f-\uffff,[\]{}#"'`&*!|>%@]*$/
const ambiguous = /^(?:y|yes|n|no|on|off|true|false|null|~|[-+.]?[0-9][0-9a-fA-FxXoO_.:eE+-]*|\.inf|\.nan)$/i

function isPlain(text: string): boolean {
  return safe.test(text) && !ambiguous.test(text) && !text.includes(': ') && !text.endsWith(':') && !text.endsWith(' ')
}
