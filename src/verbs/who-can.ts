import { whoReaches, type Assumer, type Reach, type ReachingHolder } from '#joints/access-reach.ts'
import { placedPolicy, type AccessAnswer } from '#joints/access.ts'
import { statementEvidence, statementText } from '#joints/access-layers.ts'
import { mechanismText } from '#joints/access-mechanism.ts'
import { targetsNamed, type AccessTarget } from '#joints/access-target.ts'
import { subjectsBehind, clusterKinds } from '#joints/access-cluster-subjects.ts'
import type { AssumerReport, HolderReport, ReachReport, WhoCanReport } from '#report/who-can.ts'
import { checkedAction, contextOf, kindsForAccess, resourceFor, wantedFor } from './can.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export interface WhoCanQuestion {
  readonly action: string
  readonly resource: string
  readonly set: readonly string[]
}

export interface WhoCanResult extends ReadResult {
  readonly report: WhoCanReport
}

/**
 * Every pod, service account, role and user that may do an action on a resource, with the way of each.
 * @throws UserError for names that do not exist
 */
export async function whoCan(input: WorldInput, question: WhoCanQuestion): Promise<WhoCanResult> {
  const context = contextOf(question.set)
  const { known, warnings } = await checkedAction(question.action)
  const read = await readWorld({ ...input, wanted: wantedFor(question.resource) }, [...new Set([...kindsForAccess, ...clusterKinds])])
  const action = known?.name ?? question.action
  const { targets, warnings: ofTargets } = targetsNamed(read.world, question.resource, action)
  warnings.push(...ofTargets)
  const [first, ...others] = targets.map(target => ({
    action,
    resource: resourceFor(known, target, warnings),
    context: { ...target.context, ...context },
  }))
  if (first === undefined) throw new Error('every question is about something')
  const { reaches, outsiders, unread } = whoReaches(read.world, [first, ...others])
  const cluster = subjectsBehind(read.world, accountsIn(reaches))
  const report: WhoCanReport = {
    action,
    resource: first.resource,
    ...aliasOf(targets),
    also: others.map(({ resource }) => resource),
    reaches: reaches.map(reachReport),
    outsiders,
    clusterSubjects: cluster.subjects,
    unread: [...unread, ...cluster.unread],
    warnings,
    problems: read.problems,
  }
  return { ...read, report }
}

const aliasOf = ([target]: readonly AccessTarget[]): Pick<WhoCanReport, 'alias'> =>
  target?.alias === undefined ? {} : { alias: target.alias }

const accountsIn = (reaches: readonly Reach[]) =>
  reaches
    .flatMap(({ holders, through }) => [...holders, ...through.flatMap(assumer => assumer.holders)])
    .flatMap(({ holder }) => (holder.account === undefined ? [] : [holder.account]))

function reachReport({ caller, verdict, answer, holders, through }: Reach): ReachReport {
  return {
    caller: caller.text,
    ...(caller.arn === undefined ? {} : { arn: caller.arn }),
    verdict,
    isUnread: verdict === 'unknown' && caller.identity.unread.length > 0 && answer.decision.conditional.length === 0,
    ...because(answer),
    holders: holders.map(holderReport),
    through: through.map(assumerReport),
  }
}

function because(answer: AccessAnswer): Pick<ReachReport, 'because' | 'at'> {
  const { decision, layers } = answer
  const placed = decision.decidedBy === undefined ? undefined : placedPolicy(layers, decision.decidedBy)
  if (placed !== undefined && decision.decidedBy !== undefined) {
    return {
      because: statementText(placed, decision.decidedBy),
      at: statementEvidence(placed, decision.decidedBy.statement, 'this statement allows it'),
    }
  }
  const [residual] = decision.conditional
  const where = residual === undefined ? undefined : placedPolicy(layers, residual)
  const at =
    where === undefined || residual === undefined
      ? {}
      : { at: statementEvidence(where, residual.statement, 'it depends on this statement') }
  const keys = [...new Set(decision.conditional.map(({ key }) => key))]
  const [fact] = answer.unread
  return {
    because: keys.length > 0 ? `depends on ${keys.join(', ')}` : fact === undefined ? decision.reason : `not read: ${fact.reason}`,
    ...at,
  }
}

function holderReport({ holder, mechanism, verdict, answer }: ReachingHolder): HolderReport {
  const { session } = mechanism
  const doubt =
    session.is === 'unknown' ? session.fact.reason : verdict === 'unknown' && answer !== undefined ? because(answer).because : undefined
  return {
    holder: holder.text,
    cluster: holder.cluster,
    verdict,
    by: mechanismText[mechanism.by],
    mechanism: mechanism.by,
    workloads: holder.workloads,
    pods: holder.pods,
    steps: mechanism.steps,
    ...(doubt === undefined ? {} : { doubt }),
  }
}

const assumerReport = ({ caller, assumes, verdict, answer, holders }: Assumer): AssumerReport => ({
  caller: caller.text,
  ...(caller.arn === undefined ? {} : { arn: caller.arn }),
  assumes,
  verdict,
  ...because(answer),
  holders: holders.map(holderReport),
})
