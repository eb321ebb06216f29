/** Characters that could steer a terminal or reorder a line. */
const steering = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu
/** Whatever none of them is among: told much faster. */
const beyondAscii = /[^\n\x20-\x7e]/

/** JSON that is safe to print: characters that could steer a terminal or reorder a line are escaped, which JSON itself does not ask for. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  if (!beyondAscii.test(text)) return text
  return text.replace(steering, char =>
    Array.from({ length: char.length }, (_, index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  )
}

/**
 * The same text of an object, part by part: a long report need not be in memory as a whole, nor what it is made from. Members that are iterators are
 * lists, whose items are asked for one after the other; members that are undefined are left out.
 */
export function* jsonParts(members: Readonly<Record<string, unknown>>): Generator<string> {
  let before = '{\n'
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue
    yield `${before}  ${jsonText(name)}: `
    before = ',\n'
    if (value instanceof Iterator) yield* listParts(value as IteratorObject<unknown>)
    else yield indented(jsonText(value), '\n  ')
  }
  yield before.startsWith('{') ? '{}' : '\n}'
}

function* listParts(items: IteratorObject<unknown>): Generator<string> {
  let before = '[\n'
  for (const item of items) {
    yield `${before}    ${indented(jsonText(item), '\n    ')}`
    before = ',\n'
  }
  yield before.startsWith('[') ? '[]' : '\n  ]'
}

/** Line breaks inside of texts are escaped: each that stands here begins a line. */
const indented = (text: string, lineBreak: string): string => text.replaceAll('\n', lineBreak)
