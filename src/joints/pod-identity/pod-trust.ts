import { Unread } from '#base/errors.ts'
import type { CompiledPolicy } from '#iam/compile.ts'
import { decide, type Decision } from '#iam/decide.ts'
import type { Statement } from '#iam/document.ts'
import { explainPolicy, type Difference, type StatementTrace } from '#iam/explain.ts'
import { healPolicy, type Heal } from '#iam/heal.ts'
import type { Context, Request } from '#iam/request.ts'
import { assumeRoleContext, podIdentityTags, type PodFacts } from '#iam/session.ts'
import { compiledDocument } from '#joints/access-documents.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import { clusterArnOf, podFacts, sendsTags, type Association } from './association.ts'

type Role = Resource<'aws/iam/Role'>

export const podService = 'pods.eks.amazonaws.com'

/** Which check speaks: exactly one for every trust that is denied. */
export type TrustCause = 'principal' | 'tag-session' | 'tags-disabled' | 'other'

/** Whether a role lets EKS in for an association, with what decides. */
export interface PodTrust {
  readonly role: Role
  readonly association: Association
  readonly policy: CompiledPolicy
  /** The call that decides: sts:TagSession is a permission of its own. */
  readonly action: string
  readonly decision: Decision
  readonly denied?: { readonly cause: TrustCause; readonly nearest: StatementTrace | undefined; readonly heal: Heal | undefined }
}

const answers = perWorld((_world: object) => new Map<string, PodTrust>())

/**
 * Asked once per world and association, whichever check asks first.
 * @throws Unread when the policy was not read, or when the answer depends on something that only the live call knows.
 */
export function podTrustOf(world: object, association: Association, role: Role): PodTrust {
  const known = answers(world)
  const trust = known.get(association.id) ?? judge(association, role)
  known.set(association.id, trust)
  const { decision } = trust
  if (decision.answer !== 'unknown') return trust
  const keys = [...new Set(decision.conditional.map(residual => residual.key))]
  throw new Unread({
    kind: role.kind,
    id: role.id,
    reason: `whether its trust policy lets ${podService} in: ${decision.reason}`,
    settle: {
      by: 'user',
      step:
        keys.length === 0
          ? 'mend the trust policy element that IAM would refuse'
          : `compare the policy's condition on ${keys.join(', ')} with the calls of EKS in CloudTrail`,
    },
  })
}

function judge(association: Association, role: Role): PodTrust {
  const document = role.body.AssumeRolePolicyDocument
  if (typeof document !== 'object' || document === null) {
    throw new Unread({
      kind: role.kind,
      id: role.id,
      reason: 'the role was read without its trust policy',
      settle: { by: 'iam', action: 'iam:GetRole' },
    })
  }
  const policy = compiledDocument(document, 'trust')
  const { action, decision } = decideBoth(association, role.id, policy)
  const common = { role, association, policy, action, decision }
  return isDenied(decision) ? { ...common, denied: diagnose(association, role.id, policy, action, decision) } : common
}

const isDenied = ({ answer }: Decision): boolean => answer === 'explicitDeny' || answer === 'implicitDeny'

/** A denied call decides, then an open one. */
function decideBoth(
  association: Association,
  roleArn: string,
  policy: CompiledPolicy,
): { readonly action: string; readonly decision: Decision } {
  const actions = sendsTags(association) ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole']
  const each = actions.map(action => ({ action, decision: decide(serviceRequest(association, roleArn, action), { resource: [policy] }) }))
  const worst = each.find(({ decision }) => isDenied(decision)) ?? each.find(({ decision }) => decision.answer === 'unknown') ?? each[0]
  if (worst === undefined) throw new Error('an association assumes its role')
  return worst
}

/** The call with which EKS assumes the role for pods of the association. Names and uids of pods differ, so a policy that asks for one is open. */
function serviceRequest(association: Association, roleArn: string, action: string): Request {
  if (!sendsTags(association))
    return requestWith({ ...assumeRoleContext({}), 'aws:TagKeys': null, 'sts:TransitiveTagKeys': null }, roleArn, action)
  const request = tagRequest(podFacts(association), roleArn, action)
  const open = { unknown: 'each pod has its own' }
  return {
    ...request,
    context: { ...request.context, 'aws:RequestTag/kubernetes-pod-name': open, 'aws:RequestTag/kubernetes-pod-uid': open },
  }
}

/** The same for one pod, with its tags. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html */
export function tagRequest(pod: PodFacts, roleArn: string, action: string): Request {
  const tags = podIdentityTags(pod)
  return requestWith(assumeRoleContext({ tags, transitiveKeys: Object.keys(tags) }), roleArn, action)
}

const requestWith = (context: Context, roleArn: string, action: string): Request => ({
  principal: { kind: 'service', name: podService },
  action,
  resource: roleArn,
  context: { ...context, 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': podService, 'aws:ViaAWSService': 'false' },
  unlistedKeys: { absent: ['aws:requesttag/', 'aws:principal', 'aws:multifactorauth', 'aws:username', 'sts:externalid'] },
})

function diagnose(
  association: Association,
  roleArn: string,
  policy: CompiledPolicy,
  action: string,
  decision: Decision,
): NonNullable<PodTrust['denied']> {
  const request = serviceRequest(association, roleArn, action)
  const traces = explainPolicy(request, policy)
  const heals = healPolicy(request, policy, {
    decide: healed => decideBoth(association, roleArn, healed).decision,
    newStatement: podStatement(association),
  })
  if (decision.answer === 'explicitDeny') {
    return { cause: 'other', nearest: traces[decision.decidedBy?.statement ?? 0], heal: heals.find(heal => heal.kind === 'exemptFromDeny') }
  }
  const meant = traces.filter(
    trace =>
      trace.effect === 'Allow' &&
      !trace.differences.some(difference => difference.element === 'Principal' || difference.element === 'NotPrincipal'),
  )
  const [nearest] = meant.toSorted((a, b) => a.differences.length - b.differences.length)
  if (nearest === undefined) return { cause: 'principal', nearest: traces[0], heal: heals.find(heal => heal.kind === 'addStatement') }
  const untagged = sendsTags(association) ? undefined : meant.find(trace => trace.differences.every(isAboutTags))
  if (untagged !== undefined) return { cause: 'tags-disabled', nearest: untagged, heal: undefined }
  const onlyAction = action === 'sts:TagSession' && nearest.differences.every(difference => difference.element === 'Action')
  const heal = heals.find(({ kind }) => kind !== 'changePrincipal' && kind !== 'addPrincipal')
  return { cause: onlyAction ? 'tag-session' : 'other', nearest, heal }
}

const tagKeys = /^(?:aws:requesttag\/|aws:principaltag\/|aws:tagkeys$|sts:transitivetagkeys$)/i

const isAboutTags = ({ element, key = '', actual }: Difference): boolean =>
  element === 'Condition' && actual === undefined && tagKeys.test(key)

/** The least that lets EKS in for one service account; without tags there is nothing to compare. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
function podStatement(association: Association): Statement {
  const { namespace, serviceAccount } = association.body
  const tags = {
    'aws:RequestTag/eks-cluster-arn': clusterArnOf(association),
    'aws:RequestTag/kubernetes-namespace': namespace,
    'aws:RequestTag/kubernetes-service-account': serviceAccount,
  }
  return {
    Effect: 'Allow',
    Principal: { Service: podService },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    ...(sendsTags(association) ? { Condition: { StringEquals: tags } } : {}),
  }
}
