import { accessPolicies } from './access-policies.ts'
import type { PreparedQuestion } from './question.ts'
import { compileRules, matchRules, type CompiledRule, type RulesMatch } from './rule.ts'

/**
 * An access policy of an access entry, as eks:ListAssociatedAccessPolicies gives it, and the principal that eks:DescribeAccessEntry names.
 * https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
 */
export interface PolicyAssociation {
  readonly principalArn: string
  /** The entry's user name, for showing. */
  readonly user: string
  readonly policyArn: string
  readonly accessScope: { readonly type?: string | undefined; readonly namespaces?: readonly string[] | undefined }
}

export interface CompiledAssociation {
  readonly index: number
  readonly document: PolicyAssociation
  /** Undefined when AWS does not publish the policy's rules, or not yet to us: what it allows is then unknown. */
  readonly rules: readonly CompiledRule[] | undefined
}

const compiled = new Map(Object.entries(accessPolicies).map(([name, policy]) => [name, compileRules(policy.rules)]))

/** `arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`, whatever the partition. */
export const accessPolicyName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

export const compileAssociations = (associations: readonly PolicyAssociation[]): readonly CompiledAssociation[] =>
  associations.map((document, index) => ({ index, document, rules: compiled.get(accessPolicyName(document.policyArn)) }))

/** Whether the association allows what is asked; `unknown` when its scope covers it but the policy's rules are not known. */
export function matchAssociation(
  { document, rules }: CompiledAssociation,
  question: PreparedQuestion,
): RulesMatch<CompiledRule> | 'unknown' | undefined {
  if (!inScope(document.accessScope, question)) return undefined
  return rules === undefined ? 'unknown' : matchRules(rules, question)
}

/** A scope of namespaces covers what is asked inside them, so neither cluster-wide objects nor paths. */
function inScope(scope: PolicyAssociation['accessScope'], question: PreparedQuestion): boolean {
  if (scope.type === 'cluster') return true
  if (scope.type !== 'namespace' || question.namespace === '') return false
  return (scope.namespaces ?? []).some(pattern => starMatches(pattern, question.namespace))
}

/** Namespaces may be given as `dev-*`. Each piece is taken where it first fits, so it is linear. */
function starMatches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return pattern === text
  const last = pieces.at(-1) ?? ''
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from)
    if (at < 0) return false
    from = at + piece.length
  }
  return from <= text.length - last.length
}
