import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileRbac } from '#rbac/compile.ts'
import { mayBind, mayWriteRole } from '#rbac/escalation.ts'
import type { RoleKind } from '#rbac/documents.ts'
import type { Cluster, Rule } from '../../oracles/rbac/evaluator.ts'
import { objectRules, pathRules, type Words } from '../../oracles/rbac/generate.ts'
import { apiRequest } from '../control-plane/api-request.ts'
import { eachAtOnce } from '../irsa/each-at-once.ts'
import { describeLab } from '../shared-lab.ts'
import { until } from './access-review.ts'
import { applyCluster, deleteCluster, readCluster } from './cluster-objects.ts'

const attempts = Number(process.env['MORTISE_PAIRS'] ?? 240)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const group = 'rbac.authorization.k8s.io'
const namespace = 'rbac-lab-escalation'
const words: Words = { prefix: namespace, namespaces: [namespace, namespace], harmlessOnly: true }
const users = ['user-21', 'user-22', 'user-23', 'user-24']
const names = ['a', 'b', 'c', 'd'].map(letter => `${namespace}-${letter}`)

interface Attempt {
  readonly user: string
  readonly writes: RoleKind | 'RoleBinding' | 'ClusterRoleBinding'
  readonly rules: readonly Rule[]
  readonly roleRef: { readonly kind: RoleKind; readonly name: string }
}

/** Some of what a rule gives: what a user who has the rule may pass on. */
const partOf = (rule: Rule): fc.Arbitrary<Rule> => {
  const parts = Object.entries(rule).map(([key, list]) => [key, fc.subarray([...(list as readonly string[])], { minLength: 1 })] as const)
  return fc.record(Object.fromEntries(parts)) as fc.Arbitrary<unknown> as fc.Arbitrary<Rule>
}

describeLab('the engine and the API server, on writing roles and bindings with rights that the writer may lack', lab => {
  const sample = <Value>(arbitrary: fc.Arbitrary<Value>, count: number, offset = 0) =>
    fc.sample(arbitrary, { numRuns: count, seed: seed + offset })
  const rolesOf = (kind: string) => `${kind}-${namespace}`
  const cluster = clusterOf()
  const owned = (user: string) => cluster.clusterRoles.find(role => role.metadata.name === rolesOf(user))?.rules ?? []
  let given: readonly Attempt[]

  /** Each user may write roles and bindings, has some rules, and may bind or escalate some roles. */
  function clusterOf(): Cluster {
    const writer: Rule = {
      verbs: ['create'],
      apiGroups: [group],
      resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    }
    const special: readonly Rule[] = [
      { verbs: ['bind'], apiGroups: [group], resources: ['clusterroles'], resourceNames: names.slice(0, 1) },
      { verbs: ['bind'], apiGroups: [group], resources: ['roles'] },
      { verbs: ['escalate'], apiGroups: [group], resources: ['roles'] },
      { verbs: ['escalate'], apiGroups: [group], resources: ['clusterroles'], resourceNames: names.slice(1, 2) },
    ]
    const roles = users.map((user, index) => ({
      metadata: { name: rolesOf(user) },
      rules: [
        writer,
        ...sample(fc.oneof(objectRules, pathRules(words)), 4, index),
        ...(special[index] === undefined ? [] : [special[index]]),
      ],
    }))
    const others = names.map((name, index) => ({ metadata: { name }, rules: sample(partOf(roles[index]?.rules[1] ?? writer), 2, index) }))
    const subjects = (user: string) => [{ kind: 'User', name: user }]
    return {
      clusterRoles: [...roles, ...others],
      roles: others.map(role => ({
        ...role,
        metadata: { ...role.metadata, namespace },
        rules: role.rules.filter(rule => rule.resources !== undefined),
      })),
      // Two have their rights everywhere, two in the namespace only.
      clusterRoleBindings: users.slice(0, 2).map(user => ({
        metadata: { name: rolesOf(user) },
        roleRef: { kind: 'ClusterRole', name: rolesOf(user) },
        subjects: subjects(user),
      })),
      roleBindings: users.slice(2).map(user => ({
        metadata: { name: rolesOf(user), namespace },
        roleRef: { kind: 'ClusterRole', name: rolesOf(user) },
        subjects: subjects(user),
      })),
    }
  }

  function attemptsOf(): readonly Attempt[] {
    const one = fc.constantFrom(...users).chain(user => {
      const local = !users.slice(0, 2).includes(user)
      const writes = local
        ? fc.constantFrom('Role' as const, 'RoleBinding' as const)
        : fc.constantFrom('Role' as const, 'ClusterRole' as const, 'RoleBinding' as const, 'ClusterRoleBinding' as const)
      return writes.chain(kind => {
        const rule = fc.oneof(fc.constantFrom(...owned(user)).chain(partOf), objectRules)
        const fits = rule.filter(each => kind === 'ClusterRole' || each.resources !== undefined)
        const refKind: fc.Arbitrary<RoleKind> =
          kind === 'ClusterRoleBinding' ? fc.constant('ClusterRole') : fc.constantFrom('Role', 'ClusterRole')
        return fc.record({
          user: fc.constant(user),
          writes: fc.constant(kind),
          rules: fc.array(fits, { minLength: 1, maxLength: 2 }),
          roleRef: fc.record({ kind: refKind, name: fc.constantFrom(...names, ...users.map(rolesOf)) }),
        })
      })
    })
    return sample(one, attempts)
  }

  beforeAll(async () => {
    process.stderr.write(`rbac escalation: ${attempts} attempts, seed ${seed} (MORTISE_PAIRS, MORTISE_SEED)\n`)
    await applyCluster(lab, [cluster], [namespace])
    given = attemptsOf()
    const harmless: Rule = { verbs: ['create'], apiGroups: [group], resources: ['roles'] }
    for (const user of users)
      await until(
        `the rights of ${user}`,
        async () => (await write({ user, writes: 'Role', rules: [harmless], roleRef: { kind: 'Role', name: '' } })) === 201,
      )
  }, 120_000)
  afterAll(async () => deleteCluster(lab, [cluster], [namespace]))

  const plurals = { Role: 'roles', ClusterRole: 'clusterroles', RoleBinding: 'rolebindings', ClusterRoleBinding: 'clusterrolebindings' }

  /** As that user, without effect: the status that the API server answers. */
  async function write({ user, writes, rules, roleRef }: Attempt): Promise<number> {
    const where = writes.startsWith('Cluster') ? '' : `/namespaces/${namespace}`
    const content = writes.endsWith('Binding')
      ? { roleRef: { apiGroup: group, ...roleRef }, subjects: [{ apiGroup: group, kind: 'User', name: 'somebody' }] }
      : { rules }
    const body = { apiVersion: `${group}/v1`, kind: writes, metadata: { name: 'rbac-lab-attempt' }, ...content }
    const { status, body: text } = await apiRequest(lab, 'POST', `/apis/${group}/v1${where}/${plurals[writes]}?dryRun=All`, { user, body })
    // A role that is not there answers 404 where its rules would have to be compared.
    if (![201, 403, 404].includes(status)) throw new Error(`${status}: ${text}`)
    return status
  }

  test('the same answer to every attempt', async () => {
    const rbac = compileRbac({ ...(await readCluster(lab)), aggregation: 'filled' })
    const statuses = await eachAtOnce(8, given, async attempt => write(attempt))
    const ours = given.map(({ user, writes, rules, roleRef }) => {
      const subject = { user, groups: ['system:authenticated'] }
      const home = writes.startsWith('Cluster') ? '' : namespace
      if (writes === 'Role' || writes === 'ClusterRole')
        return mayWriteRole(rbac, subject, writes, { metadata: { name: 'rbac-lab-attempt', namespace }, rules }, 'create')
      return mayBind(rbac, subject, roleRef, home)
    })
    const different = given.flatMap((attempt, index) =>
      (ours[index]?.answer === 'allow') === (statuses[index] === 201) ? [] : [{ attempt, ours: ours[index], status: statuses[index] }],
    )
    expect(different).toEqual([])
    const counts = Map.groupBy(statuses, status => status)
    process.stderr.write(`rbac escalation: ${[...counts].map(([status, all]) => `${all.length} × ${status}`).join(', ')}\n`)
    expect(counts.get(201)?.length ?? 0).toBeGreaterThan(attempts / 10)
    expect(counts.get(403)?.length ?? 0).toBeGreaterThan(attempts / 10)
  })
})
