/**
 * The four objects of Kubernetes RBAC as their API or a manifest gives them. Structural, so that client types fit; every field may be absent,
 * because a manifest is what somebody typed. https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export interface PolicyRule {
  readonly verbs?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

interface Metadata {
  readonly name?: string
  /** Of Roles and RoleBindings; `default` when absent, as kubectl would have it. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface RoleDocument {
  readonly metadata?: Metadata
  readonly rules?: readonly PolicyRule[]
}

export interface ClusterRoleDocument extends RoleDocument {
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] }
}

export interface SubjectReference {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

/** A RoleBinding or a ClusterRoleBinding. */
export interface BindingDocument {
  readonly metadata?: Metadata
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly SubjectReference[]
}

export interface RbacDocuments {
  readonly roles: readonly RoleDocument[]
  readonly clusterRoles: readonly ClusterRoleDocument[]
  readonly roleBindings: readonly BindingDocument[]
  readonly clusterRoleBindings: readonly BindingDocument[]
}

export type RoleKind = 'Role' | 'ClusterRole'
export type BindingKind = 'RoleBinding' | 'ClusterRoleBinding'

/** One of the documents that were compiled: its place in its list, and itself. */
export interface RoleReference {
  readonly kind: RoleKind
  readonly index: number
  readonly document: ClusterRoleDocument
}

export interface BindingReference {
  readonly kind: BindingKind
  readonly index: number
  readonly document: BindingDocument
}

/** The items of what should be a list; manifests hold anything. */
export const items = <Item extends object>(list: readonly Item[] | undefined): readonly (Item | undefined)[] =>
  Array.isArray(list) ? list.map((item: Item) => (typeof item === 'object' && item !== null ? item : undefined)) : []

export const strings = (list: readonly string[] | undefined): readonly string[] =>
  Array.isArray(list) ? list.filter((item: unknown) => typeof item === 'string') : []
