import { accessPolicyName, matchAssociation, type CompiledAssociation, type PolicyAssociation } from './access-policy.ts'
import type { Applied, ByNamespace, Rbac } from './compile.ts'
import type { BindingReference, PolicyRule, RoleReference } from './documents.ts'
import { prepare, type PreparedQuestion, type Question } from './question.ts'
import { matchRules, type RulesMatch } from './rule.ts'
import { mastersGroup, type Subject } from './subject.ts'

/** What allows: a rule, where it stands and how it reaches the subject. */
export type Grant =
  | {
      readonly by: 'binding'
      readonly binding: BindingReference
      /** Place of the subject in the binding's subjects. */
      readonly subject: number
      /** The role that the binding names. */
      readonly role: RoleReference
      /** In whose rules the deciding one stands: the role itself, or one that it aggregates. */
      readonly from: RoleReference
      /** Its place in the rules of `from`. */
      readonly rule: number
      /** For a question about some object: the only names that are allowed. Absent: all. */
      readonly onlyNames?: readonly string[]
    }
  | {
      readonly by: 'accessPolicy'
      /** Its place in the list that was compiled. */
      readonly index: number
      readonly association: PolicyAssociation
      readonly policy: string
      /** Its place in the policy's rules (`access-policies.ts`). */
      readonly rule: number
      readonly document: PolicyRule
      readonly onlyNames?: readonly string[]
    }
  /** Being in `system:masters`, which needs no rule. */
  | { readonly by: 'masters' }

export type Decision =
  | { readonly answer: 'allow'; readonly grant: Grant }
  | {
      readonly answer: 'deny'
      /** Bindings of the subject that count for nothing because their role does not exist. */
      readonly ignored: readonly BindingReference[]
    }
  /** Nothing known allows it, and an access policy whose rules are not known might. */
  | { readonly answer: 'unknown'; readonly because: readonly PolicyAssociation[]; readonly ignored: readonly BindingReference[] }

/**
 * May this subject do this? RBAC only ever adds, so the first rule found decides; which of several is named is ours to choose: the API server
 * promises no order. The node authorizer, webhooks and admission have no part in the answer.
 */
export function mayI(rbac: Rbac, subject: Subject, question: Question): Decision {
  const prepared = prepare(question)
  for (const grant of grantsTo(rbac, subject, prepared)) return { answer: 'allow', grant }
  const ignored = [...appliedTo(rbac, subject, prepared.namespace)].flatMap(({ binding }) =>
    binding.role === undefined ? [binding.reference] : [],
  )
  const because = associationsOf(rbac, subject).filter(association => matchAssociation(association, prepared) === 'unknown')
  if (because.length > 0) return { answer: 'unknown', because: because.map(association => association.document), ignored }
  return { answer: 'deny', ignored }
}

/** Everything that allows it, one rule of each binding (for each subject of it that is meant) and association: what would have to go. */
export const allGrants = (rbac: Rbac, subject: Subject, question: Question): readonly Grant[] => [
  ...grantsTo(rbac, subject, prepare(question)),
]

function* grantsTo(rbac: Rbac, subject: Subject, question: PreparedQuestion): Iterable<Grant> {
  if (subject.groups.includes(mastersGroup)) yield { by: 'masters' }
  for (const applied of appliedTo(rbac, subject, question.namespace)) {
    const { role } = applied.binding
    const match = role && matchRules(role.rules, question)
    if (role !== undefined && match !== undefined) yield bindingGrant(applied, role.reference, match)
  }
  for (const association of associationsOf(rbac, subject)) {
    const match = matchAssociation(association, question)
    if (match !== undefined && match !== 'unknown') yield policyGrant(association, match)
  }
}

/** The bindings that apply to a subject in a namespace, those of the whole cluster first. */
export function* appliedTo(rbac: Rbac, subject: Subject, namespace: string): Iterable<Applied> {
  const own: (ByNamespace<Applied> | undefined)[] = [rbac.ofUser.get(subject.user)]
  for (const group of new Set(subject.groups)) own.push(rbac.ofGroup.get(group))
  for (const place of namespace === '' ? [''] : ['', namespace]) for (const applied of own) yield* applied?.get(place) ?? []
}

const associationsOf = (rbac: Rbac, subject: Subject): readonly CompiledAssociation[] =>
  subject.principalArn === undefined ? [] : rbac.associations.filter(({ document }) => document.principalArn === subject.principalArn)

type Match = RulesMatch<{ readonly from: RoleReference } & Parameters<typeof policyGrant>[1]['rule']>

export function bindingGrant({ binding, subject }: Applied, role: RoleReference, { rule, onlyNames }: Match): Grant {
  return {
    by: 'binding',
    binding: binding.reference,
    subject: subject.index,
    role,
    from: rule.from,
    rule: rule.index,
    ...(onlyNames === undefined ? {} : { onlyNames }),
  }
}

export function policyGrant(
  association: CompiledAssociation,
  { rule, onlyNames }: Exclude<ReturnType<typeof matchAssociation>, 'unknown' | undefined>,
): Grant {
  return {
    by: 'accessPolicy',
    index: association.index,
    association: association.document,
    policy: accessPolicyName(association.document.policyArn),
    rule: rule.index,
    document: rule.document,
    ...(onlyNames === undefined ? {} : { onlyNames }),
  }
}
