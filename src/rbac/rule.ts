import { items, strings, type PolicyRule } from './documents.ts'
import type { PreparedQuestion } from './question.ts'

/** A rule as sets. `undefined` stands for the star: everything. */
export interface CompiledRule {
  /** Its place in the rules of its document. */
  readonly index: number
  readonly document: PolicyRule
  readonly verbs: ReadonlySet<string> | undefined
  readonly groups: ReadonlySet<string> | undefined
  readonly resources: ReadonlySet<string> | undefined
  /** Empty: no limit. */
  readonly names: ReadonlySet<string>
  readonly paths: ReadonlySet<string> | undefined
  readonly pathPrefixes: readonly string[]
}

/** What a matching rule allows of the question: all of it, or only objects of these names. */
export type RuleMatch = 'all' | readonly string[]

const setOf = (list: readonly string[] | undefined): ReadonlySet<string> | undefined => {
  const given = strings(list)
  return given.includes('*') ? undefined : new Set(given)
}

export const compileRules = (rules: readonly PolicyRule[] | undefined): readonly CompiledRule[] =>
  items(rules).flatMap((rule, index) => (rule === undefined ? [] : [compileRule(rule, index)]))

function compileRule(rule: PolicyRule, index: number): CompiledRule {
  return {
    index,
    document: rule,
    verbs: setOf(rule.verbs),
    groups: setOf(rule.apiGroups),
    resources: setOf(rule.resources),
    names: new Set(strings(rule.resourceNames)),
    paths: setOf(rule.nonResourceURLs),
    // All stars at the end go, not the last alone: `/a/**` is `/a/*`. A star elsewhere is a letter.
    pathPrefixes: strings(rule.nonResourceURLs).flatMap(path => (path.endsWith('*') ? [trimStars(path)] : [])),
  }
}

function trimStars(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0x2a) end--
  return text.slice(0, end)
}

/**
 * As `RuleAllows` of kubernetes/plugin/pkg/auth/authorizer/rbac/rbac.go does: everything is compared as text, case included; the star is special
 * only where it is the whole entry, or the resource in front of a subresource. `pods/*` therefore means nothing.
 */
export function matchRule(rule: CompiledRule, question: PreparedQuestion): RuleMatch | undefined {
  if (rule.verbs !== undefined && !rule.verbs.has(question.verb)) return undefined
  if (question.path !== undefined) return matchesPath(rule, question.path) ? 'all' : undefined
  if (rule.groups !== undefined && !rule.groups.has(question.group)) return undefined
  const { resources } = rule
  const covered =
    resources === undefined ||
    resources.has(question.resource) ||
    (question.anySubresource !== undefined && resources.has(question.anySubresource))
  if (!covered) return undefined
  // A request without a name has the empty one, which a list of names does not hold.
  if (rule.names.size === 0 || rule.names.has(question.name)) return 'all'
  return question.someName ? [...rule.names] : undefined
}

const matchesPath = (rule: CompiledRule, path: string): boolean =>
  rule.paths === undefined || rule.paths.has(path) || rule.pathPrefixes.some(prefix => path.startsWith(prefix))

/** The rule that decides among those of one role. One without a limit goes before those that name objects. */
export interface RulesMatch<Rule extends CompiledRule> {
  readonly rule: Rule
  /** Only objects of these names, in the order of the rules. Absent: all that the question is about. */
  readonly onlyNames?: readonly string[]
}

export function matchRules<Rule extends CompiledRule>(rules: readonly Rule[], question: PreparedQuestion): RulesMatch<Rule> | undefined {
  let first: Rule | undefined
  let names: Set<string> | undefined
  for (const rule of rules) {
    const match = matchRule(rule, question)
    if (match === 'all') return { rule }
    if (match === undefined) continue
    first ??= rule
    names ??= new Set()
    for (const name of match) names.add(name)
  }
  return first === undefined || names === undefined ? undefined : { rule: first, onlyNames: [...names] }
}
