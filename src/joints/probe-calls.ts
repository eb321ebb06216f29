import { accessKinds, askAccess, placedPolicy, type AccessAnswer } from './access.ts'
import type { Caller } from './access-caller.ts'
import { statementEvidence } from './access-layers.ts'
import type { Kind } from '#model/kinds.ts'
import type { Expectation, Observation, ProbeStep, StepResult } from '#model/probe.ts'
import type { Evidence } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { notObserved } from './define-probe.ts'

export const callKinds: readonly Kind[] = [...accessKinds, 'aws/ssm/Parameter']

/** A call that changes nothing, and what the engine says of it. */
export interface TriedCall {
  readonly action: string
  readonly resource: string
  readonly answer: AccessAnswer
}

/**
 * Operations that read and that the program in probe/ can do, the most harmless first: what is allowed is tried with the first that is, and what is
 * forbidden with the last that is, since a forbidden read of a value tells most.
 */
const operations: readonly {
  readonly action: string
  readonly kind: 'aws/kms/Key' | 'aws/s3/Bucket' | 'aws/secretsmanager/Secret' | 'aws/ssm/Parameter'
}[] = [
  { action: 's3:ListBucket', kind: 'aws/s3/Bucket' },
  { action: 'kms:DescribeKey', kind: 'aws/kms/Key' },
  { action: 'secretsmanager:DescribeSecret', kind: 'aws/secretsmanager/Secret' },
  { action: 'ssm:GetParameters', kind: 'aws/ssm/Parameter' },
  { action: 'secretsmanager:GetSecretValue', kind: 'aws/secretsmanager/Secret' },
]

/** Enough to find one of each in an account with thousands of secrets. */
const mostResources = 200

export interface ChosenCalls {
  readonly permitted?: TriedCall
  readonly forbidden?: TriedCall
}

/** One call that the engine allows a caller, and one that it denies. */
export function chooseCalls(world: World, caller: Caller): ChosenCalls {
  const asked = operations.flatMap(({ action, kind }) =>
    world
      .seen(kind)
      .slice(0, mostResources)
      .map(({ id }) => ({ action, resource: id, answer: askAccess(world, caller, { action, resource: id }) })),
  )
  const permitted = asked.find(({ answer }) => answer.decision.answer === 'allow')
  const forbidden = asked.findLast(({ answer }) => isDenial(answer)) ?? absentSecret(world, caller)
  return { ...(permitted === undefined ? {} : { permitted }), ...(forbidden === undefined ? {} : { forbidden }) }
}

/** Where everything that exists is allowed, a secret that does not: permission is asked before existence. */
function absentSecret(world: World, caller: Caller): TriedCall | undefined {
  const [, partition, , , account] = caller.arn?.split(':') ?? []
  const region = caller.network?.region
  if (partition === undefined || account === undefined || region === undefined) return undefined
  const resource = `arn:${partition}:secretsmanager:${region}:${account}:secret:mortise-probe-absent`
  const action = 'secretsmanager:GetSecretValue'
  const answer = askAccess(world, caller, { action, resource })
  return isDenial(answer) ? { action, resource, answer } : undefined
}

const isDenial = ({ decision }: AccessAnswer): boolean => decision.answer === 'implicitDeny' || decision.answer === 'explicitDeny'

export const callStep = (id: string, { action, resource }: TriedCall): ProbeStep => ({ id, do: 'call', operation: action, resource })

/** Whether the engine is right about a call: one that it allows must be let in, one that it denies refused. */
export const callExpectation = (id: 'permitted' | 'forbidden', { action, resource, answer }: TriedCall): Expectation => ({
  id,
  says: `${id === 'permitted' ? 'it may call' : 'it is denied'} ${action} on ${resource}`,
  isMust: true,
  predicted: { is: 'yes', because: answer.decision.reason, at: deciding(answer) },
})

function deciding({ layers, decision: { decidedBy } }: AccessAnswer): readonly Evidence[] {
  if (decidedBy === undefined) return []
  const placed = placedPolicy(layers, decidedBy)
  return placed === undefined ? [] : [statementEvidence(placed, decidedBy.statement, 'this statement decides')]
}

const denied = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden|NotAuthorized)$/
/** Services look for the thing when they have let the caller in. */
const absent = /^(NoSuch\w+|\w*NotFound\w*|ResourceNotFoundException)$/

/** What the answer of AWS to one call shows. */
export function callObserved(id: 'permitted' | 'forbidden', { ok, code = '', text }: StepResult): Observation {
  const isLetIn = ok || absent.test(code)
  if (!isLetIn && !denied.test(code)) return notObserved(text)
  return { is: isLetIn === (id === 'permitted') ? 'yes' : 'no', text: ok ? text : isLetIn ? `let in, and there is nothing: ${text}` : text }
}
