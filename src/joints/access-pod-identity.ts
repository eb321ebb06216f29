import type { UnreadFact } from '#base/errors.ts'
import { decide, type Policies } from '#iam/decide.ts'
import type { Decision } from '#iam/decision.ts'
import type { Context } from '#iam/request.ts'
import { assumeRoleContext, chainedSession, podIdentitySession, sentTags, type PodFacts, type Session } from '#iam/session.ts'
import type { Resource } from '#model/resource.ts'
import { assumedRole, notFound, type Ended } from './access-assumed-role.ts'
import { findRole, sessionCaller, sessionRole, type Caller } from './access-caller.ts'
import { compiledDocument, documentLayer, type PlacedLayer } from './access-documents.ts'
import { networkOf } from './access-endpoint.ts'
import type { Mechanism, MechanismReader, Step } from './access-mechanism.ts'
import { resourceControlOver, unreadResourceControl } from './access-organization.ts'
import { eksCluster } from './clusters.ts'
import { trustPath } from './trust.ts'

export type Association = Resource<'aws/eks/PodIdentityAssociation'>

type Role = Resource<'aws/iam/Role'>

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
  return targetRole(world, { association, pod, caller, session, before: ended, targetArn: chained, policy })
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
  readonly before: Ended
  readonly targetArn: string
  readonly policy: PlacedLayer | undefined
}

/** The role that EKS assumes with the first. */
function targetRole(world: MechanismReader, { association, pod, caller, session, before, targetArn, policy }: TargetInput): Ended {
  const tags = session.transitiveTags
  return assumedRole(world, {
    caller,
    before,
    roleArn: targetArn,
    named: association.at(['targetRoleArn'], 'the association names it'),
    title: 'target role',
    tags,
    transitiveKeys: Object.keys(tags),
    externalId: association.body.externalId,
    policy,
    next: role => withOpenPod(chainedSession(session, { role, sessionName: 'unknown' }), pod),
  })
}
