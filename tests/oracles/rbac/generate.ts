import fc from 'fast-check'
import type { Asked, Asker, Binding, Cluster, Role, Rule, Selector } from './evaluator.ts'

/** Few words, so that rules and questions meet; each world can be had under a prefix of its own, for a cluster that others use too. */
export interface Words {
  readonly prefix: string
  readonly namespaces: readonly [string, string]
  /** What bindings to everybody's groups may give, so that they disturb nobody. Absent: anything. */
  readonly harmlessOnly?: true
}

const some = <Item>(item: fc.Arbitrary<Item>, maxLength: number, minLength = 1) => fc.array(item, { minLength, maxLength })
const optional = <Value>(key: string, value: fc.Arbitrary<Value | undefined>) =>
  value.map(given => (given === undefined ? {} : { [key]: given })) as fc.Arbitrary<Record<string, Value>>

const verbs = ['get', 'list', 'create', 'delete', 'deletecollection', 'impersonate', 'bind', 'GET']
const resources = ['pods', 'secrets', 'roles', 'Pods']
const subresources = ['log', 'exec', 'token']
const groups = ['', 'apps', 'example.com']
const names = ['a', 'b', 'a.b']

const ruleResource = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...resources) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...resources), fc.constantFrom(...subresources)).map(pair => pair.join('/')) },
  { weight: 2, arbitrary: fc.constantFrom(...subresources).map(each => `*/${each}`) },
  { weight: 1, arbitrary: fc.constantFrom('*', 'pods/*', '*/*') },
)
const starred = (words: readonly string[], weight = 8) =>
  fc.oneof({ weight, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.constant('*') })

export const objectRules: fc.Arbitrary<Rule> = fc
  .tuple(
    some(starred(verbs), 4),
    some(starred(groups, 4), 2),
    some(ruleResource, 4),
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(fc.constantFrom(...names), 2) }),
  )
  .map(([ruleVerbs, apiGroups, ruleResources, resourceNames]) => ({
    verbs: ruleVerbs,
    apiGroups,
    resources: ruleResources,
    ...(resourceNames.length > 0 ? { resourceNames } : {}),
  }))

const url = (prefix: string) =>
  fc
    .constantFrom('/', '/x', '/x/y', '/x*', '/x/*', '/x**', '/x/*/z', '/X', '/x/y*')
    .map(path => (path === '/' ? `/${prefix}` : `/${prefix}${path}`))
export const pathRules = ({ prefix, harmlessOnly }: Words): fc.Arbitrary<Rule> =>
  fc
    .tuple(
      some(fc.constantFrom('get', 'post', 'head', '*'), 2),
      some(harmlessOnly ? url(prefix) : fc.oneof(url(prefix), fc.constantFrom('*', '/*', '**')), 2),
    )
    .map(([ruleVerbs, nonResourceURLs]) => ({ verbs: ruleVerbs, nonResourceURLs }))

const rules = (words: Words, paths: boolean) =>
  some(paths ? fc.oneof({ weight: 4, arbitrary: objectRules }, { weight: 1, arbitrary: pathRules(words) }) : objectRules, 3, 1)

const labelValues = ['p', 'q']
const labels = ({ prefix }: Words) =>
  fc.dictionary(fc.constantFrom(`${prefix}/one`, `${prefix}/two`), fc.constantFrom(...labelValues), { maxKeys: 2 })

/** On a cluster with other roles a selector must insist on a label of its own, or it would gather theirs. */
function selector({ prefix, harmlessOnly }: Words): fc.Arbitrary<Selector> {
  const key = fc.constantFrom(`${prefix}/one`, `${prefix}/two`)
  const values = some(fc.constantFrom(...labelValues), 2)
  const expression = fc.oneof(
    fc.record({ key, operator: fc.constantFrom('In' as const, 'NotIn' as const), values }),
    fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
  )
  const own = { key: `${prefix}/one`, operator: 'Exists' as const }
  return fc.record({ matchLabels: labels({ prefix, namespaces: ['', ''] }), matchExpressions: some(expression, 2, 0) }).map(given => ({
    ...given,
    matchExpressions: harmlessOnly ? [...given.matchExpressions, own] : given.matchExpressions,
  }))
}

const numbered = <Item extends { readonly metadata: object }>(list: readonly Item[], name: (index: number) => string) =>
  list.map((item, index) => ({ ...item, metadata: { ...item.metadata, name: name(index) } }))

/** Bindings name roles by number, some of which do not exist. */
const roleName = (words: Words, kind: string, index: number) => `${words.prefix}-${kind === 'Role' ? 'role' : 'cluster-role'}-${index}`

function clusterRoles(words: Words): fc.Arbitrary<readonly Role[]> {
  const plain = fc.tuple(rules(words, true), labels(words)).map(([given, own]) => ({ metadata: { labels: own }, rules: given }))
  const aggregated = fc
    .tuple(some(selector(words), 2), labels(words))
    .map(([clusterRoleSelectors, own]) => ({ metadata: { labels: own }, rules: [], aggregationRule: { clusterRoleSelectors } }))
  const one = fc.oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: aggregated })
  return fc
    .array(one, { minLength: 3, maxLength: 8 })
    .map(list => numbered(list, index => roleName(words, 'ClusterRole', index)) as readonly Role[])
}

const users = ({ prefix }: Words) => fc.constantFrom(`${prefix}-u1`, `${prefix}-u2`)
const ownGroups = ({ prefix }: Words) => fc.constantFrom(`${prefix}-g1`, `${prefix}-g2`)
const accounts = fc.constantFrom('reader', 'writer')

function subjects(words: Words, inNamespace: boolean): fc.Arbitrary<NonNullable<Binding['subjects']>> {
  const [first, second] = words.namespaces
  const everybody = fc.constantFrom('system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${first}`)
  const group =
    words.harmlessOnly && !inNamespace
      ? fc.oneof(ownGroups(words), fc.constant(`system:serviceaccounts:${first}`))
      : fc.oneof(ownGroups(words), everybody)
  const namespace = inNamespace ? fc.constantFrom(first, second, undefined) : fc.constantFrom(first, second)
  const account = fc.tuple(accounts, optional('namespace', namespace)).map(([name, where]) => ({ kind: 'ServiceAccount', name, ...where }))
  const asUser = fc
    .tuple(fc.constantFrom(first, second), accounts)
    .map(([where, name]) => ({ kind: 'User', name: `system:serviceaccount:${where}:${name}` }))
  return some(
    fc.oneof(
      users(words).map(name => ({ kind: 'User', name })),
      group.map(name => ({ kind: 'Group', name })),
      account,
      asUser,
    ),
    3,
    0,
  )
}

function bindings(words: Words, kind: 'RoleBinding' | 'ClusterRoleBinding', most: number): fc.Arbitrary<readonly Binding[]> {
  const inNamespace = kind === 'RoleBinding'
  const roleRef = fc
    .tuple(inNamespace ? fc.constantFrom('Role', 'ClusterRole') : fc.constant('ClusterRole'), fc.nat(9))
    .map(([roleKind, index]) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName(words, roleKind, index) }))
  const metadata = inNamespace ? fc.constantFrom(...words.namespaces).map(namespace => ({ namespace })) : fc.constant({})
  const one = fc.record({ metadata, roleRef, subjects: subjects(words, inNamespace) })
  return fc.array(one, { maxLength: most }).map(list => numbered(list, index => `${words.prefix}-${kind.toLowerCase()}-${index}`))
}

export function clusters(words: Words, most = 8): fc.Arbitrary<Cluster> {
  const role = fc.record({ metadata: fc.constantFrom(...words.namespaces).map(namespace => ({ namespace })), rules: rules(words, false) })
  return fc.record({
    roles: fc
      .array(role, { minLength: 2, maxLength: 6 })
      .map(list => numbered(list, index => roleName(words, 'Role', index)) as readonly Role[]),
    clusterRoles: clusterRoles(words),
    roleBindings: bindings(words, 'RoleBinding', most),
    clusterRoleBindings: bindings(words, 'ClusterRoleBinding', Math.ceil(most / 2)),
  })
}

export function askers(words: Words): fc.Arbitrary<Asker> {
  const account = fc.tuple(fc.constantFrom(...words.namespaces), accounts).map(([namespace, name]) => ({
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  }))
  const person = fc
    .tuple(users(words), fc.uniqueArray(ownGroups(words), { maxLength: 2 }), fc.boolean())
    .map(([user, given, known]) => ({ user, groups: known ? [...given, 'system:authenticated'] : given }))
  return fc.oneof(
    { weight: 10, arbitrary: account },
    { weight: 10, arbitrary: person },
    { weight: 1, arbitrary: fc.constant({ user: `${words.prefix}-u1`, groups: ['system:masters'] }) },
  )
}

const maybe = (words: readonly string[]) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 3, arbitrary: fc.constantFrom(...words) })

export function questions(words: Words): fc.Arbitrary<Asked> {
  const object = fc
    .tuple(
      fc.record({ verb: starred(verbs, 20), resource: starred(resources, 20) }),
      optional('group', maybe([...groups, '*'])),
      optional('subresource', maybe([...subresources, '*'])),
      optional(
        'namespace',
        fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 5, arbitrary: fc.constantFrom(...words.namespaces) }),
      ),
      optional('name', maybe([...names, '*', ''])),
    )
    .map(parts => Object.assign({}, ...parts) as Asked)
  const path = fc.record({
    verb: fc.constantFrom('get', 'post', 'head', 'put'),
    path: fc.constantFrom('', '/', '/x', '/x/y', '/xy', '/x/y/z', '/x/*/z', '/X', '/x*', '/q').map(each => `/${words.prefix}${each}`),
  })
  return fc.oneof({ weight: 5, arbitrary: object }, { weight: 1, arbitrary: path })
}

export interface Case {
  readonly asker: Asker
  readonly asked: Asked
}

/** Half at random, which is mostly denied, and half aimed: taken from a binding and a rule of its role, with something changed in every third. */
export function cases(words: Words, cluster: Cluster): fc.Arbitrary<Case> {
  const random = fc.record({ asker: askers(words), asked: questions(words) })
  const all = [...cluster.roleBindings, ...cluster.clusterRoleBindings].filter(binding => (binding.subjects ?? []).length > 0)
  if (all.length === 0) return random
  const numbers = fc.array(fc.nat(5_039), { minLength: 10, maxLength: 10 })
  const aimed = fc.tuple(fc.constantFrom(...all), numbers, random, fc.nat(2)).map(([binding, chosen, other, third]): Case => {
    let next = 0
    const pick = <Item>(list: readonly Item[]): Item | undefined => list[(chosen[next++ % chosen.length] ?? 0) % Math.max(1, list.length)]
    const asker = asOneOf(pick(binding.subjects ?? []), binding.metadata.namespace ?? words.namespaces[0], words)
    const rule = pick(rulesBehind(cluster, binding))
    if (rule === undefined) return { asker, asked: other.asked }
    const asked = askedBy(rule, binding.metadata.namespace ?? pick(words.namespaces) ?? '', pick, words)
    return third > 0 ? { asker, asked } : { asker, asked: { ...asked, ...changed(other.asked, pick) } as Asked }
  })
  return fc.oneof(random, aimed)
}

/** Of an aggregated role: those of any role, some of which it has. */
function rulesBehind(cluster: Cluster, { roleRef, metadata }: Binding): readonly Rule[] {
  const list = roleRef.kind === 'Role' ? cluster.roles.filter(role => role.metadata.namespace === metadata.namespace) : cluster.clusterRoles
  const role = list.find(each => each.metadata.name === roleRef.name)
  return role?.aggregationRule === undefined ? (role?.rules ?? []) : cluster.clusterRoles.flatMap(each => each.rules)
}

function asOneOf(subject: NonNullable<Binding['subjects']>[number] | undefined, home: string, { prefix }: Words): Asker {
  if (subject?.kind === 'Group') {
    const namespace = subject.name.split(':')[2] ?? home
    if (subject.name.startsWith('system:')) return accountOf(namespace, 'writer')
    return { user: `${prefix}-u1`, groups: ['system:authenticated', subject.name] }
  }
  if (subject?.kind === 'ServiceAccount') return accountOf(subject.namespace ?? home, subject.name)
  return { user: subject?.name ?? '', groups: [] }
}

const accountOf = (namespace: string, name: string): Asker => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})

function askedBy(rule: Rule, namespace: string, pick: <Item>(list: readonly Item[]) => Item | undefined, { prefix }: Words): Asked {
  const word = (list: readonly string[] | undefined, otherwise: readonly string[]) => {
    const chosen = pick(list ?? [])
    return chosen === undefined || chosen === '*' ? (pick(otherwise) ?? '') : chosen
  }
  const verb = word(rule.verbs, verbs)
  if (rule.nonResourceURLs !== undefined)
    return { verb, path: word(rule.nonResourceURLs, [`/${prefix}/x`]).replace(/\*+$/, () => pick(['', 'y', '/y']) ?? '') }
  const [resource = '', subresource] = word(rule.resources, resources).split('/')
  return {
    verb,
    group: word(rule.apiGroups, groups),
    resource: resource === '*' ? word([], resources) : resource,
    namespace,
    ...(subresource === undefined ? {} : { subresource }),
    ...(rule.resourceNames === undefined ? {} : { name: word(rule.resourceNames, names) }),
  }
}

/** One field of another question, if that is of the same sort. */
function changed(other: Asked, pick: <Item>(list: readonly Item[]) => Item | undefined): object {
  const [key, value] = pick(Object.entries(other)) ?? []
  return key === undefined || key === 'resource' || key === 'path' ? {} : { [key]: value as unknown }
}
