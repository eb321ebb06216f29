import type { UnreadFact } from '#base/errors.ts'
import { principalAccount } from '#iam/question.ts'
import type { Resource } from '#model/resource.ts'
import { askAccess, type AccessAnswer, type AccessQuestion } from './access.ts'
import { roleCaller, userCaller, type Caller } from './access-caller.ts'
import { tried } from './access-documents.ts'
import { holdersByRole, type Holder } from './access-holders.ts'
import type { Mechanism } from './access-mechanism.ts'
import { outsidersOf, type Outsider } from './access-outsiders.ts'
import type { WorkloadReader } from './access-workload.ts'

/** A role or user that may do what was asked, or may perhaps. */
export interface Reach {
  readonly caller: Caller
  readonly verdict: 'allow' | 'unknown'
  readonly answer: AccessAnswer
  /** Whoever has the role in a cluster, and how each comes to it. */
  readonly holders: readonly ReachingHolder[]
  /** Roles and users that may assume the role, from the nearest to the farthest. */
  readonly through: readonly Assumer[]
}

export interface ReachingHolder {
  readonly holder: Holder
  readonly mechanism: Mechanism
  /** Its own session may be told more of than any session of the role. */
  readonly verdict: 'allow' | 'unknown'
  readonly answer: AccessAnswer | undefined
}

/** One step of a role chain: who assumes which role. */
export interface Assumer {
  readonly caller: Caller
  /** The role that it assumes: the one that reaches, or one on the way to it. */
  readonly assumes: string
  readonly verdict: 'allow' | 'unknown'
  readonly answer: AccessAnswer
  readonly holders: readonly ReachingHolder[]
}

export interface WhoReaches {
  readonly reaches: readonly Reach[]
  readonly outsiders: readonly Outsider[]
  /** Lists that were not read in full: somebody else may reach it too. */
  readonly unread: readonly UnreadFact[]
}

/** One question, or of an operation that needs several permissions all of them. */
export type Questions = readonly [AccessQuestion, ...AccessQuestion[]]

/** Everyone who may do an action on a resource. Decided once for a role, not for each of its pods. */
export function whoReaches(world: WorkloadReader, questions: Questions): WhoReaches {
  const callers = allCallers(world)
  const reaches = callers.flatMap(caller => {
    const answer = askAll(world, caller, questions)
    if (isDenied(answer)) return []
    const holders = reachingHolders(world, caller, questions)
    const verdict = answer.decision.answer === 'allow' ? ('allow' as const) : ('unknown' as const)
    return [{ caller, verdict, answer, holders, through: assumersOf(world, callers, caller) }]
  })
  return {
    reaches: reaches.toSorted(byVerdict),
    outsiders: questions.flatMap(question => outsidersOf(world, question)),
    unread: unreadLists(world, questions),
  }
}

/** The answer that decides: a denial before what is not known, and that before an allowance. */
function askAll(world: WorkloadReader, caller: Caller, [first, ...others]: Questions): AccessAnswer {
  const answers = [askAccess(world, caller, first)] as [AccessAnswer, ...AccessAnswer[]]
  for (const question of others) if (!isDenied(answers[0])) answers.push(askAccess(world, caller, question))
  return answers.find(isDenied) ?? answers.find(({ decision }) => decision.answer !== 'allow') ?? answers[0]
}

const isDenied = ({ decision }: AccessAnswer): boolean => decision.answer === 'explicitDeny' || decision.answer === 'implicitDeny'

const byVerdict = (a: Reach, b: Reach): number =>
  Number(a.verdict === 'unknown') - Number(b.verdict === 'unknown') || (a.caller.text < b.caller.text ? -1 : 1)

const allCallers = (world: WorkloadReader): readonly Caller[] => [
  ...world.seen('aws/iam/Role').map(role => roleCaller(world, role)),
  ...world.seen('aws/iam/User').map(user => userCaller(world, user)),
]

/** Those who really get a session, with the answer for that session: its tags and its network may decide otherwise than any session of the role. */
function reachingHolders(world: WorkloadReader, caller: Caller, questions: Questions): readonly ReachingHolder[] {
  const holders = holdersByRole(world).get(caller.arn ?? '') ?? []
  const answers = new Map<string, AccessAnswer>()
  return holders.flatMap(holder =>
    holder.mechanisms().flatMap((mechanism): readonly ReachingHolder[] => {
      const { session } = mechanism
      if (session.is === 'refused' || mechanism.roleArn !== caller.arn) return []
      if (session.caller === undefined) return [{ holder, mechanism, verdict: 'unknown', answer: undefined }]
      const key = sameSession(session.caller)
      const answer = answers.get(key) ?? askAll(world, session.caller, questions)
      answers.set(key, answer)
      if (isDenied(answer)) return []
      return [{ holder, mechanism, verdict: session.is === 'holds' && answer.decision.answer === 'allow' ? 'allow' : 'unknown', answer }]
    }),
  )
}

/** Sessions of one role differ by their context and their session policy alone. */
const sameSession = ({ context, session, network }: Caller): string =>
  JSON.stringify([context, session?.policies.map(({ name, resource }) => [name, resource.id]), network])

/** Roles deep: longer chains are cut, and nobody finds them by hand either. */
const longestChain = 4

/** Who may assume a role, who may assume those, and so on; each once. */
function assumersOf(world: WorkloadReader, callers: readonly Caller[], target: Caller): readonly Assumer[] {
  const found: Assumer[] = []
  const seen = new Set([target.arn])
  let edge: readonly string[] = target.principal.kind === 'roleSession' && target.arn !== undefined ? [target.arn] : []
  for (let depth = 0; depth < longestChain && edge.length > 0; depth += 1) {
    const next: string[] = []
    for (const arn of edge) {
      for (const assumer of directAssumers(world, callers, arn)) {
        if (assumer.caller.arn === undefined || seen.has(assumer.caller.arn)) continue
        seen.add(assumer.caller.arn)
        found.push(assumer)
        if (assumer.caller.principal.kind === 'roleSession') next.push(assumer.caller.arn)
      }
    }
    edge = next
  }
  return found
}

const known = new WeakMap<object, Map<string, readonly Assumer[]>>()

function directAssumers(world: WorkloadReader, callers: readonly Caller[], arn: string): readonly Assumer[] {
  const cache = known.get(world) ?? new Map<string, readonly Assumer[]>()
  known.set(world, cache)
  const before = cache.get(arn)
  if (before !== undefined) return before
  const role = world.seen('aws/iam/Role').find(candidate => candidate.id === arn)
  const assumers = role === undefined || !trustsPrincipals(role) ? [] : callers.flatMap(caller => assumerOf(world, caller, arn))
  cache.set(arn, assumers)
  return assumers
}

function assumerOf(world: WorkloadReader, caller: Caller, arn: string): readonly Assumer[] {
  if (caller.arn === arn) return []
  const question = { action: 'sts:AssumeRole', resource: arn }
  const answer = askAccess(world, caller, question)
  // Policies that nobody read could let everybody assume everything: only what some policy says is a path worth showing.
  const isOpen = answer.decision.answer === 'unknown' && (caller.identity.unread.length === 0 || answer.decision.conditional.length > 0)
  if (answer.decision.answer !== 'allow' && !isOpen) return []
  return [{ caller, assumes: arn, verdict: isOpen ? 'unknown' : 'allow', answer, holders: reachingHolders(world, caller, [question]) }]
}

/** Most roles trust a service or a provider alone, and need no question of each principal. */
function trustsPrincipals(role: Resource<'aws/iam/Role'>): boolean {
  const text = JSON.stringify(role.body.AssumeRolePolicyDocument ?? '')
  return /"AWS"|"NotPrincipal"|"Principal":"\*"/.test(text)
}

/** What must be listed to know of everyone: the account of the resource, and those of the principals that were seen. */
function unreadLists(world: WorkloadReader, questions: Questions): readonly UnreadFact[] {
  const accounts = new Set([
    ...questions.map(({ resource }) => resource.split(':')[4] ?? ''),
    ...world.seen('aws/iam/Role').map(role => principalAccount({ kind: 'user', arn: role.id }) ?? ''),
  ])
  const facts: UnreadFact[] = []
  const ask = (list: () => unknown) => {
    const answer = tried(list)
    if (answer.is === 'unread') facts.push(answer.fact)
  }
  for (const account of accounts) {
    if (!/^\d{12}$/.test(account)) continue
    ask(() => world.list('aws/iam/Role', { account }))
    ask(() => world.list('aws/iam/User', { account }))
  }
  const clusters = new Set(
    [...world.seen('k8s/ServiceAccount'), ...world.seen('k8s/Pod')].flatMap(({ scope }) => ('cluster' in scope ? [scope.cluster] : [])),
  )
  for (const cluster of clusters) {
    ask(() => world.list('k8s/ServiceAccount', { cluster }))
    ask(() => world.list('k8s/Pod', { cluster }))
  }
  for (const eks of world.seen('aws/eks/Cluster')) {
    const [, , , region = '', account = ''] = eks.id.split(':')
    ask(() => world.list('aws/eks/PodIdentityAssociation', { account, region, clusterName: eks.body.name }))
  }
  return [...new Map(facts.map(fact => [`${fact.kind}\n${fact.reason}`, fact])).values()]
}
