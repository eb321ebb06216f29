import { awsKinds, type AwsKind } from '#model/kinds.ts'
import type { FilePlace, Origin, Path, Spot } from '#model/place.ts'
import { pathText, valueAt } from '#model/place.ts'
import type { Scope } from '#model/resource.ts'
import { scopeOfArn } from '#model/world.ts'
import { awsForm, policyPlaces } from './aws-forms.ts'
import { conform } from './conform.ts'
import { placeInLiteral } from './literal-place.ts'
import type { Harvest } from './harvest.ts'
import { decodePolicy } from './policy-document.ts'
import { organizationArn, prepareAws } from './prepare-aws.ts'
import { inside, originAt, problemAt, type Seat } from './seat.ts'
import { misfitProblem, unread } from './take-kubernetes.ts'

/** Account and region (of which partition) as the document gives them, for what has no ARN that says so. */
export interface Given {
  readonly partition?: string
  readonly account?: string
  readonly region?: string
}

/**
 * Takes one AWS object and tells its account, or undefined when it was left out. What cannot be what the API gave is reported, and its id is unread.
 */
export function takeAws(harvest: Harvest, kind: AwsKind, said: Record<string, unknown>, seat: Seat, given: Given = {}): Scope | undefined {
  const body = prepareAws(kind, said, given)
  const misfit = conform(body, awsForm(kind))
  const id = misfit === undefined ? (awsKinds[kind].id as (body: unknown) => unknown)(body) : undefined
  if (misfit !== undefined || typeof id !== 'string' || id === '') {
    harvest.problems.push(
      misfit === undefined
        ? problemAt(seat, [], 'NO_NAME', `this ${kind} has no ARN`, 'save it as the API gives it, or add account: and region:')
        : misfitProblem(seat, misfit),
    )
    harvest.unread.push({ kind, where: 'anywhere', ...unread(seat) })
    return undefined
  }
  const scope = scopeSaid(kind, organizationArn(body) ?? id, given)
  if (scope === undefined) {
    const help = 'write the ARN in full, or add account: (and region:)'
    harvest.problems.push(
      problemAt(
        seat,
        ['Arn' in body ? 'Arn' : 'arn'],
        'NO_ACCOUNT',
        `${JSON.stringify(id)} does not say which account it belongs to`,
        help,
      ),
    )
    harvest.unread.push({ kind, id, where: 'anywhere', ...unread(seat) })
    return undefined
  }
  const texts = decodePolicies(harvest, kind, body, seat)
  if (texts === undefined) harvest.unread.push({ kind, id, where: { scope }, ...unread(seat) })
  else harvest.held.push({ kind, id, scope, body, origin: texts.length === 0 ? originAt(seat) : originWithTexts(seat, texts) })
  return scope
}

/** Where an AWS object lives: as its ARN says, and what that leaves out as given. */
export function scopeSaid(kind: AwsKind, arn: string, given: Given): Scope | undefined {
  const found = scopeOfArn(arn)
  const said = found !== undefined && 'account' in found && found.account !== '' ? found : undefined
  const account = said?.account ?? given.account
  if (account === undefined) return undefined
  const region = said === undefined ? given.region : (said.region ?? given.region)
  return awsKinds[kind].global || region === undefined ? { account } : { ...said, account, region }
}

/** Decodes every policy document of a body, in place. The paths of those that were texts; undefined when one is not a policy document. */
function decodePolicies(harvest: Harvest, kind: AwsKind, body: Record<string, unknown>, seat: Seat): Path[] | undefined {
  const texts: Path[] = []
  let isSound = true
  for (const path of policyPlaces(kind).flatMap(pattern => matches(body, pattern))) {
    const decoded = decodePolicy(valueAt(body, path))
    if (decoded.is === 'not-json') {
      isSound = false
      const message = `the policy document at ${pathText(path)} is not JSON: ${decoded.why}`
      harvest.problems.push(problemAt(seat, path, 'POLICY_NOT_JSON', message, 'save it again as the API gives it'))
    } else if (decoded.wasText) {
      texts.push(path)
      const holder = valueAt(body, path.slice(0, -1)) as Record<string | number, unknown>
      holder[path.at(-1) as string] = decoded.value
    }
  }
  return isSound ? texts : undefined
}

/** The paths that a pattern stands for and that hold a value. */
function matches(body: unknown, pattern: readonly (string | '*')[], path: Path = []): Path[] {
  const [step, ...rest] = pattern
  if (step === undefined) return body === undefined || body === null ? [] : [path]
  if (step === '*') return Array.isArray(body) ? body.flatMap((item, index) => matches(item, rest, [...path, index])) : []
  return matches(valueAt(body, [step]), rest, [...path, step])
}

/** Places inside a document that was a text lie within that text: exact when its lines stand as they are, else the whole of it. */
function originWithTexts(seat: Seat, texts: readonly Path[]): Origin {
  const plain = originAt(seat)
  return {
    locate(path: Path, spot: Spot) {
      const text = texts.find(candidate => candidate.length < path.length && candidate.every((step, index) => path[index] === step))
      if (text === undefined) return plain.locate(path, spot)
      const exact: FilePlace | undefined = placeInLiteral(inside(seat, ...text), path.slice(text.length), spot)
      return exact ?? plain.locate(text, 'value')
    },
  }
}
