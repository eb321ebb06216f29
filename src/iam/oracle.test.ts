import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicy, type CompiledPolicy, type PolicyKind } from './compile.ts'
import { decide, type Policies } from './decide.ts'
import { explainPolicy } from './explain.ts'
import type { Request } from './request.ts'
import { caseOf, oracle, type OraclePolicies, type OracleRequest } from '../../tests/oracles/iam/evaluator.ts'
import { conditionWord } from '../../tests/oracles/iam/conditions.ts'
import { judge } from '../../tests/oracles/iam/statements.ts'
import { lines } from '../../tests/oracles/iam/generate-conditions.ts'
import { policies, requests, statements } from '../../tests/oracles/iam/generate.ts'

const runs = Number(process.env['MORTISE_RUNS'] ?? 20_000)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
process.stderr.write(`iam oracle: ${runs} runs, seed ${seed} (MORTISE_RUNS, MORTISE_SEED)\n`)

const compile = (documents: readonly unknown[] | 'unread', kind: PolicyKind): readonly CompiledPolicy[] | 'unread' =>
  documents === 'unread' ? documents : documents.map(document => compilePolicy(document, kind))

function compileAll(given: OraclePolicies): Policies {
  const { serviceControl, resourceControl, endpoint, resource, identity, boundary, session } = given
  const levels = (list: OraclePolicies['serviceControl'], kind: PolicyKind) =>
    list === 'unread' || list === undefined ? list : list.map(level => compile(level, kind))
  return Object.fromEntries(
    Object.entries({
      serviceControl: levels(serviceControl, 'serviceControl'),
      resourceControl: levels(resourceControl, 'resourceControl'),
      endpoint: endpoint && compile(endpoint, 'endpoint'),
      resource: resource && compile(resource, given.resourceKind ?? 'resource'),
      identity: identity && compile(identity, 'identity'),
      boundary: boundary && compile(boundary, 'boundary'),
      session: session && compile(session, 'session'),
    }).filter(([, value]) => value !== undefined),
  ) as Policies
}

describe('the engine against the slow evaluator', () => {
  const seen: Record<string, number> = {}
  test('answers alike', () => {
    fc.assert(
      fc.property(requests, policies, (request, given) => {
        const wanted = oracle(request, given)
        seen[wanted] = (seen[wanted] ?? 0) + 1
        const decision = decide(request as unknown as Request, compileAll(given))
        expect(decision.answer).toBe(wanted)
        if (decision.answer === 'unknown') expect(decision.conditional.length + decision.notRead.length).toBeGreaterThan(0)
        else expect(decision.conditional).toEqual([])
      }),
      { numRuns: runs, seed },
    )
    process.stderr.write(`iam oracle: ${JSON.stringify(seen)}\n`)
  }, 0)

  test('compares every condition alike', () => {
    fc.assert(
      fc.property(lines, requests, ({ operator, wanted, asked, tag, version }, request) => {
        const Condition = { [operator]: { 'x:K': wanted } }
        const full = { ...request, context: { 'X:k': asked, 'aws:principaltag/T': tag }, unlistedKeys: 'absent' as const }
        const word = conditionWord(Condition, { version, lookup: caseOf(full).lookup })
        const policy = compilePolicy(
          { Version: version, Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } },
          'identity',
        )
        const [trace] = explainPolicy(full as unknown as Request, policy)
        expect(trace?.outcome).toBe({ yes: 'matches', no: 'differs', maybe: 'unknown' }[word])
      }),
      { numRuns: Math.ceil(runs / 2), seed },
    )
  }, 0)

  test('explains every statement alike, and points at what exists', () => {
    const one = fc
      .constantFrom<PolicyKind>('identity', 'session', 'resource', 'trust')
      .chain(kind =>
        fc.record({ kind: fc.constant(kind), statement: statements(kind !== 'identity' && kind !== 'session', kind !== 'trust') }),
      )
    fc.assert(
      fc.property(requests, one, fc.boolean(), (request, { kind, statement }, list) => {
        const document = { Version: '2012-10-17', Statement: list ? [statement] : statement }
        const verdict = judge(statement, kind, '2012-10-17', caseOf(request))
        const [trace] = explainPolicy(request as unknown as Request, compilePolicy(document, kind))
        const wanted = verdict.word === 'no' ? 'differs' : verdict.word === 'yes' && verdict.valid ? 'matches' : 'unknown'
        expect(trace?.outcome).toBe(wanted)
        expect(trace?.differences.length === 0).toBe(wanted === 'matches')
        for (const difference of trace?.differences ?? []) expect(exists(document, difference.path)).toBe(true)
      }),
      { numRuns: Math.ceil(runs / 2), seed },
    )
  }, 0)

  test('a certain answer stays when unknown keys become known', () => {
    const filled = fc.constantFrom<string | readonly string[] | null>('a', 'b', '', null, ['a', 'b'], '10.1.2.3', 'arn:aws:s3:::b', 'true')
    fc.assert(
      fc.property(requests, policies, filled, (request, given, value) => {
        const compiled = compileAll(given)
        const before = decide(request as unknown as Request, compiled).answer
        if (before === 'unknown') return
        expect(decide(fill(request, value) as unknown as Request, compiled).answer === 'allow').toBe(before === 'allow')
      }),
      { numRuns: Math.ceil(runs / 4), seed },
    )
  }, 0)
})

/** Every unknown key gets the value; keys that differ by case only are left out, for they stay ambiguous. */
function fill(request: OracleRequest, value: string | readonly string[] | null): OracleRequest {
  const lower = new Map(Object.entries(request.context).map(([key, each]) => [key.toLowerCase(), each]))
  const names = ['aws:principaltag/t', 'aws:sourcevpce', 'aws:tagkeys', 'aws:other', 'aws:none', 'aws:principalaccount']
  const open = request.unlistedKeys === 'unknown' ? names.filter(name => !lower.has(name)) : []
  const context = Object.fromEntries(
    Object.entries(request.context).map(([key, each]) => [
      key,
      typeof each === 'object' && each !== null && 'unknown' in each ? value : each,
    ]),
  )
  return { ...request, context: { ...context, ...Object.fromEntries(open.map(name => [name, value])) }, unlistedKeys: 'absent' }
}

/** Follows a path by own properties only. */
function exists(document: unknown, path: readonly (string | number)[]): boolean {
  const [step, ...rest] = path
  if (step === undefined) return true
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, step)) return false
  return exists((document as Record<string | number, unknown>)[step], rest)
}
