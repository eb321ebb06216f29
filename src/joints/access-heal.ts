import type { PrincipalElement, Statement } from '#iam/document.ts'
import { decide, type Policies } from '#iam/decide.ts'
import type { LayerName } from '#iam/decision.ts'
import { healPolicy, type Heal } from '#iam/heal.ts'
import type { CompiledPolicy } from '#iam/compile.ts'
import { resourcePolicyMustAllow } from '#iam/applicability.ts'
import { Question } from '#iam/question.ts'
import type { AccessAnswer } from './access.ts'
import type { PlacedLayer, PlacedPolicy } from './access-documents.ts'

/** An edit of one policy after which the engine allows what it denied. */
export interface AccessHeal {
  readonly policy: PlacedPolicy
  readonly heal: Heal
}

const healable = ['identity', 'boundary', 'session', 'resource', 'endpoint'] as const satisfies readonly LayerName[]
type Healable = (typeof healable)[number]

/**
 * The smallest edits of one policy that make a denial an allow, best first. None where more than one layer stands in the way: then the first layer is named
 * and nothing is proposed that would not help. Guardrails of an organization are never edited for one caller.
 */
export function healsOf(answer: AccessAnswer): readonly AccessHeal[] {
  const { decision, layers, policies } = answer
  if (decision.answer !== 'implicitDeny' && decision.answer !== 'explicitDeny') return []
  const layer = decision.decidedBy?.layer ?? decision.missingLayer
  const name = healable.find(candidate => candidate === layer)
  const placed: PlacedLayer | undefined = name === undefined ? undefined : layers[name]
  if (name === undefined || placed === undefined || answer.request.principal.kind === 'anonymous') return []
  const only = decision.decidedBy?.policy
  const candidates = placed.policies.map((policy, index) => ({ policy, index })).filter(({ index }) => only === undefined || index === only)
  const heals = candidates.flatMap(({ policy, index }) => healsOfPolicy(answer, policies, name, policy, index))
  return heals
    .toSorted(
      (a, b) =>
        a.heal.edits.length - b.heal.edits.length || Number(a.heal.kind === 'addStatement') - Number(b.heal.kind === 'addStatement'),
    )
    .slice(0, 3)
}

function healsOfPolicy(
  { request }: AccessAnswer,
  policies: Policies,
  name: Healable,
  placed: PlacedPolicy,
  index: number,
): readonly AccessHeal[] {
  const layer = policies[name]
  if (layer === undefined || layer === 'unread') return []
  const decideWith = (policy: CompiledPolicy) => decide(request, { ...policies, [name]: layer.with(index, policy) })
  const heals = healPolicy(request, placed.policy, { decide: decideWith, newStatement: newStatement(request, name) })
  // AWS's own policies cannot be edited.
  if (/^arn:[^:]*:iam::aws:policy\//.test(placed.resource.id)) return []
  return heals.map(heal => ({ policy: placed, heal }))
}

/** The least that allows the request in a policy of this layer. */
function newStatement(request: AccessAnswer['request'], name: Healable): Statement {
  const { action, resource } = request
  const hasPrincipal = name === 'resource' || name === 'endpoint'
  const isTrust = name === 'resource' && resource.includes(':role/') && resourcePolicyMustAllow(new Question(request))
  // A key policy is about its own key, which it calls "*".
  const about = name === 'resource' && resource.includes(':key/') ? '*' : resource
  return {
    Effect: 'Allow',
    ...(hasPrincipal ? { Principal: principalElement(request.principal) } : {}),
    Action: action,
    ...(isTrust ? {} : { Resource: about }),
  }
}

function principalElement(principal: AccessAnswer['request']['principal']): PrincipalElement {
  if (principal.kind === 'roleSession') return { AWS: principal.roleArn }
  if (principal.kind === 'user' || principal.kind === 'federatedUser') return { AWS: principal.arn }
  if (principal.kind === 'root') return { AWS: principal.account }
  return principal.kind === 'service'
    ? { Service: principal.name }
    : { Federated: principal.kind === 'anonymous' ? 'nobody' : principal.provider }
}
