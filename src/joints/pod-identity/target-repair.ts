import { parseArn } from '#iam/arn.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { trustPath } from '#joints/trust.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { isDenied } from './decided.ts'
import { inlinePolicy } from './eks-auth.ts'
import type { TargetChain } from './target-chain.ts'

type Role = Resource<'aws/iam/Role'>

/** What both sides lack, as far as adding helps: an explicit Deny, a boundary or an organization's policy is for a person. */
export function chainFix(
  { answer, lacks, first, targetArn, actions, association }: TargetChain,
  target: Role | undefined,
): Fix | undefined {
  const { missingLayer, answer: decided } = answer.decision
  if (!isDenied(answer) || decided === 'explicitDeny' || (missingLayer !== 'identity' && missingLayer !== 'resource')) return undefined
  if (lacks.trust && (target === undefined || association.body.externalId === undefined)) return undefined
  const isForeign = parseArn(targetArn)?.account !== parseArn(first.id)?.account
  const own = lacks.identity && (isForeign || !lacks.trust)
  const changes = [
    ...(own
      ? [
          inlinePolicy(
            first,
            'assume-target-role',
            actions,
            targetArn,
            `Every session of ${first.body.RoleName} may then assume the target role, where that role trusts it.`,
          ),
        ]
      : []),
    ...(lacks.trust && target !== undefined ? trusting(target, first.id, actions, association.body.externalId ?? '') : []),
  ]
  const title = lacks.trust
    ? `let ${first.body.RoleName} assume the target role with the external id of the association`
    : `allow ${first.body.RoleName} to assume the target role`
  return changes.length === 0 ? undefined : { title, safe: false, changes }
}

/** For people, to stand behind a colon. */
export function whyBroken({ answer: { decision }, lacks }: TargetChain): string {
  if (decision.answer === 'explicitDeny') return decision.reason
  if (decision.missingLayer === 'resource' || decision.missingLayer === 'identity') {
    if (lacks.identity && lacks.trust) return 'neither do its own policies allow it, nor does the target trust it for that'
    return lacks.trust ? 'the target role does not trust it for that' : 'its own policies do not allow it'
  }
  return decision.reason
}

/** The list of statements with one more; a single statement becomes a list. */
function trusting(target: Role, roleArn: string, actions: readonly string[], externalId: string): Fix['changes'] {
  const document = target.body.AssumeRolePolicyDocument
  const before = valueAt(document, ['Statement'])
  const statements: readonly unknown[] = Array.isArray(before) ? before : before === undefined ? [] : [before]
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: roleArn },
    Action: actions.length === 1 ? actions[0] : actions,
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  }
  const after = { ...(document as Readonly<Record<string, unknown>> | undefined), Statement: [...statements, statement] }
  const risk = 'Pods of the association then act as the target role, in its account.'
  return policyChanges(target, trustPath, after, { permissions: ['iam:UpdateAssumeRolePolicy'], risk })
}
