import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { eachAtOnce } from '../irsa/each-at-once.ts'
import { describeLab } from '../shared-lab.ts'
import type { Case, StandFacts } from './cases.ts'
import { corners } from './corners.ts'
import { deviations } from './deviations.ts'
import { askedOf, engineAnswer, type Answer } from './engine-answer.ts'
import { iamCases } from './generate.ts'
import { explanation, readAsLab, readings } from './readings.ts'
import { makeStand, type Stand } from './stand.ts'

const pairs = Number(process.env['MORTISE_PAIRS'] ?? 600)
const seed = Number(process.env['MORTISE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

interface Judged {
  readonly question: Case
  readonly engine: Answer
  readonly lab: Answer
  /** What the engine says when the case is read as the lab reads it. */
  readonly engineAsLab: Answer
  /** The deviations that explain why the engine, which follows AWS, says something else than the lab. */
  readonly because: readonly string[]
}

describeLab('the engine and the enforcement of IAM, on generated policies and real calls', lab => {
  // Accounts of their own: nobody else's policies, and one case at a time in each.
  const accounts = ['777711113001', '777711113002', '777711113003', '777711113004']
  let stands: readonly Stand[]
  beforeAll(async () => {
    stands = await Promise.all(accounts.map(account => makeStand(lab, account)))
  })

  test('every deviation has a reading, and no reading is without one', () => {
    expect(readings.map(({ id }) => id).sort()).toEqual(deviations.map(({ id }) => id).sort())
  })

  test.for(deviations)('$id: AWS $aws, the lab $lab', async ({ id, question, aws, lab: answer }) => {
    const [stand] = stands
    if (stand === undefined) throw new Error('no stand')
    const asked = askedOf(question(stand.facts), stand.facts)
    expect(await stand.ask(asked.question)).toBe(answer)
    // What AWS would not store has no answer of AWS's.
    if (aws !== 'refused') expect(engineAnswer(asked, stand.facts)).toBe(aws)
    expect(engineAnswer(readAsLab([id], asked, stand.facts), stand.facts)).toBe(answer)
  })

  test('they answer alike however a resource policy names the caller, within limits and without', async () => {
    const [stand] = stands
    if (stand === undefined) throw new Error('no stand')
    const judged = await eachAtOnce(1, corners(stand.facts), async question => judge(question, await stand.ask(question), stand.facts))
    process.stderr.write(`engine and IAM: corners, ${counts(judged)}\n`)
    expectExplained(judged)
  })

  test('they answer alike on generated policies, or a deviation of the lab with a citation explains why not', async () => {
    const start = performance.now()
    const share = Math.ceil(pairs / stands.length)
    const judged = (
      await eachAtOnce(stands.length, stands, async (stand, index) => {
        const questions = fc.sample(iamCases(stand.facts), { numRuns: share, seed: seed + index })
        return eachAtOnce(1, questions, async question => judge(question, await stand.ask(question), stand.facts))
      })
    ).flat()
    const took = ((performance.now() - start) / 1000).toFixed(1)
    process.stderr.write(`engine and IAM: seed ${seed} (MORTISE_SEED), ${took} s, ${counts(judged)}\n`)

    expectExplained(judged)

    // A sample that asks nothing proves nothing.
    const alike = judged.filter(({ engine, lab: answer }) => engine === answer)
    expect(alike.length).toBeGreaterThanOrEqual(pairs * 0.75)
    for (const answer of ['allowed', 'denied']) {
      expect(alike.filter(({ engine }) => engine === answer).length, answer).toBeGreaterThanOrEqual(pairs * 0.2)
    }
    // Every question is some calls to the lab, whose speed is that of the machine.
  }, 300_000)
})

function expectExplained(judged: readonly Judged[]): void {
  const different = judged.filter(({ engine, lab: answer }) => engine !== answer)
  expect(different.filter(({ because }) => because.length === 0).map(shown)).toEqual([])
  expect(judged.filter(({ lab: answer, engineAsLab }) => engineAsLab !== answer).map(shown)).toEqual([])
}

function judge(question: Case, answer: Answer, facts: StandFacts): Judged {
  const asked = askedOf(question, facts)
  const engine = engineAnswer(asked, facts)
  const everything = readings.map(({ id }) => id)
  const engineAsLab = engineAnswer(readAsLab(everything, asked, facts), facts)
  const because = engine === answer ? [] : (explanation(answer, asked, facts) ?? [])
  return { question, engine, lab: answer, engineAsLab, because }
}

/** What reproduces a difference. */
const shown = ({ question, engine, lab, engineAsLab, because }: Judged) => ({
  engine,
  lab,
  engineAsLab,
  because,
  question: JSON.stringify(question),
})

function counts(judged: readonly Judged[]): string {
  const tally = (names: readonly string[]) => {
    const groups = [...Map.groupBy(names, name => name)].map(([name, group]) => [name, group.length] as const)
    return JSON.stringify(Object.fromEntries(groups.sort(([a], [b]) => (a < b ? -1 : 1))))
  }
  const alike = judged.filter(({ engine, lab }) => engine === lab)
  const different = judged.filter(({ engine, lab }) => engine !== lab)
  const of = (list: readonly Judged[]) => tally(list.map(({ engine, lab }) => (engine === lab ? lab : `${engine}, lab ${lab}`)))
  const why = tally(different.map(({ because }) => (because.length === 0 ? 'unexplained' : because.join(' + '))))
  return `${judged.length} cases, ${alike.length} alike ${of(alike)}, ${different.length} different ${of(different)} because of ${why}`
}
