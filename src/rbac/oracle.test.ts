import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decidingRules, isAllowed, type Asked, type Asker, type Cluster } from '../../tests/oracles/rbac/evaluator.ts'
import { cases, clusters, questions, type Words } from '../../tests/oracles/rbac/generate.ts'
import { compileRbac, type Rbac } from './compile.ts'
import { allGrants, mayI, type Grant } from './decide.ts'
import { serviceAccountSubject, serviceAccountUser } from './subject.ts'
import { whoMay, type Holder } from './who-may.ts'

const runs = Number(process.env['MORTISE_RUNS'] ?? 5_000)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
process.stderr.write(`rbac oracle: ${runs} runs, seed ${seed} (MORTISE_RUNS, MORTISE_SEED)\n`)

const words: Words = { prefix: 'p', namespaces: ['n', 'm'] }
const withCases = clusters(words).chain(cluster =>
  fc.record({ cluster: fc.constant(cluster), asked: fc.array(cases(words, cluster), { minLength: 1, maxLength: 6 }) }),
)
const gathered = (cluster: Cluster) => compileRbac({ ...cluster, aggregation: 'gathered' })
const placeOf = (grant: Grant) =>
  grant.by === 'binding' ? `${grant.binding.kind}/${grant.binding.index}/${grant.from.document.metadata?.name}/${grant.rule}` : grant.by

describe('the engine against the slow evaluator', () => {
  test('decides alike, and names rules that decide', () => {
    const seen = { allow: 0, deny: 0, unknown: 0 }
    fc.assert(
      fc.property(withCases, ({ cluster, asked }) => {
        const rbac = gathered(cluster)
        for (const { asker: subject, asked: question } of asked) {
          const decision = mayI(rbac, subject, question)
          seen[decision.answer]++
          expect(decision.answer).toBe(isAllowed(cluster, subject, question) ? 'allow' : 'deny')
          const wanted = decidingRules(cluster, subject, question)
          const grants = allGrants(rbac, subject, question).map(placeOf)
          expect([...wanted, 'masters']).toEqual(expect.arrayContaining(grants))
          const bindings = (places: readonly string[]) =>
            new Set(places.filter(place => place !== 'masters').map(place => place.split('/').slice(0, 2).join('/')))
          expect(bindings(grants)).toEqual(bindings(wanted))
        }
      }),
      { numRuns: runs, seed },
    )
    process.stderr.write(`rbac oracle: ${JSON.stringify(seen)}\n`)
  }, 0)

  test('finds everybody who may, and nobody else', () => {
    const known = words.namespaces.flatMap(namespace => ['reader', 'writer', 'idle'].map(name => ({ namespace, name })))
    fc.assert(
      fc.property(clusters(words), questions(words), (cluster, question) => {
        const { holders } = whoMay(gathered(cluster), question, known)
        const found = new Map(holders.map(holder => [`${holder.kind} ${holder.namespace ?? ''} ${holder.name}`, holder]))
        const expectHeld = (held: boolean, holder: Holder | undefined) =>
          expect(holder !== undefined && holder.grants.length > 0).toBe(held)
        for (const user of ['p-u1', 'p-u2']) expectHeld(isAllowed(cluster, { user, groups: [] }, question), found.get(`User  ${user}`))
        for (const group of ['p-g1', 'p-g2', 'system:authenticated', 'system:serviceaccounts', 'system:masters'])
          expectHeld(isAllowed(cluster, { user: '', groups: [group] }, question), found.get(`Group  ${group}`))
        for (const { namespace, name } of known)
          expectHeld(isAllowed(cluster, serviceAccountSubject(namespace, name), question), found.get(`ServiceAccount ${namespace} ${name}`))
        expect(found.size).toBe(holders.length)
        for (const holder of holders)
          for (const grant of holder.grants)
            expect(namesOf(grant)).toContain(holder.kind === 'ServiceAccount' ? accountName(holder, grant) : holder.name)
      }),
      { numRuns: Math.ceil(runs / 2), seed },
    )
  }, 0)

  test('a question about some object is answered by the names that it may be', () => {
    fc.assert(
      fc.property(withCases, ({ cluster, asked }) => {
        const rbac = gathered(cluster)
        for (const { asker: subject, asked: question } of asked) if ('resource' in question) someObject(cluster, rbac, subject, question)
      }),
      { numRuns: Math.ceil(runs / 2), seed },
    )
  }, 0)
})

/** Asks about some object, and compares with the slow evaluator name by name. */
function someObject(cluster: Cluster, rbac: Rbac, subject: Asker, { name: _, ...rest }: Extract<Asked, { resource: string }>): void {
  const carriesNoName = rest.verb === 'deletecollection' || (rest.verb === 'create' && rest.subresource === undefined)
  const grants = allGrants(rbac, subject, { ...rest, someName: true })
  for (const name of ['a', 'b', 'a.b', 'other']) {
    const allowed = grants.some(grant => grant.by === 'masters' || grant.onlyNames === undefined || grant.onlyNames.includes(name))
    expect(allowed).toBe(isAllowed(cluster, subject, carriesNoName ? rest : { ...rest, name }))
  }
}

/** The subject that a grant points at, as it may be called. */
function namesOf(grant: Grant): readonly string[] {
  if (grant.by !== 'binding') return ['system:masters']
  const subject = grant.binding.document.subjects?.[grant.subject]
  const namespace = subject?.namespace ?? grant.binding.document.metadata?.namespace ?? ''
  return subject?.kind === 'ServiceAccount' ? [serviceAccountUser(namespace, subject.name)] : [subject?.name ?? '']
}

/** A service account is meant by itself, or by one of its groups. */
function accountName(holder: Holder, grant: Grant): string {
  const { user, groups } = serviceAccountSubject(holder.namespace ?? '', holder.name)
  return [user, ...groups].find(name => namesOf(grant).includes(name)) ?? user
}
