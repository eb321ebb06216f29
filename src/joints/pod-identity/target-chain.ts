import { assumeRoleContext, podIdentitySession, sentTags } from '#iam/session.ts'
import { evaluateLayer, allowOf } from '#iam/layer.ts'
import { Question } from '#iam/question.ts'
import { NO } from '#iam/truth.ts'
import { askAccess, type AccessAnswer, type AccessReader } from '#joints/access.ts'
import { sessionCaller, sessionRole } from '#joints/access-caller.ts'
import type { Resource } from '#model/resource.ts'
import { hasPolicy, podFacts, type Association } from './association.ts'
import { worstOf } from './decided.ts'

type Role = Resource<'aws/iam/Role'>

/** The second assumption: EKS takes the association's role, and with it the target role. */
export interface TargetChain {
  readonly association: Association
  readonly first: Role
  readonly targetArn: string
  readonly actions: readonly string[]
  /** The call that decides. */
  readonly answer: AccessAnswer
  /** Whether the first role's own policies have no allow for one of the calls, and whether the target's trust policy has none. */
  readonly lacks: { readonly identity: boolean; readonly trust: boolean }
}

const podKeys = ['kubernetes-pod-name', 'kubernetes-pod-uid'] as const
const open = { unknown: 'each pod has its own' } as const

/**
 * Both sides must allow it, the tags that go on included. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 * @param targetArn the association's target role
 */
export function targetChain(world: AccessReader, association: Association, first: Role, targetArn: string): TargetChain {
  const input = {
    role: sessionRole(world, first),
    disableSessionTags: association.body.disableSessionTags === true,
    hasPolicy: hasPolicy(association),
  }
  const facts = podFacts(association)
  const made = podIdentitySession(input, facts)
  const tags = sentTags(input, facts)
  const isTagged = Object.keys(tags).length > 0
  const session = isTagged ? { ...made, context: { ...made.context, ...keyed('aws:PrincipalTag/') } } : made
  const { externalId } = association.body
  const context = {
    ...assumeRoleContext({ tags, transitiveKeys: Object.keys(tags) }),
    ...(isTagged ? keyed('aws:RequestTag/') : {}),
    // An association that has a target has an external id, whether the answer tells it or not.
    'sts:ExternalId': externalId ?? { unknown: 'the external id of the association was not read' },
  }
  // The association's session policy binds the last role of the chain alone.
  const caller = sessionCaller(world, first, { session })
  const actions = isTagged ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole']
  const ask = (action: string) => askAccess(world, caller, { action, resource: targetArn, context })
  const answers = [ask('sts:AssumeRole'), ...actions.slice(1).map(ask)] as const
  const lacks = {
    identity: answers.some(answer => lacksLayer(answer, 'identity')),
    trust: answers.some(answer => lacksLayer(answer, 'resource')),
  }
  return { association, first, targetArn, actions, answer: worstOf(answers), lacks }
}

const keyed = (prefix: string) => Object.fromEntries(podKeys.map(key => [`${prefix}${key}`, open]))

/** Whether a layer surely has no allow of its own. */
function lacksLayer({ policies, request }: AccessAnswer, layer: 'identity' | 'resource'): boolean {
  const given = policies[layer]
  return given !== undefined && given !== 'unread' && allowOf(evaluateLayer(given, new Question(request))) === NO
}
