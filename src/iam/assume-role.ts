import { decide, type Decision, type Policies } from './decide.ts'
import type { Context, Principal } from './request.ts'
import { assumeRoleContext, type Tags } from './session.ts'

/** One call of sts:AssumeRole with everything that goes with it. */
export interface AssumeRoleQuestion {
  readonly principal: Principal
  /** With its path. */
  readonly roleArn: string
  readonly tags?: Tags
  readonly transitiveKeys?: readonly string[]
  readonly externalId?: string
  readonly sessionName?: string
  readonly sourceIdentity?: string
  /** What else is known of the caller and the call. */
  readonly context?: Context
}

export interface AssumeRoleDecision {
  /** The action that decides: the first that is not allowed, or sts:AssumeRole. */
  readonly action: 'sts:AssumeRole' | 'sts:TagSession' | 'sts:SetSourceIdentity'
  readonly decision: Decision
}

/**
 * Decides whether a role may be assumed. Tags and a source identity are permissions of their own, needed on both sides:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
 * @param policies `resource` holds the role's trust policy
 */
export function decideAssumeRole(question: AssumeRoleQuestion, policies: Policies): AssumeRoleDecision {
  const actions: AssumeRoleDecision['action'][] = ['sts:AssumeRole']
  if (Object.keys(question.tags ?? {}).length > 0) actions.push('sts:TagSession')
  if (question.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
  const answers = actions.map(action => ({ action, decision: decideOne(question, action, policies) }))
  const denied = answers.find(({ decision }) => decision.answer === 'explicitDeny' || decision.answer === 'implicitDeny')
  const open = answers.find(({ decision }) => decision.answer === 'unknown')
  return denied ?? open ?? answers[0] ?? { action: 'sts:AssumeRole', decision: decideOne(question, 'sts:AssumeRole', policies) }
}

function decideOne(question: AssumeRoleQuestion, action: string, policies: Policies): Decision {
  const { principal, roleArn } = question
  return decide({ principal, action, resource: roleArn, context: { ...question.context, ...assumeRoleContext(question) } }, policies)
}
