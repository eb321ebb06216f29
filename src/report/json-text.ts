/** Characters that could steer a terminal or reorder a line. */
const steering = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu
/** Whatever none of them is among: told much faster. */
const beyondAscii = /[^\n\x20-\x7e]/

/** JSON that is safe to print: characters that could steer a terminal or reorder a line are escaped, which JSON itself does not ask for. */
export const jsonText = (value: unknown): string => indentedText(value, 0)

/** As it stands so deep in a document, without the blanks before it. It is made inside of as many lists, which are cut off: to indent it later is slower. */
function indentedText(value: unknown, depth: number): string {
  const whole = JSON.stringify(inLists(value, depth), null, 2)
  const brackets = depth * (depth + 1)
  const text = whole.slice(brackets + 2 * depth, whole.length - brackets)
  if (!beyondAscii.test(text)) return text
  return text.replace(steering, char =>
    Array.from({ length: char.length }, (_, index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  )
}

const inLists = (value: unknown, depth: number): unknown => (depth === 0 ? value : [inLists(value, depth - 1)])

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
    else yield indentedText(value, 1)
  }
  yield before.startsWith('{') ? '{}' : '\n}'
}

function* listParts(items: IteratorObject<unknown>): Generator<string> {
  let before = '[\n'
  for (const item of items) {
    yield `${before}    ${indentedText(item, 2)}`
    before = ',\n'
  }
  yield before.startsWith('[') ? '[]' : '\n  ]'
}
