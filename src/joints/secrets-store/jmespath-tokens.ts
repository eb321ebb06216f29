/** Why an expression cannot be read. */
export class JmesPathError extends Error {}

export type Kind = 'name' | 'quoted' | 'text' | 'literal' | 'number' | 'end' | (typeof marks)[number]

export interface Token {
  readonly kind: Kind
  readonly text: string
  readonly at: number
}

const marks = [
  '[?',
  '[]',
  '||',
  '&&',
  '<=',
  '>=',
  '==',
  '!=',
  '.',
  '*',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  ',',
  ':',
  '|',
  '&',
  '<',
  '>',
  '!',
  '@',
] as const

const scalars: readonly (readonly [Kind, RegExp])[] = [
  ['name', /[A-Za-z_]\w*/y],
  ['number', /-?\d+|-/y],
  ['quoted', /"(?:[^"\\]|\\.)*"/sy],
  ['text', /'(?:[^'\\]|\\.)*'/sy],
  ['literal', /`(?:[^`\\]|\\.)*`/sy],
]

/** The tokens of an expression, as lexer.go of github.com/jmespath/go-jmespath cuts them. @throws JmesPathError */
export function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < expression.length) {
    if (/\s/.test(expression.charAt(at))) {
      at += 1
      continue
    }
    const token = scalarAt(expression, at) ?? markAt(expression, at)
    if (token === undefined) throw new JmesPathError(`nothing begins with ${expression.charAt(at)} at ${at + 1}`)
    tokens.push(token)
    at += token.text.length
  }
  return [...tokens, { kind: 'end', text: 'the end', at }]
}

function scalarAt(expression: string, at: number): Token | undefined {
  for (const [kind, pattern] of scalars) {
    pattern.lastIndex = at
    const text = pattern.exec(expression)?.[0]
    if (text === undefined) continue
    if (kind === 'quoted' && !isJson(text)) throw new JmesPathError(`${text} is no JSON text`)
    return { kind, text, at }
  }
  return undefined
}

const markAt = (expression: string, at: number): Token | undefined => {
  const text = marks.find(mark => expression.startsWith(mark, at))
  return text === undefined ? undefined : { kind: text, text, at }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
