/**
 * RBAC once more, slowly and from the documents alone: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/. Shares no code with `src/rbac`. Every rule is written out into single
 * permissions first and each permission is compared by itself; nothing is indexed.
 */
export interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}
interface Expression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: string[]
}
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: Expression[]
}
export interface Role {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly rules: readonly Rule[]
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly Selector[] }
}
export interface Binding {
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}
export interface Cluster {
  readonly roles: readonly Role[]
  readonly clusterRoles: readonly Role[]
  readonly roleBindings: readonly Binding[]
  readonly clusterRoleBindings: readonly Binding[]
}
export interface Asker {
  readonly user: string
  readonly groups: readonly string[]
}
export type Asked =
  | { readonly verb: string; readonly path: string }
  | {
      readonly verb: string
      readonly group?: string
      readonly resource: string
      readonly subresource?: string
      readonly namespace?: string
      readonly name?: string
    }

/** The deciding rules, as `binding kind/index of binding/name of the role where the rule stands/index of rule`. */
export function decidingRules(cluster: Cluster, asker: Asker, asked: Asked): readonly string[] {
  const found: string[] = []
  const look = (kind: string, bindings: readonly Binding[]) => {
    for (const [index, binding] of bindings.entries()) {
      const place = kind === 'RoleBinding' ? binding.metadata.namespace : undefined
      // A RoleBinding grants inside its namespace, to requests that are in a namespace.
      if (kind === 'RoleBinding' && (!('resource' in asked) || !asked.namespace || asked.namespace !== place)) continue
      if (!(binding.subjects ?? []).some(subject => isMeant(subject, asker, place))) continue
      for (const { rule, at } of rulesOf(cluster, binding, place))
        if (permissions(rule).some(one => permits(one, asked))) found.push(`${kind}/${index}/${at}`)
    }
  }
  look('ClusterRoleBinding', cluster.clusterRoleBindings)
  look('RoleBinding', cluster.roleBindings)
  return found
}

export const isAllowed = (cluster: Cluster, asker: Asker, asked: Asked): boolean =>
  asker.groups.includes('system:masters') || decidingRules(cluster, asker, asked).length > 0

function isMeant(subject: NonNullable<Binding['subjects']>[number], asker: Asker, place: string | undefined): boolean {
  if (subject.kind === 'User') return subject.name === asker.user
  if (subject.kind === 'Group') return asker.groups.some(group => group === subject.name)
  if (subject.kind !== 'ServiceAccount') return false
  const namespace = subject.namespace ? subject.namespace : place
  return namespace !== undefined && ['system', 'serviceaccount', namespace, subject.name].join(':') === asker.user
}

function rulesOf(cluster: Cluster, binding: Binding, place: string | undefined): readonly { readonly rule: Rule; readonly at: string }[] {
  const { kind, name } = binding.roleRef
  const list =
    kind === 'ClusterRole'
      ? cluster.clusterRoles
      : kind === 'Role' && place !== undefined
        ? cluster.roles.filter(role => role.metadata.namespace === place)
        : []
  const role = list.find(each => each.metadata.name === name)
  if (role === undefined) return []
  return roots(cluster, role, []).flatMap(each => each.rules.map((rule, index) => ({ rule, at: `${each.metadata.name}/${index}` })))
}

/** The roles whose rules a role has: its own, or, when it aggregates, those of every role that its selectors find, and so on. */
function roots(cluster: Cluster, role: Role, path: readonly Role[]): readonly Role[] {
  if (role.aggregationRule === undefined) return [role]
  if (path.includes(role)) return []
  const { clusterRoleSelectors } = role.aggregationRule
  const chosen = cluster.clusterRoles.filter(
    other => other !== role && clusterRoleSelectors.some(selector => isChosen(other.metadata.labels ?? {}, selector)),
  )
  return chosen.flatMap(other => roots(cluster, other, [...path, role]))
}

function isChosen(labels: Readonly<Record<string, string>>, { matchLabels = {}, matchExpressions = [] }: Selector): boolean {
  const all: Expression[] = [
    ...Object.keys(matchLabels).map((key): Expression => ({ key, operator: 'In', values: [matchLabels[key] ?? ''] })),
    ...matchExpressions,
  ]
  const fits = ({ key, operator, values = [] }: Expression) => {
    const has = key in labels
    if (operator === 'Exists') return has
    if (operator === 'DoesNotExist') return !has
    const among = has && values.some(value => value === labels[key])
    return operator === 'In' ? among : !among
  }
  return all.filter(fits).length === all.length
}

type Permission =
  | { readonly verb: string; readonly url: string }
  | { readonly verb: string; readonly group: string; readonly resource: string; readonly name: string | undefined }

function permissions({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): readonly Permission[] {
  const list: Permission[] = []
  for (const verb of verbs) {
    for (const url of nonResourceURLs) list.push({ verb, url })
    for (const group of apiGroups)
      for (const resource of resources)
        for (const name of resourceNames.length > 0 ? resourceNames : [undefined]) list.push({ verb, group, resource, name })
  }
  return list
}

function permits(one: Permission, asked: Asked): boolean {
  if (one.verb !== '*' && one.verb !== asked.verb) return false
  if ('url' in one) return 'path' in asked && urlCovers(one.url, asked.path)
  if ('path' in asked) return false
  if (one.group !== '*' && one.group !== (asked.group ?? '')) return false
  if (one.name !== undefined && one.name !== asked.name) return false
  if (one.resource === '*') return true
  if (!asked.subresource) return one.resource === asked.resource
  return [asked.resource, '*'].map(left => `${left}/${asked.subresource}`).includes(one.resource)
}

function urlCovers(url: string, path: string): boolean {
  if (url === path) return true
  if (!url.endsWith('*')) return false
  let stem = url
  while (stem.endsWith('*')) stem = stem.substring(0, stem.length - 1)
  return path.substring(0, stem.length) === stem
}
