/**
 * Matching, the slow way: recursion with backtracking over lists of characters. Nothing here comes from the engine it judges.
 * Answers are words: `maybe` where AWS's documents leave it open or a fact is not known.
 */
export type Word = 'yes' | 'no' | 'maybe'

/** A pattern character: itself, any one, or any run. */
export type Mark = { readonly is: string } | 'one' | 'many'

export function marks(pattern: string): Mark[] {
  return pattern.split('').map(letter => (letter === '*' ? 'many' : letter === '?' ? 'one' : { is: letter }))
}

export function literal(text: string): Mark[] {
  return text.split('').map(letter => ({ is: letter }))
}

export function fits(pattern: readonly Mark[], text: string): boolean {
  if (pattern.length === 0) return text === ''
  const [head, ...rest] = pattern
  if (head === 'many') return fits(rest, text) || (text !== '' && fits(pattern, text.slice(1)))
  if (text === '') return false
  return (head === 'one' || (typeof head === 'object' && head.is === text[0])) && fits(rest, text.slice(1))
}

export type Facts = { readonly [key: string]: string | readonly string[] | null | { readonly unknown: string } }

/** The values of a key: `absent`, `unknown`, or a list. */
export function valuesOf(facts: Facts, unlisted: 'absent' | 'unknown', key: string): 'absent' | 'unknown' | readonly string[] {
  const found = Object.entries(facts).filter(([name]) => name.toLowerCase() === key.toLowerCase())
  const [first, ...others] = found.map(([, value]) => value)
  if (first === undefined) return found.length === 0 ? unlisted : 'absent'
  if (others.some(other => JSON.stringify(listOf(other)) !== JSON.stringify(listOf(first)))) return 'unknown'
  return listOf(first)
}

function listOf(value: Facts[string] | undefined): 'absent' | 'unknown' | readonly string[] {
  if (value === null || value === undefined) return 'absent'
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.length === 0 ? 'absent' : (value as readonly string[])
  return 'unknown'
}

/** A piece of policy text: plain, or put in for a variable. */
export type Piece = { readonly text: string; readonly from: 'policy' | 'escape' | 'variable' }

/** Reads `${…}` one by one; `nothing` when a variable has no value. */
export function expand(
  text: string,
  version: string | undefined,
  lookup: (key: string) => 'absent' | 'unknown' | readonly string[],
): readonly Piece[] | 'nothing' | 'unknown' {
  if (version !== '2012-10-17') return [{ text, from: 'policy' }]
  const start = text.indexOf('${')
  const stop = start < 0 ? -1 : text.indexOf('}', start)
  if (stop < 0) return text === '' ? [] : [{ text, from: 'policy' }]
  const inside = text.slice(start + 2, stop)
  const rest = expand(text.slice(stop + 1), version, lookup)
  const here = variable(inside, lookup)
  if (here === 'nothing' || rest === 'nothing') return 'nothing'
  if (here === 'unknown' || rest === 'unknown') return 'unknown'
  return [{ text: text.slice(0, start), from: 'policy' }, here, ...rest]
}

function variable(inside: string, lookup: (key: string) => 'absent' | 'unknown' | readonly string[]): Piece | 'nothing' | 'unknown' {
  if (['*', '?', '$'].includes(inside)) return { text: inside, from: 'escape' }
  const parts = inside.split(',')
  const key = (parts[0] ?? '').trim()
  const quoted = inside.slice((parts[0] ?? '').length + 1).trim()
  const values = lookup(key)
  if (values === 'unknown') return 'unknown'
  if (values !== 'absent' && values.length === 1) return { text: values[0] ?? '', from: 'variable' }
  if (parts.length > 1 && quoted.length > 1 && quoted[0] === "'" && quoted.at(-1) === "'")
    return { text: quoted.slice(1, -1), from: 'variable' }
  return 'nothing'
}

/** Fits with wildcards of the policy; wildcards inside a variable's value are read both ways. */
export function piecesFit(pieces: readonly Piece[], value: string): Word {
  const careful = fits(
    pieces.flatMap(piece => (piece.from === 'policy' ? marks(piece.text) : literal(piece.text))),
    value,
  )
  const loose = fits(
    pieces.flatMap(piece => (piece.from === 'escape' ? literal(piece.text) : marks(piece.text))),
    value,
  )
  if (careful === loose) return careful ? 'yes' : 'no'
  return 'maybe'
}

/** Six parts at most, the last keeps its colons. Colons inside `${…}` of a policy do not count when `variables`. */
export function sixParts(text: string, variables: boolean): readonly string[] {
  let depth = 0
  const cuts: number[] = []
  for (const [i, letter] of text.split('').entries()) {
    if (variables && letter === '$' && text[i + 1] === '{' && depth === 0 && text.indexOf('}', i) > 0) depth = 1
    else if (letter === '}' && depth === 1) depth = 0
    else if (letter === ':' && depth === 0 && cuts.length < 5) cuts.push(i)
  }
  return [...cuts, text.length].map((cut, i) => text.slice(i === 0 ? 0 : (cuts[i - 1] ?? 0) + 1, cut))
}

/** Part by part; `short` says what it means when parts are missing. */
export function partsFit(
  pattern: string,
  value: string,
  context: { version: string | undefined; lookup: (key: string) => 'absent' | 'unknown' | readonly string[]; short: Word },
): Word {
  if (pattern === '*') return 'yes'
  const wanted = sixParts(pattern, context.version === '2012-10-17')
  if (wanted[0] !== 'arn') return 'no'
  const given = sixParts(value, false)
  if (given.length < 6) return 'no'
  const words = wanted.map((part, i): Word => {
    const pieces = expand(part, context.version, context.lookup)
    const variable = context.version === '2012-10-17' && hasVariable(part)
    if (variable && i < 5) return 'maybe'
    if (pieces === 'nothing') return 'no'
    return pieces === 'unknown' ? 'maybe' : piecesFit(pieces, given[i] ?? '')
  })
  if (words.includes('no')) return 'no'
  if (words.includes('maybe')) return 'maybe'
  return wanted.length < 6 ? context.short : 'yes'
}

export function hasVariable(text: string): boolean {
  const start = text.indexOf('${')
  const stop = start < 0 ? -1 : text.indexOf('}', start)
  if (stop < 0) return false
  return !['*', '?', '$'].includes(text.slice(start + 2, stop)) || hasVariable(text.slice(stop + 1))
}
