import { isOf } from '#findings/asked-chains.ts'
import type { Explanation } from '#findings/explanation.ts'
import { breaksIn, findingsOf, tellerOf, type Finding } from '#findings/finding.ts'
import { joints, kindsToRead } from '#joints/all.ts'
import { subjectKey } from '#joints/define.ts'
import { runJoint, type DrawnChain, type JointRun } from '#joints/run.ts'
import { applyChanges } from '#model/change.ts'
import type { Chain } from '#model/chain.ts'
import type { World } from '#model/world.ts'
import { subjectTextNamed } from './subject-named.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export interface ExplainResult extends ReadResult {
  readonly explanations: readonly Explanation[]
  /** `deploy/reader in payments`. */
  readonly subject: string
}

/**
 * Draws every chain of one workload or service account.
 * @param target `deploy/reader`, `sts/db`, `ds/agent`, `cronjob/report`, `job/x`, `pod/x`, `sa/reader`; kubectl's long names work too.
 * @throws UserError `NO_SUCH_WORKLOAD` and `AMBIGUOUS_WORKLOAD`.
 */
export async function explain(input: WorldInput, target: string, namespace: string | undefined): Promise<ExplainResult> {
  const read = await readWorld({ namedBy: 'roles of pods', ...input }, kindsToRead(joints))
  const subject = subjectTextNamed(read.world, target, namespace)
  const runs = joints.map(joint => runJoint(joint, read.world))
  const breaks = breaksIn(runs)
  const explanations = runs.flatMap(run =>
    run.chains
      .filter(({ start }) => isOf(read.world, start, text => text === subject))
      .map(chain => explainChain(read.world, run, chain, breaks)),
  )
  return { ...read, explanations, subject }
}

/** More breaks than links cannot be: a fix that does not mend is our bug, and must not loop. */
const mostBreaks = 20

function explainChain(world: World, run: JointRun, chain: DrawnChain, breaks: ReadonlySet<string>): Explanation {
  const { joint } = run
  const toldBy = tellerOfBreak(run, chain, breaks)
  if (toldBy !== undefined) return { chain, toldBy, next: [] }
  const next: Finding[] = []
  const finding = breakOf(run, chain)
  let current = finding
  let mended: Chain | undefined
  let copy = world
  while (current?.fix !== undefined && next.length < mostBreaks) {
    copy = applyChanges(copy, current.fix.changes)
    const again = runJoint(joint, copy)
    mended = again.chains.find(candidate => candidate.subject === chain.subject)
    current = mended === undefined || isReported(mended) ? undefined : breakOf(again, mended as DrawnChain)
    if (current !== undefined) next.push(current)
  }
  const held = mended !== undefined && mended.state !== 'broken' ? { mended } : {}
  return { chain, ...(finding === undefined ? {} : { finding }), next, ...held }
}

/** Broken by nothing but what a component said before the fix. */
const isReported = ({ links }: Chain): boolean => links.some(({ verdict }) => verdict.is === 'fail' && verdict.reported === true)

/** The link of another joint whose finding tells why this chain is broken. */
function tellerOfBreak({ results }: JointRun, chain: DrawnChain, breaks: ReadonlySet<string>): string | undefined {
  const broken = chain.links.find(link => link.verdict.is === 'fail')
  const result = results.find(({ verdict }) => verdict === broken?.verdict)
  return result === undefined ? undefined : tellerOf(result, breaks)
}

function breakOf(run: JointRun, chain: DrawnChain): Finding | undefined {
  const broken = chain.links.find(link => link.verdict.is === 'fail')
  if (broken === undefined) return undefined
  return findingsOf([run]).find(
    finding =>
      finding.check.id === broken.check &&
      (finding.subject.text === chain.subject || finding.workloads.includes(chain.subject) || isOnWay(finding, chain)),
  )
}

/** A finding about the cluster, or about something else that the chain runs through, concerns a chain without workloads by the link alone. */
const isOnWay = (finding: Finding, { start }: DrawnChain): boolean =>
  [...(start.cluster === undefined ? [] : [start.cluster]), ...(start.through ?? [])].some(
    resource => subjectKey(resource) === finding.subject.key,
  )
