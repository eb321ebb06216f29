import type { Joint } from '#joints/define.ts'
import { subjectText } from '#joints/define.ts'
import { askEveryLink, type AskedLink, type Result } from '#joints/run.ts'
import type { Verdict } from '#model/verdict.ts'
import type { World } from '#model/world.ts'
import { findingsOf, type Finding } from './finding.ts'

/** One chain of the subject of a diagnosis, every link of it asked. */
export interface AskedChain {
  readonly joint: string
  readonly links: readonly AskedLink[]
  readonly results: readonly Result[]
}

/** The chains of these joints that begin at the subject or run through it. */
export function askedChains(joints: readonly Joint[], world: World, isSubject: (text: string) => boolean): readonly AskedChain[] {
  return joints.flatMap(joint => {
    const starts = joint.starts(world).filter(({ workload, serviceAccount, through = [] }) => {
      const own = workload ?? serviceAccount
      if (workload !== undefined && isSubject(subjectText(workload))) return true
      if (serviceAccount !== undefined && isSubject(subjectText(serviceAccount))) return true
      return own === undefined && through.some(resource => isSubject(subjectText(resource)))
    })
    return starts.map(start => ({ joint: joint.id, ...askEveryLink(joint, world, start) }))
  })
}

/** The finding of a fail among what was asked. */
export function findingOf({ joint, results }: AskedChain, verdict: Verdict): Finding | undefined {
  const own = results.filter(result => result.verdict === verdict)
  return findingsOf([{ joint: { id: joint } as Joint, chains: [], results: own }])[0]
}

/** The first break of each chain, each once: of what breaks behind it nobody knows before it is mended. */
export function firstBreaks(chains: readonly AskedChain[]): readonly Finding[] {
  const breaks = chains.flatMap(chain => {
    const fails = chain.links.flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => verdict.is === 'fail'))
    const [first] = fails
    return first === undefined ? [] : (findingOf(chain, first.verdict) ?? [])
  })
  return [...new Map(breaks.map(finding => [finding.fingerprint, finding])).values()]
}
