import type { Joint } from '#joints/define.ts'
import { subjectText } from '#joints/define.ts'
import { askEveryLink, type AskedLink, type Result } from '#joints/run.ts'
import type { Verdict } from '#model/verdict.ts'
import type { World } from '#model/world.ts'
import type { Cause } from './diagnosis.ts'
import { findingsOf } from './finding.ts'

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

/** The break as a cause. Where a link of another joint breaks for the same reason and tells it, that one is the cause. */
export function causeOf(chain: AskedChain, verdict: Verdict, chains: readonly AskedChain[]): Cause | undefined {
  const tellers = verdict.is === 'fail' ? (verdict.toldBy ?? []) : []
  const told = chains.flatMap(other =>
    failsOf(other)
      .filter(({ link }) => tellers.includes(`${other.joint}/${link.id}`))
      .map(fail => ({ other, ...fail })),
  )
  const [first] = told
  if (first !== undefined) return causeOf(first.other, first.verdict, [])
  const link = chain.links.find(each => each.verdicts.some(said => said.verdict === verdict))?.link
  const own = chain.results.filter(result => result.verdict === verdict)
  const [finding] = findingsOf([{ joint: { id: chain.joint } as Joint, chains: [], results: own }])
  return link === undefined || finding === undefined ? undefined : { joint: chain.joint, id: link.id, title: link.title, finding }
}

const failsOf = ({ links }: AskedChain) =>
  links.flatMap(({ link, verdicts }) => verdicts.flatMap(({ verdict }) => (verdict.is === 'fail' ? [{ link, verdict }] : [])))

/** The first break of each chain, each once: of what breaks behind it nobody knows before it is mended. */
export function firstBreaks(chains: readonly AskedChain[]): readonly Cause[] {
  const breaks = chains.flatMap(chain => {
    const [first] = failsOf(chain)
    return first === undefined ? [] : (causeOf(chain, first.verdict, chains) ?? [])
  })
  return [...new Map(breaks.map(cause => [cause.finding.fingerprint, cause])).values()]
}
