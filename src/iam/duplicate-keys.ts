import type { Path } from './document.ts'

/**
 * Keys that stand twice in one object of a JSON text. JSON.parse keeps the last without a word, so a policy with two `StringEquals` blocks loses
 * one; only the text can tell. Gives the path of every repeated key; for text that is not JSON, what was found until the fault.
 */
export function duplicateKeys(text: string): readonly Path[] {
  const found: Path[] = []
  const stack: Frame[] = []
  let at = 0
  while (at < text.length) {
    const code = text[at]
    const top = stack[stack.length - 1]
    if (code === '{' || code === '[')
      stack.push({ list: code === '[', keys: new Set(), step: code === '[' ? 0 : '', expectsKey: code === '{' })
    else if (code === '}' || code === ']') stack.pop()
    else if (code === ',' && top !== undefined) {
      if (typeof top.step === 'number') top.step++
      else top.expectsKey = true
    } else if (code === '"') {
      const end = stringEnd(text, at)
      if (end === -1) return found
      if (top?.expectsKey === true) readKey(text.slice(at, end + 1), top, stack, found)
      at = end
    }
    at++
  }
  return found
}

interface Frame {
  readonly list: boolean
  readonly keys: Set<string>
  step: string | number
  expectsKey: boolean
}

function readKey(quoted: string, top: Frame, stack: readonly Frame[], found: Path[]): void {
  const key = unquote(quoted)
  top.expectsKey = false
  top.step = key
  if (top.keys.has(key)) found.push(stack.map(frame => frame.step))
  top.keys.add(key)
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return -1
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    // A faulty escape: the text is no JSON, and its parser will say so; here the raw text serves as the key.
    return quoted.slice(1, -1)
  }
}
