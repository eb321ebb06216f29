import { isScalar, parseDocument, visit, type Node } from 'yaml'
import type { TwiceKey } from './scan-json.ts'
import { keyText } from './locate-yaml.ts'

/** Every key that stands twice in one mapping. Slow: only documents that the fast reader refused for it come here. */
export function twiceKeysInYaml(text: string): TwiceKey[] {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent', strict: false })
  const found: TwiceKey[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Map<string, { readonly offset: number; readonly text: string }>()
      for (const pair of map.items) {
        const key = keyText(pair.key)
        if (key === undefined || !isScalar(pair.key)) continue
        const offset = pair.key.range?.[0] ?? 0
        const value = textOf(text, pair.value as Node | null)
        const first = seen.get(key)
        if (first === undefined) seen.set(key, { offset, text: value })
        else found.push({ key, first: first.offset, second: offset, same: first.text === value })
      }
    },
  })
  return found
}

const textOf = (text: string, node: Node | null): string => {
  const range = node?.range
  return range === null || range === undefined ? '' : text.slice(range[0], range[1]).trim()
}
