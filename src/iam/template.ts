import { compileRuns, globMatches, type Run } from './glob.ts'
import type { Question } from './question.ts'
import { NO, UNSURE, YES, type Truth } from './truth.ts'

/**
 * Text of a policy in which `${key}` and `${key, 'default'}` stand for a value of the request, and `${*}`, `${?}`, `${$}` for those characters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export interface Template {
  readonly source: string
  readonly parts: readonly TemplatePart[]
  /** True when some part depends on the request. */
  readonly variable: boolean
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string; readonly literal: boolean }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined }

/** Splits policy text at its variables; with the 2008 version, or none, everything is plain text. */
export function parseTemplate(source: string, variables: boolean): Template {
  if (!variables || !source.includes('${')) return { source, parts: [{ kind: 'text', text: source, literal: false }], variable: false }
  const parts: TemplatePart[] = []
  let from = 0
  while (from < source.length) {
    const open = source.indexOf('${', from)
    const close = open === -1 ? -1 : source.indexOf('}', open)
    if (open === -1 || close === -1) break
    if (open > from) parts.push({ kind: 'text', text: source.slice(from, open), literal: false })
    parts.push(parseVariable(source.slice(open + 2, close)))
    from = close + 1
  }
  if (from < source.length) parts.push({ kind: 'text', text: source.slice(from), literal: false })
  return { source, parts, variable: parts.some(part => part.kind === 'variable') }
}

function parseVariable(inside: string): TemplatePart {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'text', text: inside, literal: true }
  const comma = inside.indexOf(',')
  if (comma === -1) return { kind: 'variable', key: inside.trim().toLowerCase(), fallback: undefined }
  const quoted = inside.slice(comma + 1).trim()
  const fallback = quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'") ? quoted.slice(1, -1) : undefined
  return { kind: 'variable', key: inside.slice(0, comma).trim().toLowerCase(), fallback }
}

/** The runs of a template for one request: undefined when a variable has no value, UNSURE when nobody read the value. */
export function fillTemplate(template: Template, question: Question): readonly Run[] | undefined | typeof UNSURE {
  const runs: Run[] = []
  let unsure = false
  for (const part of template.parts) {
    if (part.kind === 'text') {
      runs.push(part)
      continue
    }
    const fact = question.lookup(part.key)
    if (fact !== undefined && 'unknown' in fact) {
      unsure = true
      continue
    }
    // Only single-valued keys can stand in a variable.
    const value = fact === undefined || fact.length !== 1 ? part.fallback : fact[0]
    if (value === undefined) return undefined
    runs.push({ text: value, literal: true })
  }
  return unsure ? UNSURE : runs
}

/** Whether the text a template stands for equals a value; wildcards mean nothing. */
export function templateEquals(template: Template, value: string, question: Question, same: (a: string, b: string) => Truth): Truth {
  const runs = fillTemplate(template, question)
  if (runs === undefined) return NO
  if (runs === UNSURE) return UNSURE
  return same(runs.map(run => run.text).join(''), value)
}

/** Whether a value fits the pattern a template stands for. */
export function templateFits(template: Template, value: string, question: Question): Truth {
  const runs = fillTemplate(template, question)
  if (runs === undefined) return NO
  if (runs === UNSURE) return UNSURE
  return runsFit(template, runs, text => globMatches(compileRuns(text), value))
}

/**
 * AWS does not say whether a `*` inside a value that a variable brings in is a wildcard. Where the two readings differ, nobody knows.
 */
function runsFit(template: Template, runs: readonly Run[], fits: (runs: readonly Run[]) => boolean): Truth {
  const literal = fits(runs)
  const risky = runs.some((run, i) => template.parts[i]?.kind === 'variable' && (run.text.includes('*') || run.text.includes('?')))
  if (!risky) return literal ? YES : NO
  const wild = fits(runs.map((run, i) => (template.parts[i]?.kind === 'variable' ? { text: run.text, literal: false } : run)))
  if (wild !== literal) return UNSURE
  return literal ? YES : NO
}
