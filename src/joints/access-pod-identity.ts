import type { UnreadFact } from '#base/errors.ts'
import { decide, type Policies } from '#iam/decide.ts'
import type { Decision } from '#iam/decision.ts'
import type { Context } from '#iam/request.ts'
import { assumeRoleContext, chainedSession, podIdentitySession, sentTags, type PodFacts, type Session } from '#iam/session.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { askAccess, placedPolicy } from './access.ts'
import { findRole, roleText, sessionCaller, sessionRole, type Caller, type FoundRole } from './access-caller.ts'
import { compiledDocument, documentLayer, type PlacedLayer } from './access-documents.ts'
import { networkOf } from './access-endpoint.ts'
import type { Mechanism, MechanismReader, Step } from './access-mechanism.ts'
import { resourceControlOver, unreadResourceControl } from './access-organization.ts'
import { eksCluster } from './clusters.ts'
import { trustPath } from './trust.ts'

export type Association = Resource<'aws/eks/PodIdentityAssociation'>

type Role = Resource<'aws/iam/Role'>
type Ended = Pick<Mechanism, 'steps' | 'session'>

/** The pod that asks, when it is one; else its name and uid are open. */
export interface PodName {
  readonly name: string
  readonly uid: string
}

const service = 'pods.eks.amazonaws.com'
const podKeys = ['kubernetes-pod-name', 'kubernetes-pod-uid'] as const

/**
 * The session that EKS hands to pods of an association: of its role, or of its target role, which EKS assumes with the first.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */
export function podIdentityMechanism(
  world: MechanismReader,
  association: Association,
  pod: PodName | undefined,
  steps: readonly Step[],
): Mechanism {
  const { roleArn, targetRoleArn } = association.body
  const here: Step = { text: 'Pod Identity association', at: association.at([], 'this association gives its pods the role') }
  const all = [...steps, here]
  if (roleArn === undefined) {
    const fact: UnreadFact = {
      kind: 'aws/eks/PodIdentityAssociation',
      id: association.id,
      reason: 'the association was listed and not described',
      settle: { by: 'iam', action: 'eks:DescribePodIdentityAssociation' },
    }
    return { by: 'pod-identity', steps: all, session: { is: 'unknown', fact } }
  }
  return { by: 'pod-identity', roleArn: targetRoleArn ?? roleArn, ...firstRole(world, association, pod, all, roleArn) }
}

function firstRole(
  world: MechanismReader,
  association: Association,
  pod: PodName | undefined,
  steps: readonly Step[],
  roleArn: string,
): Ended {
  const found = findRole(world, roleArn)
  if (found.is !== 'found') return notFound(found, roleArn, steps, association.at(['roleArn'], 'the association names it'))
  const facts = podFacts(world, association, pod)
  const chained = association.body.targetRoleArn
  const input = associationInput(world, found.role, association)
  const session = withOpenPod(podIdentitySession(input, facts), pod)
  const policy = sessionPolicy(association)
  const caller = sessionCaller(world, found.role, {
    session,
    network: clusterNetwork(world, association),
    ...(chained === undefined ? { policy } : {}),
  })
  const ended = trusted(world, found.role, requestTags(sentTags(input, facts), pod), steps, caller)
  if (chained === undefined || ended.session.is === 'refused') return ended
  return targetRole(world, { association, pod, caller, session, steps: ended.steps, before: ended, targetArn: chained, policy })
}

function notFound(found: Exclude<FoundRole, { is: 'found' }>, arn: string, steps: readonly Step[], at: Evidence): Ended {
  if (found.is === 'unread') return { steps, session: { is: 'unknown', fact: found.fact } }
  return { steps, session: { is: 'refused', reason: `${roleText(arn)} does not exist`, at: [at] } }
}

const associationInput = (world: MechanismReader, role: Role, association: Association) => ({
  role: sessionRole(world, role),
  disableSessionTags: association.body.disableSessionTags === true,
  hasPolicy: association.body.policy !== undefined && association.body.policy !== null,
})

function podFacts(world: MechanismReader, association: Association, pod: PodName | undefined): PodFacts {
  const { clusterName, namespace, serviceAccount } = association.body
  const cluster = eksCluster(world, clusterName)
  const [, partition = 'aws', , region = '', account = ''] = association.id.split(':')
  return {
    clusterArn: cluster?.id ?? `arn:${partition}:eks:${region}:${account}:cluster/${clusterName}`,
    clusterName,
    namespace,
    serviceAccount,
    podName: pod?.name ?? '',
    podUid: pod?.uid ?? '',
  }
}

const openPod = { unknown: 'each pod has its own' } as const

/** Where no single pod is meant, tags that name one are open. */
function withOpenPod(session: Session, pod: PodName | undefined): Session {
  if (pod !== undefined || Object.keys(session.transitiveTags).length === 0) return session
  return { ...session, context: { ...session.context, ...Object.fromEntries(podKeys.map(key => [`aws:PrincipalTag/${key}`, openPod])) } }
}

function requestTags(tags: Readonly<Record<string, string>>, pod: PodName | undefined): Context {
  const context = assumeRoleContext({ tags, transitiveKeys: Object.keys(tags) })
  if (pod !== undefined || Object.keys(tags).length === 0) return context
  return { ...context, ...Object.fromEntries(podKeys.map(key => [`aws:RequestTag/${key}`, openPod])) }
}

/** The association's session policy binds the last role alone. Absent is none: describing an association gives it. */
const sessionPolicy = (association: Association): PlacedLayer | undefined => {
  const { policy } = association.body
  if (policy === undefined || policy === null) return undefined
  return documentLayer(association, ['policy'], policy, 'session', 'session policy of the association', {
    kind: association.kind,
    reason: 'the policy was not read',
  })
}

function clusterNetwork(world: MechanismReader, association: Association) {
  const cluster = eksCluster(world, association.body.clusterName)
  return cluster === undefined ? undefined : networkOf(cluster.id, cluster.body.resourcesVpcConfig?.vpcId)
}

/** EKS assumes the role as its service principal, with tags unless they are switched off. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
function trusted(world: MechanismReader, role: Role, tags: Context, before: readonly Step[], caller: Caller): Ended {
  const document = role.body.AssumeRolePolicyDocument
  if (typeof document !== 'object' || document === null) {
    const fact: UnreadFact = {
      kind: 'aws/iam/Role',
      id: role.id,
      reason: 'the role was read without its trust policy',
      settle: { by: 'iam', action: 'iam:GetRole' },
    }
    return { steps: before, session: { is: 'unknown', fact, caller } }
  }
  const policy = compiledDocument(document, 'trust')
  const policies: Policies = { resource: [policy], ...resourceControlOver(world, role.id) }
  const actions = Object.keys(tags).some(key => key.startsWith('aws:RequestTag/'))
    ? ['sts:AssumeRole', 'sts:TagSession']
    : ['sts:AssumeRole']
  const answers = actions.map(action => ({ action, decision: decide(serviceRequest(role.id, action, tags), policies) }))
  const worst =
    answers.find(({ decision }) => isDenied(decision)) ?? answers.find(({ decision }) => decision.answer === 'unknown') ?? answers[0]
  if (worst === undefined) throw new Error('an association assumes its role')
  const { action, decision } = worst
  if (decision.answer === 'allow') {
    const path = policy.statements[decision.decidedBy?.statement ?? 0]?.path ?? []
    return {
      steps: [...before, { text: `role ${role.body.RoleName}`, at: role.at([...trustPath, ...path], `trusts ${service}`) }],
      session: { is: 'holds', caller },
    }
  }
  const at = role.at(trustPath, `this trust policy does not let ${service} do ${action}`)
  const steps = [...before, { text: `role ${role.body.RoleName}`, at }]
  if (decision.answer !== 'unknown')
    return {
      steps,
      session: {
        is: 'refused',
        reason: `role ${role.body.RoleName} does not let ${service} do ${action}${decision.answer === 'explicitDeny' ? `: ${decision.reason}` : ''}`,
        at: [at],
      },
    }
  const reason = `whether the trust policy lets EKS in: ${decision.reason}`
  const guardrail = decision.conditional.length === 0 ? unreadResourceControl(world, role.id) : undefined
  return { steps, session: { is: 'unknown', fact: guardrail ?? { kind: 'aws/iam/Role', id: role.id, reason }, caller } }
}

const isDenied = ({ answer }: Decision): boolean => answer === 'explicitDeny' || answer === 'implicitDeny'

const serviceRequest = (role: string, action: string, tags: Context) => ({
  principal: { kind: 'service', name: service } as const,
  action,
  resource: role,
  context: { ...tags, 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': service, 'aws:ViaAWSService': 'false' },
  unlistedKeys: { absent: ['aws:requesttag/', 'aws:principal', 'aws:multifactorauth', 'aws:username', 'sts:externalid'] },
})

interface TargetInput {
  readonly association: Association
  readonly pod: PodName | undefined
  readonly caller: Caller
  readonly session: Session
  readonly steps: readonly Step[]
  readonly before: Ended
  readonly targetArn: string
  readonly policy: PlacedLayer | undefined
}

/** Both sides of the second assumption must allow it, with the tags and the external id that EKS sends. */
function targetRole(world: MechanismReader, input: TargetInput): Ended {
  const { association, caller, session, steps, before, targetArn } = input
  const found = findRole(world, targetArn)
  if (found.is !== 'found') return notFound(found, targetArn, steps, association.at(['targetRoleArn'], 'the association names it'))
  const tags = session.transitiveTags
  const { externalId } = association.body
  const context = assumeRoleContext({ tags, transitiveKeys: Object.keys(tags), ...(externalId === undefined ? {} : { externalId }) })
  const actions = Object.keys(tags).length === 0 ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession']
  const answers = actions.map(action => askAccess(world, caller, { action, resource: targetArn, context }))
  const worst =
    answers.find(answer => isDenied(answer.decision)) ?? answers.find(answer => answer.decision.answer === 'unknown') ?? answers[0]
  if (worst === undefined) throw new Error('an association assumes its target role')
  const next = withOpenPod(chainedSession(session, { role: sessionRole(world, found.role), sessionName: 'unknown' }), input.pod)
  const target = sessionCaller(world, found.role, { session: next, network: caller.network, policy: input.policy })
  const placed = worst.decision.decidedBy === undefined ? undefined : placedPolicy(worst.layers, worst.decision.decidedBy)
  const statement = placed?.policy.statements[worst.decision.decidedBy?.statement ?? 0]
  const at =
    placed === undefined
      ? found.role.at([], 'the target role')
      : placed.resource.at([...placed.path, ...(statement?.path ?? [])], `${worst.request.action} on the target role`)
  const further = [...steps, { text: `target role ${found.role.body.RoleName}`, at }]
  if (isDenied(worst.decision))
    return {
      steps: further,
      session: {
        is: 'refused',
        reason: `${caller.text} may not do ${worst.request.action} on ${roleText(targetArn)}: ${worst.decision.reason}`,
        at: [at],
      },
    }
  if (before.session.is === 'unknown') return { steps: further, session: { is: 'unknown', fact: before.session.fact, caller: target } }
  if (worst.decision.answer === 'allow') return { steps: further, session: { is: 'holds', caller: target } }
  const fact = worst.unread[0] ?? {
    kind: 'aws/iam/Role',
    id: targetArn,
    reason: `whether the target role may be assumed: ${worst.decision.reason}`,
  }
  return { steps: further, session: { is: 'unknown', fact, caller: target } }
}
