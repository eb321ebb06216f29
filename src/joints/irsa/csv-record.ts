/**
 * The first record of a CSV text as Go's encoding/csv reads it, which is how the webhook takes `skip-containers` apart: no trimming, empty lines
 * passed over, quotes only around a whole field. Undefined when Go reports an error; the webhook then skips no container.
 */
export function firstCsvRecord(csv: string): readonly string[] | undefined {
  const text = csv.replaceAll('\r\n', '\n').replace(/\r$/, '')
  let at = text.search(/[^\n]/)
  if (at < 0) return undefined
  const fields: string[] = []
  for (;;) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at)
    if (field === undefined) return undefined
    fields.push(field.value)
    if (text[field.end] !== ',') return fields
    at = field.end + 1
  }
}

interface Field {
  readonly value: string
  /** Where the comma, the line's end or the text's end stands. */
  readonly end: number
}

function plainField(text: string, start: number): Field | undefined {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end += 1
  const value = text.slice(start, end)
  return value.includes('"') ? undefined : { value, end }
}

function quotedField(text: string, start: number): Field | undefined {
  let value = ''
  let at = start + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return undefined
    value += text.slice(at, quote)
    const next = text[quote + 1]
    if (next === undefined || next === ',' || next === '\n') return { value, end: quote + 1 }
    if (next !== '"') return undefined
    value += '"'
    at = quote + 2
  }
}
