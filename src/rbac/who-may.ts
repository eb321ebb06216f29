import { matchAssociation, type PolicyAssociation } from './access-policy.ts'
import type { Rbac } from './compile.ts'
import { bindingGrant, policyGrant, type Grant } from './decide.ts'
import { prepare, type PreparedQuestion, type Question } from './question.ts'
import { matchRules } from './rule.ts'
import { mastersGroup, serviceAccountGroups, serviceAccountOf, serviceAccountUser } from './subject.ts'

export type HolderKind = 'User' | 'Group' | 'ServiceAccount' | 'Principal'

/** Somebody who may do what was asked, and everything that allows it. */
export interface Holder {
  readonly kind: HolderKind
  /** Of a principal: its ARN. Of a service account: its name alone. */
  readonly name: string
  readonly namespace?: string
  /** A service account's own bindings first, then those of its groups. */
  readonly grants: readonly Grant[]
  /** The groups, among those that may, through which a known service account may. */
  readonly through?: readonly string[]
}

export interface WhoMay {
  /** In the order of the documents; `system:masters` first, for it always may. */
  readonly holders: readonly Holder[]
  /** Associations whose policy's rules are not known, so that their principals may or may not. */
  readonly unknown: readonly PolicyAssociation[]
}

export interface KnownServiceAccount {
  readonly namespace: string
  readonly name: string
}

interface Draft {
  readonly kind: HolderKind
  readonly name: string
  readonly namespace?: string
  readonly grants: Grant[]
  through?: string[]
}

/**
 * Who may do this? Every subject that a binding or an access policy names; groups stand for members that nobody can list, except that service
 * accounts which the caller knows are also found through theirs. Users in groups come from outside the cluster: see `cluster-access.ts`.
 */
export function whoMay(rbac: Rbac, question: Question, serviceAccounts: readonly KnownServiceAccount[] = []): WhoMay {
  const prepared = prepare(question)
  const drafts = new Map<string, Draft>([[`Group\n${mastersGroup}`, { kind: 'Group', name: mastersGroup, grants: [{ by: 'masters' }] }]])
  throughBindings(rbac, prepared, drafts)
  const unknown = throughPolicies(rbac, prepared, drafts)
  expandGroups(drafts, serviceAccounts)
  return { holders: [...drafts.values()], unknown }
}

function throughBindings(rbac: Rbac, question: PreparedQuestion, drafts: Map<string, Draft>): void {
  const places = question.namespace === '' ? [''] : ['', question.namespace]
  for (const [role, byNamespace] of rbac.ofRole) {
    const bindings = places.flatMap(place => byNamespace.get(place) ?? [])
    const match = bindings.length === 0 ? undefined : matchRules(role.rules, question)
    if (match === undefined) continue
    for (const binding of bindings)
      for (const subject of binding.subjects)
        draftFor(drafts, subject.kind, subject.name).grants.push(bindingGrant({ binding, subject }, role.reference, match))
  }
}

function draftFor(drafts: Map<string, Draft>, kind: HolderKind, name: string): Draft {
  const key = `${kind}\n${name}`
  let draft = drafts.get(key)
  if (draft === undefined) {
    const account = kind === 'User' ? serviceAccountOf(name) : undefined
    draft = account === undefined ? { kind, name, grants: [] } : { kind: 'ServiceAccount', ...account, grants: [] }
    drafts.set(key, draft)
  }
  return draft
}

function throughPolicies(rbac: Rbac, question: PreparedQuestion, drafts: Map<string, Draft>): readonly PolicyAssociation[] {
  const unknown: PolicyAssociation[] = []
  for (const association of rbac.associations) {
    const match = matchAssociation(association, question)
    if (match === 'unknown') unknown.push(association.document)
    else if (match !== undefined)
      draftFor(drafts, 'Principal', association.document.principalArn).grants.push(policyGrant(association, match))
  }
  return unknown
}

function expandGroups(drafts: Map<string, Draft>, serviceAccounts: readonly KnownServiceAccount[]): void {
  const groups = new Map([...drafts.values()].flatMap(draft => (draft.kind === 'Group' ? [[draft.name, draft.grants] as const] : [])))
  for (const { namespace, name } of serviceAccounts) {
    for (const group of serviceAccountGroups(namespace)) {
      const grants = groups.get(group)
      if (grants === undefined) continue
      const draft = draftFor(drafts, 'User', serviceAccountUser(namespace, name))
      draft.grants.push(...grants)
      draft.through = [...(draft.through ?? []), group]
    }
  }
}
