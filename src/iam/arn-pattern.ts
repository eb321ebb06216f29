import { arnSegments } from './arn.ts'
import { compileGlob, compileRuns, globMatches, type Glob, type Run } from './glob.ts'
import type { Question } from './question.ts'
import { fillTemplate, parseTemplate, templateFits, type Template } from './template.ts'
import { NO, or, UNSURE, YES, type Truth } from './truth.ts'

/** A pattern over the six parts of an ARN: stars cross `/` but no colon between parts. */
export interface ArnPattern {
  readonly source: string
  /** Globs, or templates where a variable stands. Undefined when the text is no ARN at all. */
  readonly segments: readonly (Glob | Template)[] | undefined
  /** One glob for the whole text, where only the last part has wildcards and none has a variable: it then means the same. */
  readonly whole: Glob | undefined
  /** How many parts the text really had. */
  readonly given: number
  /** What a match means that holds only when missing parts are filled up with `*`. */
  readonly whenFilledUp: typeof YES | typeof UNSURE
  /** The same text as one pattern, for Resource elements with a part that ends in `*`; see `resourceFits`. */
  readonly across: Across | undefined
}

interface Across {
  readonly template: Template
  readonly glob: Glob | undefined
  /** YES when no other wildcard stands before the last part, so that only documented crossings can have matched. */
  readonly means: typeof YES | typeof UNSURE
}

/** For the ARN operators of conditions: every part is compared alone. */
export function compileArnPattern(source: string, variables: boolean): ArnPattern {
  return compile(source, variables, UNSURE, undefined)
}

/**
 * For Resource elements. Identity-based policies fill up incomplete ARNs with `*`
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns); of others AWS does not say so. A `*` that ends
 * a part may also match beyond the colon (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
 */
export function compileResourcePattern(source: string, variables: boolean, identityBased: boolean): ArnPattern {
  if (isPlainArn(source)) return plain(source, true, YES)
  const parts = splitTemplate(source, variables)
  if (source === '*' || isPlain(parts)) return compile(source, variables, YES, undefined)
  const heads = parts.length < 6 ? parts : parts.slice(0, -1)
  const crossing = heads.some(text => text.endsWith('*') && !text.endsWith('${*'))
  const inner = heads.some(text => text.includes('?') || text.slice(0, -1).includes('*') || text.includes('${'))
  const template = parseTemplate(source, variables)
  const across: Across | undefined = crossing
    ? { template, glob: template.variable ? undefined : staticGlob(template), means: inner ? UNSURE : YES }
    : undefined
  return compile(source, variables, identityBased ? YES : UNSURE, across)
}

function compile(source: string, variables: boolean, whenFilledUp: ArnPattern['whenFilledUp'], across: Across | undefined): ArnPattern {
  const texts = splitTemplate(source, variables)
  if (isPlain(texts)) return plain(source, texts[0] === 'arn', whenFilledUp)
  const common = { source, given: texts.length, whenFilledUp, across }
  const sound = texts[0] === 'arn' || (texts[0] === '*' && texts.length === 1)
  if (!sound) return { ...common, segments: undefined, whole: undefined }
  const segments = texts.map(text => {
    const template = parseTemplate(text, variables)
    return template.variable ? template : staticGlob(template)
  })
  return { ...common, segments, whole: undefined }
}

const NO_SEGMENTS: readonly Glob[] = []

/** Most patterns of real policies: one glob does for the whole text. */
const plain = (source: string, isArn: boolean, whenFilledUp: ArnPattern['whenFilledUp']): ArnPattern => ({
  source,
  given: 6,
  whenFilledUp,
  across: undefined,
  segments: isArn ? NO_SEGMENTS : undefined,
  whole: isArn ? compileGlob(source) : undefined,
})

/** The same as `isPlain` of an ARN, told without splitting it. */
function isPlainArn(source: string): boolean {
  if (!source.startsWith('arn:') || source.includes('${')) return false
  let colons = 0
  for (let i = 0; i < source.length; i++) {
    const character = source[i]
    if (character === '*' || character === '?') return false
    if (character === ':' && ++colons === 5) return true
  }
  return false
}

/** Six parts, wildcards in the last one only, and no variable. */
function isPlain(parts: readonly string[]): boolean {
  if (parts.length !== 6) return false
  for (let i = 0; i < 6; i++) {
    const part = parts[i] ?? ''
    if (part.includes('${') || (i < 5 && (part.includes('*') || part.includes('?')))) return false
  }
  return true
}

/** The glob of a template without variables. */
export function staticGlob(template: Template): Glob {
  return compileRuns(template.parts.flatMap((part): readonly Run[] => (part.kind === 'text' ? [part] : [])))
}

/** Splits at colons as an ARN, but not at those inside `${…}`. */
function splitTemplate(source: string, variables: boolean): readonly string[] {
  if (!variables || !source.includes('${')) return arnSegments(source)
  const segments: string[] = []
  let from = 0
  for (let i = 0; i < source.length && segments.length < 5; i++) {
    if (source.startsWith('${', i)) {
      const close = source.indexOf('}', i)
      if (close === -1) break
      i = close
    } else if (source[i] === ':') {
      segments.push(source.slice(from, i))
      from = i + 1
    }
  }
  segments.push(source.slice(from))
  return segments
}

/** Whether an ARN fits part by part; a pattern with missing parts fits as `whenFilledUp` says. */
export function arnFits(pattern: ArnPattern, text: string, value: readonly string[], question: Question): Truth {
  if (pattern.whole !== undefined) return globMatches(pattern.whole, text) ? YES : NO
  const { segments } = pattern
  if (segments === undefined) return NO
  if (pattern.source === '*') return YES
  if (value.length < 6) return NO
  let answer: Truth = YES
  // From the end, where patterns differ most.
  for (let i = segments.length - 1; i >= 0; i--) {
    const fit = segmentFits(segments[i], value[i] ?? '', question, i)
    if (fit === NO) return NO
    if (fit === UNSURE) answer = UNSURE
  }
  return answer === YES && pattern.given < 6 ? pattern.whenFilledUp : answer
}

/** Variables are documented for the last part only; in another part nobody knows. */
function segmentFits(segment: Glob | Template | undefined, value: string, question: Question, index: number): Truth {
  if (segment === undefined) return YES
  if (!('source' in segment)) return globMatches(segment, value) ? YES : NO
  return index === 5 ? templateFits(segment, value, question) : UNSURE
}

/** As `arnFits`, and with the stars that may cross a colon. */
export function resourceFits(pattern: ArnPattern, text: string, segments: readonly string[], question: Question): Truth {
  const fit = arnFits(pattern, text, segments, question)
  const { across } = pattern
  if (fit === YES || across === undefined || segments.length < 6) return fit
  return or(fit, acrossFits(across, text, question))
}

function acrossFits(across: Across, text: string, question: Question): Truth {
  if (across.glob !== undefined) return globMatches(across.glob, text) ? across.means : NO
  if (fillTemplate(across.template, question) === undefined) return NO
  return templateFits(across.template, text, question) === NO ? NO : UNSURE
}
