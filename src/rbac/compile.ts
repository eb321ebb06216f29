import type { PolicyAssociation } from './access-policy.ts'
import { compileAssociations, type CompiledAssociation } from './access-policy.ts'
import { contributorsOf } from './aggregate.ts'
import type {
  BindingDocument,
  BindingKind,
  BindingReference,
  ClusterRoleDocument,
  RbacDocuments,
  RoleKind,
  RoleReference,
} from './documents.ts'
import { items } from './documents.ts'
import { compileRules, type CompiledRule } from './rule.ts'
import { serviceAccountUser } from './subject.ts'

export interface RbacInput extends RbacDocuments {
  /**
   * Whether the rules of aggregated ClusterRoles are there already, as on a live cluster, or must be gathered by their selectors, as from
   * manifests. Either is right on a live cluster.
   */
  readonly aggregation: 'filled' | 'gathered'
  /** EKS access policies of access entries, which EKS's own authorizer adds to RBAC. */
  readonly accessPolicies?: readonly PolicyAssociation[]
}

/** A rule of a role, and the role in whose document it stands: another one, where the role gathered it. */
export interface RoleRule extends CompiledRule {
  readonly from: RoleReference
}

export interface CompiledRole {
  readonly reference: RoleReference
  readonly rules: readonly RoleRule[]
}

export interface CompiledSubject {
  /** Its place in the binding's subjects. */
  readonly index: number
  readonly kind: 'User' | 'Group'
  /** A service account is the user that it authenticates as. */
  readonly name: string
}

export interface CompiledBinding {
  readonly reference: BindingReference
  /** Empty: everywhere. */
  readonly namespace: string
  /** Undefined when the role that it names does not exist: the API server then ignores the binding. */
  readonly role: CompiledRole | undefined
  readonly subjects: readonly CompiledSubject[]
}

/** A binding that applies to some subject, and through which of its subjects. */
export interface Applied {
  readonly binding: CompiledBinding
  readonly subject: CompiledSubject
}

/** Things by the namespace that they apply in; the empty one stands for everywhere. */
export type ByNamespace<Thing> = ReadonlyMap<string, readonly Thing[]>

/** All authorization of one cluster, indexed from both ends. */
export interface Rbac {
  readonly ofUser: ReadonlyMap<string, ByNamespace<Applied>>
  readonly ofGroup: ReadonlyMap<string, ByNamespace<Applied>>
  readonly ofRole: ReadonlyMap<CompiledRole, ByNamespace<CompiledBinding>>
  readonly bindings: readonly CompiledBinding[]
  readonly associations: readonly CompiledAssociation[]
  /** The role that a binding in a namespace (empty: a ClusterRoleBinding) means, or undefined when there is none. */
  roleFor(kind: string, name: string, namespace: string): CompiledRole | undefined
}

export function compileRbac(input: RbacInput): Rbac {
  const roles = compileRoles(input)
  const roleFor: Rbac['roleFor'] = (kind, name, namespace) => {
    if (kind === 'ClusterRole') return roles.get(`\n${name}`)
    return kind === 'Role' && namespace !== '' ? roles.get(`${namespace}\n${name}`) : undefined
  }
  const bindings = [
    ...compileBindings('ClusterRoleBinding', input.clusterRoleBindings, roleFor),
    ...compileBindings('RoleBinding', input.roleBindings, roleFor),
  ]
  const ofUser = new Map<string, Map<string, Applied[]>>()
  const ofGroup = new Map<string, Map<string, Applied[]>>()
  const ofRole = new Map<CompiledRole, Map<string, CompiledBinding[]>>()
  for (const binding of bindings) {
    if (binding.role !== undefined) put(ofRole, binding.role, binding.namespace, binding)
    for (const subject of binding.subjects)
      put(subject.kind === 'User' ? ofUser : ofGroup, subject.name, binding.namespace, { binding, subject })
  }
  return { ofUser, ofGroup, ofRole, bindings, associations: compileAssociations(input.accessPolicies ?? []), roleFor }
}

function put<Key, Thing>(map: Map<Key, Map<string, Thing[]>>, key: Key, namespace: string, thing: Thing): void {
  let byNamespace = map.get(key)
  if (byNamespace === undefined) map.set(key, (byNamespace = new Map<string, Thing[]>()))
  const list = byNamespace.get(namespace)
  if (list === undefined) byNamespace.set(namespace, [thing])
  else list.push(thing)
}

const namespaceOf = (document: BindingDocument): string => document.metadata?.namespace ?? 'default'

/** By namespace and name; ClusterRoles have the empty namespace. Of two with one name the last counts, as if applied in this order. */
function compileRoles(input: RbacInput): ReadonlyMap<string, CompiledRole> {
  const roles = new Map<string, CompiledRole>()
  const references = new Map<ClusterRoleDocument, RoleReference>(
    input.clusterRoles.map((document, index) => [document, { kind: 'ClusterRole', index, document }]),
  )
  const contributors = input.aggregation === 'gathered' ? contributorsOf(input.clusterRoles) : undefined
  for (const [document, reference] of references) {
    const sources = contributors?.get(document) ?? [document]
    const rules = sources.flatMap(source => rulesOf(references.get(source) ?? reference))
    roles.set(`\n${document.metadata?.name ?? ''}`, { reference, rules })
  }
  for (const [index, document] of input.roles.entries()) {
    const reference = { kind: 'Role' satisfies RoleKind, index, document } as const
    roles.set(`${namespaceOf(document)}\n${document.metadata?.name ?? ''}`, { reference, rules: rulesOf(reference) })
  }
  return roles
}

const rulesOf = (from: RoleReference): readonly RoleRule[] =>
  compileRules((from.document satisfies ClusterRoleDocument).rules).map(rule => ({ ...rule, from }))

function compileBindings(kind: BindingKind, documents: readonly BindingDocument[], roleFor: Rbac['roleFor']): readonly CompiledBinding[] {
  return documents.map((document, index): CompiledBinding => {
    const namespace = kind === 'RoleBinding' ? namespaceOf(document) : ''
    return {
      reference: { kind, index, document },
      namespace,
      role: document.roleRef ? roleFor(document.roleRef.kind, document.roleRef.name, namespace) : undefined,
      subjects: compileSubjects(document, namespace),
    }
  })
}

function compileSubjects(document: BindingDocument, bindingNamespace: string): readonly CompiledSubject[] {
  return items(document.subjects).flatMap((subject, index): CompiledSubject[] => {
    if (subject === undefined || typeof subject.name !== 'string') return []
    switch (subject.kind) {
      case 'User':
      case 'Group':
        return [{ index, kind: subject.kind, name: subject.name }]
      case 'ServiceAccount': {
        // A RoleBinding may leave out its own namespace; a ClusterRoleBinding has none to give.
        const namespace = subject.namespace || bindingNamespace
        return namespace === '' ? [] : [{ index, kind: 'User', name: serviceAccountUser(namespace, subject.name) }]
      }
      default:
        return []
    }
  })
}
