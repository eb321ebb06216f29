import { UserError } from '#base/errors.ts'
import type { Context } from '#iam/request.ts'
import { fitsResource, knownAction, nearAction, type KnownAction } from '#iam/known-actions.ts'
import { accessKinds, askAccess, type AccessAnswer } from '#joints/access.ts'
import { clusterKinds } from '#joints/access-cluster-subjects.ts'
import { healsOf, type AccessHeal } from '#joints/access-heal.ts'
import { mechanismKinds, type Mechanism } from '#joints/access-mechanism.ts'
import { partlyDenied } from '#joints/access-pattern.ts'
import { targetsNamed, type AccessTarget } from '#joints/access-target.ts'
import { subjectNamed } from '#joints/access-subject.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Kind } from '#model/kinds.ts'
import type { DecisionReport, WayReport } from '#report/decision.ts'
import { readWorld, type ReadResult, type WantedByName, type WorldInput } from './read-world.ts'
import { wayReport } from './way-report.ts'

export interface CanQuestion {
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly namespace: string | undefined
  /** `key=value`, several of one key make a list; the value `none` says that the key is absent. */
  readonly set: readonly string[]
}

export interface CanResult extends ReadResult {
  readonly report: DecisionReport
}

/** Everything that a question about access may read. */
export const kindsForAccess: readonly Kind[] = [...new Set<Kind>([...accessKinds, ...mechanismKinds, ...workloadKinds])]

/** A question is about one resource: others of its kind need not be read, and a bucket's policy is read only where it is named. */
export function wantedFor(resource: string, principal?: string): WantedByName {
  const role = principal !== undefined && /^arn:[^:]*:iam::\d{12}:role\//.test(principal) ? [principal] : []
  const bucket = /^arn:[^:]*:s3:::([^/]+)/.exec(resource)?.[1]
  const isKey = /^alias\/|^arn:[^:]*:kms:/.test(resource)
  const isSecret = /^arn:[^:]*:secretsmanager:/.test(resource)
  const target = /^arn:[^:]*:iam::\d{12}:role\//.test(resource) ? [resource] : []
  return {
    roleArns: [...role, ...target],
    keys: isKey ? [resource] : [],
    secrets: isSecret ? [resource] : [],
    buckets: bucket === undefined || /[*?]/.test(bucket) ? [] : [bucket],
    resources: /^arn:[^:]*:(?:sqs|sns|ecr|lambda):[^*?]+$/.test(resource) ? [resource] : [],
  }
}

/** Only a question about a Kubernetes user needs the cluster's own authorization. */
const kindsFor = (principal: string): readonly Kind[] =>
  principal.startsWith('kubernetes-') ? [...new Set([...kindsForAccess, ...clusterKinds])] : kindsForAccess

/**
 * Whether a principal may do an action on a resource, for each AWS identity that it has.
 * @throws UserError for names that do not exist
 */
export async function can(input: WorldInput, question: CanQuestion): Promise<CanResult> {
  const context = contextOf(question.set)
  const { known, warnings } = await checkedAction(question.action)
  const read = await readWorld({ ...input, wanted: wantedFor(question.resource, question.principal) }, kindsFor(question.principal))
  const subject = subjectNamed(read.world, question.principal, question.namespace)
  const action = known?.name ?? question.action
  const { targets, warnings: ofTargets } = targetsNamed(read.world, question.resource, action)
  warnings.push(...ofTargets)
  const resources = targets.map(target => ({ resource: resourceFor(known, target, warnings), context: { ...target.context, ...context } }))
  const asked = subject.mechanisms.map(mechanism => {
    const caller = mechanism.session.is === 'refused' ? undefined : mechanism.session.caller
    return resources.map(about => {
      const answer = caller === undefined ? undefined : askAccess(read.world, caller, { action, ...about })
      const way = wayOf(mechanism, answer)
      return resources.length === 1 ? way : { ...way, on: about.resource }
    })
  })
  const chooses = subject.chooses === true
  const report: DecisionReport = {
    subject: subject.text,
    action,
    resource: resources.length === 1 ? (resources[0]?.resource ?? question.resource) : question.resource,
    verdict: verdictOf(asked.map(togetherOf), chooses),
    ways: (chooses ? worthShowing(asked) : asked).flat(),
    warnings,
    problems: read.problems,
  }
  return { ...read, report }
}

function wayOf(mechanism: Mechanism, answer: AccessAnswer | undefined): WayReport {
  const heals: readonly AccessHeal[] = answer === undefined || mechanism.session.is === 'refused' ? [] : healsOf(answer)
  return wayReport(mechanism, answer, heals, answer === undefined ? [] : partlyDenied(answer))
}

/** What is asked in two parts is allowed when both are. */
function togetherOf(parts: readonly WayReport[]): DecisionReport['verdict'] {
  const verdicts = new Set(parts.map(({ verdict }) => verdict))
  return verdicts.has('deny') ? 'deny' : verdicts.has('unknown') ? 'unknown' : 'allow'
}

/** Pods of one subject that are not alike give no one answer; whoever picks an identity takes the one that allows. */
function verdictOf(each: readonly DecisionReport['verdict'][], chooses: boolean): DecisionReport['verdict'] {
  const verdicts = new Set(each)
  if (chooses) return verdicts.has('allow') ? 'allow' : verdicts.has('unknown') ? 'unknown' : 'deny'
  const [first, ...others] = verdicts
  return first === undefined ? 'deny' : others.length === 0 ? first : 'unknown'
}

/** Identities that deny are of no interest while another may allow. */
function worthShowing(asked: readonly (readonly WayReport[])[]): readonly (readonly WayReport[])[] {
  const open = asked.filter(parts => togetherOf(parts) !== 'deny')
  return open.length > 0 ? open : asked.slice(0, 1)
}

interface Checked {
  readonly known: KnownAction | undefined
  readonly warnings: string[]
}

/** @throws UserError `UNKNOWN_ACTION` for a typing error; an action that AWS documents nowhere is only warned about. */
export async function checkedAction(action: string): Promise<Checked> {
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
    throw new UserError('UNKNOWN_ACTION', `${action} is not one service:Operation`, { help: 'name one action, such as s3:GetObject' })
  }
  const known = await knownAction(action)
  if (known !== undefined) return { known, warnings: [] }
  const near = await nearAction(action)
  if (near !== undefined) throw new UserError('UNKNOWN_ACTION', `AWS documents no action ${action}`, { help: `did you mean ${near}?` })
  return { known: undefined, warnings: [`AWS documents no action ${action}`] }
}

/** An action without resources is asked about as AWS asks: with `*`. */
export function resourceFor(known: KnownAction | undefined, target: AccessTarget, warnings: string[]): string {
  if (known === undefined || target.arn === '*') return target.arn
  if (known.resources.length === 0) {
    warnings.push(`${known.name} takes no resource: it is decided for "*"`)
    return '*'
  }
  if (!fitsResource(target.arn, known)) warnings.push(`${known.name} is about ${known.resources.join(' or ')}, and ${target.arn} is none`)
  return target.arn
}

/** @throws UserError `BAD_SET` */
export function contextOf(pairs: readonly string[]): Context {
  const context: Record<string, string | string[] | null> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1)
      throw new UserError('BAD_SET', `--set ${pair} is not key=value`, {
        help: 'give for example --set aws:SourceVpce=vpce-1, or =none for a key that is absent',
      })
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const before = context[key]
    context[key] = value === 'none' ? null : before === undefined || before === null ? value : [before, value].flat()
  }
  return context
}
