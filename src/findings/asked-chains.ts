import type { ChainStart, Joint } from '#joints/define.ts'
import { subjectText } from '#joints/define.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import { askEveryLink, type AskedLink, type Result } from '#joints/run.ts'
import type { Resource } from '#model/resource.ts'
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
    const starts = joint.starts(world).filter(start => isOf(world, start, isSubject))
    return starts.map(start => ({ joint: joint.id, ...askEveryLink(joint, world, start) }))
  })
}

/** Whether a chain is the subject's: it begins there, or is nobody's own and runs through it, as that of a cluster does through the agent there. */
export function isOf(world: World, { workload, serviceAccount, through = [] }: ChainStart, isSubject: (text: string) => boolean): boolean {
  const own = [workload, serviceAccount].flatMap(each => each ?? [])
  if (own.length > 0) return own.some(each => isSubject(subjectText(each)))
  const seen = new Set<Resource>(workloadsOf(world).flatMap(each => (isSubject(subjectText(each)) ? each.resource : [])))
  return through.some(resource => seen.has(resource) || isSubject(subjectText(resource)))
}

/** Links on which a chain may break for a flow that begins elsewhere: what keeps a client out is the server's. */
const flowLinks: ReadonlySet<string> = new Set(['network-policy/traffic', 'security-groups-for-pods/traffic'])

/**
 * Broken flows of other workloads' chains that this one is an end of. A chain tells of one flow for all: of servers that texts say could not be
 * reached, the flow from this client is asked alone, in a world in which nobody else calls.
 * @param addresses what texts say that could not be reached
 */
export function flowsWith(joints: readonly Joint[], world: World, client: Workload, addresses: ReadonlySet<string>): readonly AskedChain[] {
  const subject = subjectText(client)
  const alone = serversAt(world, addresses)
    .filter(server => server !== client)
    .flatMap(server => brokenFlows(joints, withOnly(world, [client, server]), subject))
  return alone.length > 0 ? alone : brokenFlows(joints, world, subject)
}

function brokenFlows(joints: readonly Joint[], world: World, subject: string): readonly AskedChain[] {
  return joints.flatMap(joint => {
    const links = joint.links.filter(({ id }) => flowLinks.has(`${joint.id}/${id}`))
    if (links.length === 0) return []
    const others = joint.starts(world).filter(({ workload }) => workload !== undefined && subjectText(workload) !== subject)
    return others.flatMap(start => {
      const { links: asked, results } = askEveryLink({ ...joint, links }, world, start)
      const own = asked.map(({ link, verdicts }) => ({
        link,
        verdicts: verdicts.filter(({ verdict }) => verdict.is === 'fail' && verdict.message.includes(subject)),
      }))
      return own.some(({ verdicts }) => verdicts.length > 0) ? [{ joint: joint.id, links: own, results }] : []
    })
  })
}

/** A world with these workloads, and what runs on every node; without ReplicaSets, which pods are told apart without. */
function withOnly(world: World, kept: readonly Workload[]): World {
  const others = workloadsOf(world).filter(each => !kept.includes(each) && each.resource.kind !== 'k8s/DaemonSet')
  return world.without([...others.flatMap(({ resource, seenPods }) => [resource, ...seenPods]), ...world.seen('k8s/ReplicaSet')])
}

/** Workloads whose pods have one of the addresses, or stand behind a Service that has it. */
function serversAt(world: World, addresses: ReadonlySet<string>): readonly Workload[] {
  if (addresses.size === 0) return []
  const services = world
    .seen('k8s/Service')
    .filter(({ body }) => (body.spec?.clusterIPs ?? [body.spec?.clusterIP]).some(ip => ip !== undefined && addresses.has(ip)))
  return workloadsOf(world).filter(
    ({ seenPods, namespace, template }) =>
      seenPods.some(({ body }) => addresses.has(body.status?.podIP ?? '')) ||
      services.some(({ body: { metadata, spec } }) => metadata.namespace === namespace && isSelected(spec?.selector, template.labels)),
  )
}

const isSelected = (selector: Readonly<Record<string, string>> | undefined, labels: Readonly<Record<string, string>>): boolean =>
  selector !== undefined && Object.entries(selector).every(([name, value]) => labels[name] === value)

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
