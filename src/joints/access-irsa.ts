import { decideTrust, type TrustQuestion } from '#iam/web-identity.ts'
import { webIdentitySession } from '#iam/session.ts'
import type { Decision } from '#iam/decision.ts'
import type { Evidence, Resource, Scope } from '#model/resource.ts'
import { findRole, roleText, sessionCaller, sessionRole, type Caller } from './access-caller.ts'
import { compiledDocument, tried } from './access-documents.ts'
import { networkOf } from './access-endpoint.ts'
import type { Mechanism, MechanismReader, SessionState, Step } from './access-mechanism.ts'
import { resourceControlOver, unreadResourceControl } from './access-organization.ts'
import { issuerOf } from './clusters.ts'
import { parseRoleArn, providerArn } from './irsa/service-account.ts'
import { trustPath } from './trust.ts'

/** What a pod presents to STS, and where that stands. */
export interface WebIdentityInput {
  readonly scope: Scope
  readonly namespace: string
  readonly serviceAccountName: string
  readonly roleArn: string
  readonly audience: string
  readonly steps: readonly Step[]
  readonly sessionName?: string
}

/** The session that a service account's token gets for a role. */
export function webIdentityMechanism(world: MechanismReader, input: WebIdentityInput): Mechanism {
  return { by: 'irsa', roleArn: input.roleArn, ...sessionOf(world, input) }
}

type Ended = Pick<Mechanism, 'steps' | 'session'>

function sessionOf(world: MechanismReader, input: WebIdentityInput): Ended {
  const { steps, roleArn } = input
  const last = steps.at(-1)?.at
  const refused = (reason: string, at: readonly Evidence[] = last === undefined ? [] : [last]): Ended => ({
    steps,
    session: { is: 'refused', reason, at },
  })
  const parts = parseRoleArn(roleArn)
  if (parts === undefined) return refused(`${roleArn} is not the ARN of a role`)
  const found = findRole(world, roleArn)
  if (found.is === 'unread') return { steps, session: { is: 'unknown', fact: found.fact } }
  if (found.is === 'missing') return refused(`${roleText(roleArn)} does not exist`)
  const issuer = tried(() => issuerOf(world, input.scope))
  if (issuer.is === 'unread') return { steps, session: { is: 'unknown', fact: issuer.fact } }
  const { key, cluster } = issuer.value
  const provider = providerArn(parts, key)
  const question: TrustQuestion = {
    roleArn,
    providerArn: provider,
    issuer: key,
    claims: { sub: `system:serviceaccount:${input.namespace}:${input.serviceAccountName}`, aud: input.audience },
  }
  const session = webIdentitySession({
    role: sessionRole(world, found.role),
    issuer: key,
    ...question.claims,
    aud: input.audience,
    ...(input.sessionName === undefined ? {} : { sessionName: input.sessionName }),
  })
  const caller = sessionCaller(world, found.role, { session, network: networkOf(cluster.id, cluster.body.resourcesVpcConfig?.vpcId) })
  const known = tried(() => world.find('aws/iam/OpenIDConnectProvider', provider))
  if (known.is === 'read' && known.value === undefined) return refused(`account ${parts.account} has no OIDC provider for the cluster`)
  const judged = judgeTrust(world, found.role, question, caller)
  const trustStep: Step = { text: roleText(roleArn), ...(judged.at === undefined ? {} : { at: judged.at }) }
  if (judged.session.is === 'holds' && known.is === 'unread')
    return { steps: [...steps, trustStep], session: { is: 'unknown', fact: known.fact, caller } }
  if (known.is === 'read' && known.value?.body.ClientIDList?.includes(input.audience) === false)
    return refused(`the OIDC provider does not accept the audience ${input.audience}`)
  return { steps: [...steps, trustStep], session: judged.session }
}

interface Judged {
  readonly session: SessionState
  readonly at?: Evidence
}

const judged = new WeakMap<object, Map<string, { readonly decision: Decision; readonly document: object }>>()

/** The trust policy's answer, within the resource control policies of the role's account. */
function judgeTrust(world: MechanismReader, role: Resource<'aws/iam/Role'>, question: TrustQuestion, caller: Caller): Judged {
  const document = role.body.AssumeRolePolicyDocument
  if (typeof document !== 'object' || document === null) {
    return {
      session: {
        is: 'unknown',
        caller,
        fact: {
          kind: 'aws/iam/Role',
          id: role.id,
          reason: 'the role was read without its trust policy',
          settle: { by: 'iam', action: 'iam:GetRole' },
        },
      },
    }
  }
  const decision = trustDecision(world, role, question, document)
  const policy = compiledDocument(document, 'trust')
  if (decision.answer === 'allow') {
    const path = policy.statements[decision.decidedBy?.statement ?? 0]?.path ?? []
    return { session: { is: 'holds', caller }, at: role.at([...trustPath, ...path], `trusts ${question.claims.sub}`) }
  }
  const at = role.at(trustPath, `this trust policy does not let ${question.claims.sub} in`)
  if (decision.answer === 'unknown') {
    const reason = `whether the trust policy lets the token in: ${decision.reason}`
    const guardrail = decision.conditional.length === 0 ? unreadResourceControl(world, role.id) : undefined
    return { session: { is: 'unknown', fact: guardrail ?? { kind: 'aws/iam/Role', id: role.id, reason }, caller }, at }
  }
  const how = decision.answer === 'explicitDeny' ? `: ${decision.reason}` : ''
  return { session: { is: 'refused', reason: `role ${role.body.RoleName} does not trust ${question.claims.sub}${how}`, at: [at] }, at }
}

function trustDecision(world: MechanismReader, role: Resource<'aws/iam/Role'>, question: TrustQuestion, document: object): Decision {
  const answers = judged.get(world) ?? new Map<string, { readonly decision: Decision; readonly document: object }>()
  judged.set(world, answers)
  const key = [role.id, question.issuer, question.claims.sub, question.claims.aud].join('\n')
  const known = answers.get(key)
  if (known?.document === document) return known.decision
  const decision = decideTrust(question, compiledDocument(document, 'trust'), resourceControlOver(world, role.id))
  answers.set(key, { decision, document })
  return decision
}
