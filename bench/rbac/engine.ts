import { compileRbac, type Rbac } from '#rbac/compile.ts'
import { mayI } from '#rbac/decide.ts'
import type { ResourceQuestion } from '#rbac/question.ts'
import { serviceAccountSubject } from '#rbac/subject.ts'
import { waysToServiceAccount } from '#rbac/ways-to-service-account.ts'
import { whoMay } from '#rbac/who-may.ts'
import { isAllowed, type Binding, type Cluster, type Role } from '../../tests/oracles/rbac/evaluator.ts'

/**
 * What the RBAC engine costs, as JSON: each figure beside its bound and beside the slow evaluator, measured in the same run. Sizes grow 1, 2, 4
 * fold so that the order of growth can be read off.
 */
const verbs = [['get', 'list', 'watch'], ['create', 'update', 'patch', 'delete'], ['*']]
const resources = [['pods', 'pods/log'], ['secrets'], ['deployments', 'statefulsets'], ['serviceaccounts', 'serviceaccounts/token'], ['*']]
const groups = ['', 'apps', 'batch']

const rulesOf = (number: number) =>
  Array.from({ length: 4 }, (_, index) => ({
    verbs: verbs[(number + index) % 29 === 0 ? 2 : (number + index) % 2] ?? [],
    apiGroups: [groups[(number + index) % 3] ?? ''],
    resources: resources[(number * 3 + index) % 31 === 0 ? 4 : (number + index) % 4] ?? [],
  }))

/** As many bindings, a tenth of them cluster-wide, in a twentieth as many namespaces; each service account is bound about twice. */
function cluster(bindings: number): {
  readonly documents: Cluster
  readonly accounts: readonly { readonly namespace: string; readonly name: string }[]
} {
  const namespaces = Math.max(1, bindings / 20)
  const home = (index: number) => `ns-${index % namespaces}`
  const wide = bindings / 10
  const role = (index: number, namespace?: string): Role => ({
    metadata: { name: `role-${index}`, ...(namespace === undefined ? {} : { namespace }) },
    rules: rulesOf(index),
  })
  const binding = (index: number, namespace?: string): Binding => ({
    metadata: { name: `binding-${index}`, ...(namespace === undefined ? {} : { namespace }) },
    roleRef:
      namespace !== undefined && index % 2 === 0
        ? { kind: 'Role', name: `role-${index % (bindings / 4)}` }
        : { kind: 'ClusterRole', name: `role-${index % 200}` },
    subjects: [
      { kind: 'ServiceAccount', name: `app-${index % 10}`, namespace: home(index) },
      index % 3 === 0 ? { kind: 'Group', name: `team-${index % 50}` } : { kind: 'User', name: `user-${index % 500}` },
    ],
  })
  return {
    documents: {
      clusterRoles: Array.from({ length: 200 }, (_, index) => role(index)),
      roles: Array.from({ length: bindings / 4 }, (_, index) => role(index, home(index))),
      clusterRoleBindings: Array.from({ length: wide }, (_, index) => binding(index)),
      roleBindings: Array.from({ length: bindings - wide }, (_, index) => binding(index, home(index))),
    },
    accounts: Array.from({ length: bindings / 2 }, (_, index) => ({
      namespace: home(index),
      name: `app-${Math.floor(index / namespaces)}`,
    })),
  }
}

/** Milliseconds of processor time of one call, the least of five rounds: a busy machine must not count. */
function measure(call: () => unknown, atLeast = 20): number {
  let calls = 1
  while (spent(call, calls) < atLeast && calls < 1e7) calls *= 2
  return round(Math.min(...Array.from({ length: 5 }, () => spent(call, calls) / calls)))
}

function spent(call: () => unknown, calls: number): number {
  const start = process.cpuUsage()
  for (let i = 0; i < calls; i++) call()
  const used = process.cpuUsage(start)
  return (used.user + used.system) / 1000
}

const round = (value: number): number => Number(value.toPrecision(3))
const question: ResourceQuestion = { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: 'ns-1', name: 'app-1' }
const everywhere: ResourceQuestion = { verb: 'list', resource: 'secrets' }

/** Who may, by asking the slow evaluator for every subject of every binding. It would take minutes, so some are asked and the rest reckoned. */
function slowWhoMay(
  documents: Cluster,
  asked: ResourceQuestion,
  most: number,
): { readonly milliseconds: number; readonly subjects: number; readonly measuredSubjects: number } {
  const names = new Set(
    [...documents.roleBindings, ...documents.clusterRoleBindings].flatMap(each => (each.subjects ?? []).map(subject => subject.name)),
  )
  const some = [...names].slice(0, most)
  const milliseconds =
    (spent(() => some.forEach(name => isAllowed(documents, { user: name, groups: [] }, asked)), 1) * names.size) / some.length
  return { milliseconds: round(milliseconds), subjects: names.size, measuredSubjects: some.length }
}

function at(bindings: number): unknown {
  const { documents, accounts } = cluster(bindings)
  const compile = (): Rbac => compileRbac({ ...documents, aggregation: 'gathered' })
  const rbac = compile()
  const subject = serviceAccountSubject('ns-1', 'app-1')
  const who = measure(() => whoMay(rbac, question))
  const slow = slowWhoMay(documents, question, 40)
  const one = measure(() => mayI(rbac, subject, question))
  const oneSlow = measure(() => isAllowed(documents, subject, question))
  return {
    bindings,
    compileMilliseconds: measure(compile),
    whoMay: {
      milliseconds: who,
      bound: bindings === 10_000 ? 50 : undefined,
      holders: whoMay(rbac, question).holders.length,
      slowEvaluator: slow,
      ratio: round(slow.milliseconds / who),
      everywhere: { milliseconds: measure(() => whoMay(rbac, everywhere)), holders: whoMay(rbac, everywhere).holders.length },
      withServiceAccounts: { milliseconds: measure(() => whoMay(rbac, question, accounts)), accounts: accounts.length },
    },
    mayI: { microseconds: round(one * 1000), slowEvaluator: round(oneSlow * 1000), ratio: round(oneSlow / one) },
    waysToServiceAccount: { milliseconds: measure(() => waysToServiceAccount(rbac, { namespace: 'ns-1', name: 'app-1' })) },
  }
}

console.log(JSON.stringify({ bench: 'rbac', node: process.version, sizes: [10_000, 20_000, 40_000].map(at) }, undefined, 2))
