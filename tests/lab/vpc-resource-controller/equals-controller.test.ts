import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { securityGroupsOfPod } from '#network/security-group-policy.ts'
import { isLabRequired } from '../availability.ts'
import { findExecutable } from '../process/find-executable.ts'
import { matchCases } from './generate-cases.ts'
import { type MatchAnswer, type MatchCase, type Matcher, matchSecurityGroupPolicies, startMatcher } from './match.ts'
import { matcher } from './program.ts'

const wanted = Number(process.env['MORTISE_PAIRS'] ?? 1000)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const canRun = isLabRequired() || existsSync(matcher.path) || findExecutable('go') !== undefined

/** Both answers in the same words: refused, exempt, or these groups, of which no order is promised. */
type Reading = 'refused' | 'exempt' | readonly string[]

function controllersReading({ sort, groups = [], error }: MatchAnswer): Reading {
  if (sort === 'HostNetworking' || sort === 'Windows') return 'exempt'
  return error === undefined ? groups.toSorted() : 'refused'
}

function ourReading({ pod, serviceAccount, policies }: MatchCase): Reading {
  const answer = securityGroupsOfPod(pod, serviceAccount ?? undefined, policies)
  if ('refused' in answer) return 'refused'
  return answer.exempt === undefined ? answer.groups.toSorted() : 'exempt'
}

describe.skipIf(!canRun)('our reading of SecurityGroupPolicies and the code of the VPC resource controller', () => {
  let running: Matcher
  beforeAll(async () => {
    running = await startMatcher()
  })
  afterAll(() => running?.stop())

  test('are the same on generated pods, service accounts and policies', async () => {
    process.stderr.write(`security group policies: ${wanted} cases, seed ${seed} (MORTISE_PAIRS, MORTISE_SEED)\n`)
    const seen = new Map<string, number>()
    const same = fc.asyncProperty(matchCases, async question => {
      const theirs = controllersReading(await running.match(question))
      const what = typeof theirs === 'string' ? theirs : theirs.length > 0 ? 'groups' : 'none'
      seen.set(what, (seen.get(what) ?? 0) + 1)
      expect(ourReading(question)).toEqual(theirs)
    })
    await fc.assert(same, { numRuns: wanted, seed, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true })
    // Cases that all end alike would show nothing.
    for (const [what, least] of Object.entries({ groups: 0.15, none: 0.15, exempt: 0.05, refused: 0.01 })) {
      expect(seen.get(what) ?? 0, `cases that end in ${what}`).toBeGreaterThan(wanted * least)
    }
  })

  test('the code answers a list of cases in its order', async () => {
    const account = { metadata: { name: 'account', namespace: 'shop', labels: {} } }
    const caseOf = (groupIds: readonly string[]): MatchCase =>
      ({
        pod: { metadata: { name: 'pod', namespace: 'shop' }, spec: { serviceAccountName: 'account', containers: [] } },
        serviceAccount: account,
        policies: [{ metadata: { name: 'every', namespace: 'shop' }, spec: { podSelector: {}, securityGroups: { groupIds } } }],
      }) as never
    expect(await matchSecurityGroupPolicies([caseOf(['sg-0b', 'sg-0a', 'sg-0b']), caseOf([])])).toEqual([
      { sort: 'Linux', groups: ['sg-0b', 'sg-0a'] },
      { sort: 'Linux' },
    ])
  })
})
