import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileRbac } from '#rbac/compile.ts'
import { allGrants, mayI, type Grant } from '#rbac/decide.ts'
import { defaultClusterRoles, withDefaultRoles } from '#rbac/default-roles.ts'
import { whoMay } from '#rbac/who-may.ts'
import type { Asker, Binding, Cluster, Role } from '../../oracles/rbac/evaluator.ts'
import { cases as casesOf, clusters, type Case, type Words } from '../../oracles/rbac/generate.ts'
import { eachAtOnce } from '../irsa/each-at-once.ts'
import { describeLab } from '../shared-lab.ts'
import { review, until, type Review } from './access-review.ts'
import { applyCluster, deleteCluster, readCluster } from './cluster-objects.ts'

const wanted = Number(process.env['MORTISE_PAIRS'] ?? 800)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const worlds = 8
const empty: Cluster = { roles: [], clusterRoles: [], roleBindings: [], clusterRoleBindings: [] }

const ruleTexts = (rules: readonly object[]) =>
  [...new Set(rules.map(rule => JSON.stringify(Object.entries(rule).sort())))].sort().join('\n')

describeLab('the RBAC engine and the API server, on generated roles, bindings and questions', lab => {
  const all: readonly Words[] = Array.from({ length: worlds }, (_, index) => ({
    prefix: `rbac-lab-${index}`,
    namespaces: [`rbac-lab-${index}-n`, `rbac-lab-${index}-m`],
    harmlessOnly: true,
  }))
  const namespaces = all.flatMap(words => [...words.namespaces, 'rbac-lab-canary'])
  const canary: Cluster = {
    roles: [],
    clusterRoles: [
      { metadata: { name: 'rbac-lab-canary' }, rules: [{ verbs: ['get'], apiGroups: ['canary.example'], resources: ['canaries'] }] },
    ],
    roleBindings: [
      {
        metadata: { name: 'rbac-lab-canary', namespace: 'rbac-lab-canary' },
        roleRef: { kind: 'ClusterRole', name: 'rbac-lab-canary' },
        subjects: [{ kind: 'User', name: 'rbac-lab-canary' }],
      },
    ],
    clusterRoleBindings: [
      {
        metadata: { name: 'rbac-lab-canary' },
        roleRef: { kind: 'ClusterRole', name: 'rbac-lab-canary' },
        subjects: [{ kind: 'Group', name: 'rbac-lab-canary' }],
      },
    ],
  }
  const generated = all.map((words, index) => fc.sample(clusters(words, 14), { numRuns: 1, seed: seed + index })[0] as Cluster)
  const cases = all.flatMap((words, index) =>
    fc.sample(casesOf(words, generated[index] as Cluster), { numRuns: Math.ceil(wanted / worlds), seed: seed + index }),
  ) satisfies readonly Case[]
  let live: Cluster
  let answers: readonly Review[]

  beforeAll(async () => {
    process.stderr.write(`rbac lab: ${cases.length} questions, seed ${seed} (MORTISE_PAIRS, MORTISE_SEED)\n`)
    await applyCluster(lab, [...generated, canary], [...new Set(namespaces)])
    await until('the aggregated roles', async () => {
      live = await readCluster(lab)
      return unlikeGathered(live).length === 0
    })
    const asked = { verb: 'get', group: 'canary.example', resource: 'canaries', namespace: 'rbac-lab-canary' }
    const seen = (asker: Asker) => async () => (await review(lab, asker, asked)).allowed
    await until('the role binding', seen({ user: 'rbac-lab-canary', groups: [] }))
    await until('the cluster role binding', seen({ user: '', groups: ['rbac-lab-canary'] }))
    answers = await eachAtOnce(8, cases, async ({ asker, asked: question }) => review(lab, asker, question))
  }, 120_000)

  afterAll(async () => deleteCluster(lab, [...generated, canary], [...new Set(namespaces)]))

  /** Aggregated roles of the cluster whose rules are not those that the engine gathers by their selectors. */
  function unlikeGathered(cluster: Cluster): readonly string[] {
    const rbac = compileRbac({ ...cluster, aggregation: 'gathered' })
    return cluster.clusterRoles.flatMap(role => {
      if (role.aggregationRule === undefined) return []
      const ours = ruleTexts((rbac.roleFor('ClusterRole', role.metadata.name, '')?.rules ?? []).map(rule => rule.document))
      return ours === ruleTexts(role.rules ?? []) ? [] : [role.metadata.name]
    })
  }

  test('every aggregated role, admin, edit and view included, has the rules that its selectors gather', () => {
    expect(live.clusterRoles.filter(role => role.aggregationRule !== undefined).length).toBeGreaterThan(3)
    expect(unlikeGathered(live)).toEqual([])
  })

  test('the default roles are those that this API server makes', () => {
    const rbac = compileRbac({ ...empty, clusterRoles: withDefaultRoles([]), aggregation: 'gathered' })
    for (const { metadata } of defaultClusterRoles) {
      const name = metadata?.name ?? ''
      const theirs = live.clusterRoles.find(role => role.metadata.name === name)?.rules ?? []
      expect(ruleTexts(theirs), name).toBe(ruleTexts((rbac.roleFor('ClusterRole', name, '')?.rules ?? []).map(rule => rule.document)))
    }
  })

  test.each([
    ['as the API server has them', () => compileRbac({ ...live, aggregation: 'filled' })],
    ['aggregated by us', () => compileRbac({ ...live, aggregation: 'gathered' })],
    ['from the manifests', () => compileRbac({ ...manifests(), aggregation: 'gathered' })],
  ])('the same answer to every question, with roles %s', (_, compile) => {
    const rbac = compile()
    const different = cases.flatMap(({ asker, asked }, index) => {
      const answer = answers[index]
      return (mayI(rbac, asker, asked).answer === 'allow') === answer?.allowed ? [] : [{ asker, asked, answer }]
    })
    expect(different).toEqual([])
    const allowed = answers.filter(answer => answer.allowed).length
    process.stderr.write(`rbac lab: ${cases.length} questions, ${allowed} allowed\n`)
    expect(allowed).toBeGreaterThan(cases.length / 20)
  })

  test('the binding that the API server names is among those that the engine names', () => {
    const rbac = compileRbac({ ...live, aggregation: 'filled' })
    for (const [index, { asker, asked }] of cases.entries()) {
      const named = /^RBAC: allowed by (\w+) "([^"]+)" of (\w+) "([^"]+)" to/.exec(answers[index]?.reason ?? '')
      if (named !== null) expect(allGrants(rbac, asker, asked).map(reasonOf)).toContain(named.slice(1).join(' '))
    }
  })

  test('everybody whom the engine finds may, says the API server', async () => {
    const rbac = compileRbac({ ...live, aggregation: 'filled' })
    const found = cases.slice(0, 60).flatMap(({ asked }) =>
      whoMay(rbac, asked).holders.map(({ kind, name, namespace }) => {
        const user = kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name
        return { asked, asker: kind === 'Group' ? { user: 'rbac-lab-nobody', groups: [name] } : { user, groups: [] } }
      }),
    )
    const allowed = await eachAtOnce(8, found, async ({ asker, asked }) => (await review(lab, asker, asked)).allowed)
    expect(found.filter((_, index) => allowed[index] !== true)).toEqual([])
    process.stderr.write(`rbac lab: ${found.length} holders asked for\n`)
  })

  /** What was applied, and the cluster's own objects. */
  function manifests(): Cluster {
    const foreign = <Item extends { readonly metadata: { readonly name: string } }>(list: readonly Item[]) =>
      list.filter(item => !item.metadata.name.startsWith('rbac-lab-'))
    return {
      roles: [...foreign<Role>(live.roles), ...generated.flatMap(cluster => cluster.roles)],
      clusterRoles: [...foreign<Role>(live.clusterRoles), ...generated.flatMap(cluster => cluster.clusterRoles)],
      roleBindings: [...foreign<Binding>(live.roleBindings), ...generated.flatMap(cluster => cluster.roleBindings)],
      clusterRoleBindings: [...foreign<Binding>(live.clusterRoleBindings), ...generated.flatMap(cluster => cluster.clusterRoleBindings)],
    }
  }
})

/** A grant in the words of the API server's reason: kind and name of binding and role. */
function reasonOf(grant: Grant): string {
  if (grant.by !== 'binding') return grant.by
  const { kind, document } = grant.binding
  const name = kind === 'RoleBinding' ? `${document.metadata?.name}/${document.metadata?.namespace}` : document.metadata?.name
  return [kind, name, grant.role.kind, grant.role.document.metadata?.name].join(' ')
}
