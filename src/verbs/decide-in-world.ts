import { UserError } from '#base/errors.ts'
import type { Policies } from '#iam/decide.ts'
import { askAccess, overlaid, placedPolicy, type AccessAnswer } from '#joints/access.ts'
import { namedCaller } from '#joints/access-caller.ts'
import { statementText } from '#joints/access-layers.ts'
import type { Mechanism } from '#joints/access-mechanism.ts'
import { partlyDenied } from '#joints/access-pattern.ts'
import { subjectNamed, type AccessSubject } from '#joints/access-subject.ts'
import { targetsNamed } from '#joints/access-target.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { World } from '#model/world.ts'
import { kindsForAccess, wantedFor } from './can.ts'
import { clusterKinds } from '#joints/access-cluster-subjects.ts'
import { claimsContext, compilePolicies, type DecideLine, type DecisionLine, type IdentityDecision } from './decide-requests.ts'
import { policyCache } from './policy-cache.ts'
import { readWorld, type ReadResult, type WantedByName, type WorldInput } from './read-world.ts'
import { parseRequestLine, type RequestLine } from './request-line.ts'
import { splitLines } from './split-lines.ts'

export interface WorldDecider extends ReadResult {
  readonly decideLine: DecideLine
}

/**
 * Reads a world that answers what a line does not say: who the principal is, and every layer of policies that the line does not give.
 * @param wanted live: what the lines name, for of these alone the dear facts are read
 */
export async function decidingInWorld(input: WorldInput, wanted: WantedByName, namespace: string | undefined): Promise<WorldDecider> {
  const read = await readWorld({ ...input, wanted }, [...new Set([...kindsForAccess, ...clusterKinds])])
  const cache = policyCache()
  const decideLine: DecideLine = value => {
    const line = parseRequestLine(value, 'world')
    const { policies, problems } = compilePolicies(line, cache)
    const decided = decideFor(read.world, line, policies, namespace)
    return { ...(line.id === undefined ? {} : { id: line.id }), ...decided, ...(problems.length === 0 ? {} : { problems }) }
  }
  return { ...read, decideLine }
}

/** What all lines name, each once; lines that are no requests name nothing. They are answered later. */
export async function namedInRequests(input: AsyncIterable<Uint8Array>): Promise<WantedByName> {
  const named = {
    roleArns: new Set<string>(),
    keys: new Set<string>(),
    secrets: new Set<string>(),
    buckets: new Set<string>(),
    resources: new Set<string>(),
  }
  for await (const line of splitLines(input)) {
    if (line.is === 'too-long') continue
    for (const [name, values] of Object.entries(wantedOf(line.text)))
      for (const value of values) named[name as keyof typeof named].add(value)
  }
  return Object.fromEntries(Object.entries(named).map(([name, values]) => [name, [...values]]))
}

function wantedOf(text: string): WantedByName {
  try {
    const { resource, subject } = parseRequestLine(JSON.parse(text), 'world')
    return wantedFor(resource, subject)
  } catch (error) {
    if (error instanceof UserError || error instanceof SyntaxError) return {}
    throw error
  }
}

type Decided = Omit<DecisionLine, 'id' | 'problems'>

function decideFor(world: World, line: RequestLine, policies: Policies, namespace: string | undefined): Decided {
  const subject = subjectOf(world, line, policies, namespace)
  const { targets } = targetsNamed(world, line.resource, line.action)
  const common = {
    action: line.action,
    policies,
    ...(line.resourceAccount === undefined ? {} : { resourceAccount: line.resourceAccount }),
    ...(line.managementAccount === undefined ? {} : { managementAccount: line.managementAccount }),
    ...(line.awsManagedKey ? { awsManagedKey: true } : {}),
  }
  const questions = targets.map(({ arn, context }) => ({
    ...common,
    resource: arn,
    context: overlaid({ ...context, ...claimsContextOf(line) }, line.context),
  }))
  const identities = subject.mechanisms.map(mechanism => {
    const caller = mechanism.session.is === 'refused' ? undefined : mechanism.session.caller
    return worst(questions.map(question => identityOf(mechanism, caller === undefined ? undefined : askAccess(world, caller, question))))
  })
  const [first] = identities
  if (first?.mechanism === 'itself' && identities.length === 1) return decisionAlone(first)
  return { ...together(subject, identities), identities }
}

/** What is asked in parts, as operations on aliases are, is allowed when each is. */
function worst(parts: readonly IdentityDecision[]): IdentityDecision {
  const found = parts.find(({ decision }) => decision.endsWith('Deny')) ?? parts.find(({ decision }) => decision === 'unknown') ?? parts[0]
  if (found === undefined) throw new Error('every question is about something')
  return found
}

const claimsContextOf = ({ principal, claims }: RequestLine) => (principal === undefined ? {} : claimsContext(principal, claims))

/**
 * Who is not in the world can be asked about all the same when the line brings its policies.
 * @throws UserError when the world has no such principal, or several
 */
function subjectOf(world: World, line: RequestLine, policies: Policies, namespace: string | undefined): AccessSubject {
  const { principal, subject } = line
  const self = (caller: ReturnType<typeof namedCaller>): AccessSubject => ({
    text: caller.text,
    mechanisms: [{ by: 'itself', steps: [], session: { is: 'holds', caller } }],
  })
  if (principal !== undefined && !['roleSession', 'user'].includes(principal.kind))
    return self(namedCaller(world, principal, subject, undefined))
  try {
    return subjectNamed(world, subject, namespace)
  } catch (error) {
    const isMissing = error instanceof UserError && error.code === 'NO_SUCH_PRINCIPAL'
    if (!isMissing || principal === undefined || policies.identity === undefined) throw error
    return self(namedCaller(world, principal, subject, undefined))
  }
}

function identityOf(mechanism: Mechanism, answer: AccessAnswer | undefined): IdentityDecision {
  const { session } = mechanism
  const named = { mechanism: mechanism.by, ...(mechanism.roleArn === undefined ? {} : { roleArn: mechanism.roleArn }) }
  if (session.is === 'refused')
    return { ...named, decision: 'implicitDeny', conditional: [], reason: `it gets no AWS session: ${session.reason}` }
  if (answer === undefined) {
    const notRead = session.is === 'unknown' ? [factText(session.fact)] : []
    return { ...named, decision: 'unknown', conditional: [], reason: 'which AWS identity it has is not known', notRead }
  }
  const decided = { ...named, caller: answer.caller.text, ...decisionOf(answer) }
  if (session.is !== 'unknown') return decided
  const notRead = [factText(session.fact), ...(decided.notRead ?? [])]
  return { ...decided, decision: 'unknown', reason: `whether it gets its session is not known; with it: ${decided.reason}`, notRead }
}

const factText = ({ kind, id, reason }: UnreadFact): string => `${kind}${id === undefined ? '' : ` ${id}`}: ${reason}`

function decisionOf(answer: AccessAnswer): Decided {
  const { decision, layers, unread } = answer
  const { decidedBy, missingLayer, missingLevel, conditional, reason } = decision
  const placed = decidedBy === undefined ? undefined : placedPolicy(layers, decidedBy)
  const notRead = [...decision.notRead, ...unread.map(factText)]
  const [part] = partlyDenied(answer)
  return {
    decision: part === undefined ? decision.answer : 'unknown',
    conditional,
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(placed === undefined || decidedBy === undefined ? {} : { by: statementText(placed, decidedBy) }),
    ...(missingLayer === undefined ? {} : { missingLayer }),
    ...(missingLevel === undefined ? {} : { missingLevel }),
    reason: part === undefined ? reason : `allowed for some of it: ${part.text}`,
    ...(notRead.length === 0 ? {} : { notRead }),
  }
}

function decisionAlone({ mechanism: _mechanism, caller: _caller, roleArn: _roleArn, ...decided }: IdentityDecision): Decided {
  return decided
}

/** Pods of one subject that are not alike give no one answer; whoever picks an identity takes the one that allows. */
function together(subject: AccessSubject, identities: readonly IdentityDecision[]): Decided {
  const decisions = new Set(identities.map(({ decision }) => decision))
  const best = identities.find(({ decision }) => decision === 'allow') ?? identities.find(({ decision }) => decision === 'unknown')
  const [first] = identities
  if (first === undefined) return { decision: 'implicitDeny', conditional: [], reason: `${subject.text} has no AWS identity` }
  if (subject.chooses === true) return decisionAlone(best ?? first)
  if (decisions.size === 1) return decisionAlone(first)
  const denied = identities.every(({ decision }) => decision === 'explicitDeny' || decision === 'implicitDeny')
  if (denied) return decisionAlone(first)
  return { decision: 'unknown', conditional: [], reason: `the AWS identities of ${subject.text} are not answered alike` }
}
