import { has, type Bitset } from './bitset.ts'
import { verdictCodes, type VerdictCode } from './aws/rows.ts'
import { trafficKey } from './aws/traffic.ts'
import type { Joined } from './joined-layers.ts'
import { isOfTwoSorts, makeSorter, mayBeApart, mayShareNode, pairsOf, type Sort } from './matrix-sorts.ts'
import type { MatrixAnswer, MatrixCell, MatrixOptions, PodGroup, ReachMatrix, Traffic } from './network.ts'
import type { Answer } from './question.ts'

/** Groups by groups, in classes: a thousand pods of one Deployment cost what one of them costs. */
export function makeMatrix(joined: Joined): (options: MatrixOptions) => ReachMatrix {
  let sorter: ((group: PodGroup) => readonly Sort[]) | undefined
  return ({ from, to, traffic, onlyDisagreements = false }) => {
    const sortsOf = (sorter ??= makeSorter(joined))
    const asked = makeAsked(joined)
    const destinations = to.map(group => ({
      group,
      sorts: sortsOf(group),
      traffic: (typeof traffic === 'function' ? traffic(group) : traffic).map(asked),
    }))
    const cells: MatrixCell[] = []
    from.forEach((source, row) => {
      const own = sortsOf(source)
      destinations.forEach(({ group, sorts, traffic: questions }, column) => {
        if (source.id === group.id && source.pods.length < 2) return
        const answers = answersOf(joined, own, sorts, questions)
        if (answers === undefined) return
        if (onlyDisagreements && answers.every(({ aws, kubernetes }) => aws === kubernetes)) return
        cells.push({ from: row, to: column, answers })
      })
    })
    return { cells }
  }
}

/** Traffic, with what policies say of it: rows are fetched once, whoever asks. */
interface Asked {
  readonly traffic: Traffic
  readonly awsCode: ReturnType<Joined['aws']['codes']>
  readonly policyCode: (from: Sort, to: Sort) => VerdictCode
}

function makeAsked(joined: Joined): (traffic: Traffic) => Asked {
  const known = new Map<string, Asked>()
  return ({ protocol, port }) => {
    const name = `${protocol}/${port}`
    const found = known.get(name)
    if (found !== undefined) return found
    const traffic = { protocol, ...(port === undefined ? {} : { port }) }
    const made = { traffic, awsCode: joined.aws.codes(trafficKey(protocol, port)), policyCode: policyCodes(joined, traffic) }
    known.set(name, made)
    return made
  }
}

interface PolicyRow {
  readonly allowed: Bitset
  readonly unknown: Bitset | undefined
}

function policyCodes({ policies, policyCode }: Joined, traffic: Traffic): Asked['policyCode'] {
  const { matrix, ports } = policies
  const atom = ports.atomOf(traffic.protocol, traffic.port)
  const rows = (direction: 'ingress' | 'egress') => {
    const byClass: PolicyRow[] = []
    return (of: number): PolicyRow =>
      (byClass[of] ??= { allowed: matrix.allowed(direction, of, atom), unknown: matrix.unknown(direction, of, atom) })
  }
  const [egress, ingress] = [rows('egress'), rows('ingress')]
  return (from, to) => {
    if (from.policyClass === undefined || to.policyClass === undefined) return policyCode(from.example, to.example, traffic)
    const out = codeAt(egress(from.policyClass), to.policyClass)
    return out === 0 ? 0 : (Math.min(out, codeAt(ingress(to.policyClass), from.policyClass)) as VerdictCode)
  }
}

const codeAt = ({ allowed, unknown }: PolicyRow, peer: number): VerdictCode =>
  has(allowed, peer) ? 2 : unknown !== undefined && has(unknown, peer) ? 1 : 0

/** Which verdicts there are among pairs: bit `code` of each. */
interface Seen {
  aws: number
  kubernetes: number
  both: number
}

/** Undefined: there is no pair of pods. */
function answersOf(
  joined: Joined,
  from: readonly Sort[],
  to: readonly Sort[],
  questions: readonly Asked[],
): readonly MatrixAnswer[] | undefined {
  const seen = questions.map((): Seen => ({ aws: 0, kubernetes: 0, both: 0 }))
  let hasPairs = false
  for (const a of from) for (const b of to) if (askSorts(joined, a, b, questions, seen)) hasPairs = true
  if (!hasPairs) return undefined
  return questions.map(({ traffic }, i) => {
    const { aws, kubernetes, both } = seen[i]!
    return { ...traffic, aws: alike(aws), kubernetes: alike(kubernetes), verdict: alike(both) }
  })
}

function askSorts(joined: Joined, a: Sort, b: Sort, questions: readonly Asked[], seen: readonly Seen[]): boolean {
  if (!isOfTwoSorts(a, b)) return askPairs(joined, a, b, questions, seen)
  const [isTogether, isApart] = [mayShareNode(a, b), mayBeApart(a, b)]
  const [from, to] = [a.example.aws, b.example.aws]
  for (let i = 0; i < questions.length; i++) {
    const { awsCode, policyCode } = questions[i]!
    const kubernetes = policyCode(a, b)
    if (isApart) note(seen[i]!, awsCode(from, to, false), kubernetes)
    if (isTogether) note(seen[i]!, awsCode(from, to, true), kubernetes)
  }
  return isTogether || isApart
}

/** One by one, where it matters which pods are taken. */
function askPairs(joined: Joined, a: Sort, b: Sort, questions: readonly Asked[], seen: readonly Seen[]): boolean {
  const pairs = pairsOf(a, b)
  const isByClass = !a.isHost && !b.isHost
  for (const { from, to, isOnOneNode } of pairs) {
    for (const [i, { awsCode, policyCode, traffic }] of questions.entries()) {
      const kubernetes = isByClass ? policyCode(a, b) : joined.policyCode(from, to, traffic)
      note(seen[i]!, awsCode(from.aws, to.aws, isOnOneNode), kubernetes)
    }
  }
  return pairs.length > 0
}

function note(seen: Seen, aws: VerdictCode, kubernetes: VerdictCode): void {
  seen.aws |= 1 << aws
  seen.kubernetes |= 1 << kubernetes
  seen.both |= 1 << (aws < kubernetes ? aws : kubernetes)
}

/** By the bits of what was seen. */
const verdicts: readonly Answer['verdict'][] = Array.from({ length: 8 }, (_, bits) => {
  const only = [0, 1, 2].find(code => bits === 1 << code)
  return only === undefined ? 'split' : verdictCodes[only]!
})
const alike = (bits: number): Answer['verdict'] => verdicts[bits]!
