import type { Rbac } from './compile.ts'
import { appliedTo, mayI, type Decision, type Grant } from './decide.ts'
import { items, strings, type ClusterRoleDocument, type PolicyRule, type RoleKind } from './documents.ts'
import type { ResourceQuestion } from './question.ts'
import { compileRules, type CompiledRule } from './rule.ts'
import { mastersGroup, type Subject } from './subject.ts'

/**
 * Beside the right to write a role or a binding, the API server asks whether the writer already has what the object would give.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export type EscalationCheck =
  | { readonly answer: 'allow'; readonly by: Grant | 'covered' }
  | {
      readonly answer: 'deny'
      /** What the writer lacks, taken apart: one verb, one resource, at most one name each. Empty: the role does not exist. */
      readonly missing: readonly PolicyRule[]
    }
  | { readonly answer: 'unknown'; readonly because: Extract<Decision, { answer: 'unknown' }>['because'] }

const rbacGroup = 'rbac.authorization.k8s.io'
const plurals = { Role: 'roles', ClusterRole: 'clusterroles' } as const satisfies Record<RoleKind, string>

/** May the subject's binding name this role? Without a namespace: a ClusterRoleBinding's. Whether it may write bindings is another question. */
export function mayBind(
  rbac: Rbac,
  subject: Subject,
  roleRef: { readonly kind: RoleKind; readonly name: string },
  namespace = '',
): EscalationCheck {
  const question = { verb: 'bind', group: rbacGroup, resource: plurals[roleRef.kind], name: roleRef.name, namespace }
  const role = rbac.roleFor(roleRef.kind, roleRef.name, namespace)
  return explicitOr(mayI(rbac, subject, question), () =>
    role === undefined
      ? { answer: 'deny', missing: [] }
      : covered(
          rbac,
          subject,
          role.rules.map(rule => rule.document),
          namespace,
        ),
  )
}

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]

/** May the subject write these rules into this role? The name counts for updates only: a create carries none. */
export function mayWriteRole(
  rbac: Rbac,
  subject: Subject,
  kind: RoleKind,
  role: ClusterRoleDocument,
  verb: 'create' | 'update',
): EscalationCheck {
  const namespace = kind === 'Role' ? (role.metadata?.namespace ?? 'default') : ''
  const name = verb === 'update' ? { name: role.metadata?.name ?? '' } : {}
  const question: ResourceQuestion = { verb: 'escalate', group: rbacGroup, resource: plurals[kind], namespace, ...name }
  // An aggregation may gather anything, so it takes all rights to set one.
  const aggregates = items(role.aggregationRule?.clusterRoleSelectors).length > 0
  return explicitOr(mayI(rbac, subject, question), () =>
    covered(rbac, subject, [...compileRules(role.rules).map(rule => rule.document), ...(aggregates ? everything : [])], namespace),
  )
}

/** The verbs `bind` and `escalate` count from any authorizer; rights held already count from RBAC alone, so access policies do not help there. */
function explicitOr(explicit: Decision, otherwise: () => EscalationCheck): EscalationCheck {
  if (explicit.answer === 'allow') return { answer: 'allow', by: explicit.grant }
  const check = otherwise()
  return check.answer === 'deny' && explicit.answer === 'unknown' ? { answer: 'unknown', because: explicit.because } : check
}

function covered(rbac: Rbac, subject: Subject, wanted: readonly PolicyRule[], namespace: string): EscalationCheck {
  if (subject.groups.includes(mastersGroup)) return { answer: 'allow', by: { by: 'masters' } }
  const owned = [...appliedTo(rbac, subject, namespace)].flatMap(({ binding }) => binding.role?.rules ?? [])
  const missing = uncovered(owned, wanted)
  return missing.length === 0 ? { answer: 'allow', by: 'covered' } : { answer: 'deny', missing }
}

/** As `Covers` of k8s.io/component-helpers/auth/rbac/validation: each smallest right must be within one rule that is owned. */
export const uncovered = (owned: readonly CompiledRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] =>
  compileRules(wanted).flatMap(rule => smallestRights(rule.document).filter(right => !owned.some(own => covers(own, right))))

interface Right extends PolicyRule {
  readonly verbs: readonly [string]
  readonly apiGroups?: readonly [string]
  readonly resources?: readonly [string]
  readonly resourceNames?: readonly [string]
  readonly nonResourceURLs?: readonly [string]
}

function smallestRights(rule: PolicyRule): readonly Right[] {
  const [verbs, apiGroups, resources] = [strings(rule.verbs), strings(rule.apiGroups), strings(rule.resources)]
  const [resourceNames, nonResourceURLs] = [strings(rule.resourceNames), strings(rule.nonResourceURLs)]
  const names = resourceNames.length === 0 ? [undefined] : resourceNames
  const objects = apiGroups.flatMap(group =>
    resources.flatMap(resource =>
      verbs.flatMap(verb =>
        names.map((name): Right => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(name === undefined ? {} : { resourceNames: [name] }),
        })),
      ),
    ),
  )
  return [...objects, ...nonResourceURLs.flatMap(path => verbs.map((verb): Right => ({ verbs: [verb], nonResourceURLs: [path] })))]
}

/** Unlike in a decision, a star that is asked for must be owned as a star. */
function covers(own: CompiledRule, right: Right): boolean {
  const [verb] = right.verbs
  if (own.verbs !== undefined && !own.verbs.has(verb)) return false
  const path = right.nonResourceURLs?.[0]
  if (path !== undefined) return own.paths === undefined || own.paths.has(path) || own.pathPrefixes.some(prefix => path.startsWith(prefix))
  const [group = ''] = right.apiGroups ?? []
  const [resource = ''] = right.resources ?? []
  if (own.groups !== undefined && !own.groups.has(group)) return false
  const slash = resource.indexOf('/')
  const inResources =
    own.resources === undefined || own.resources.has(resource) || (slash >= 0 && own.resources.has(`*${resource.slice(slash)}`))
  const name = right.resourceNames?.[0]
  return inResources && (own.names.size === 0 || (name !== undefined && own.names.has(name)))
}
