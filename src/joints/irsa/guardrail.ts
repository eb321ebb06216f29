import { lastName } from '#iam/arn.ts'
import { placedPolicy, type AccessAnswer } from '#joints/access.ts'
import type { PlacedLayer } from '#joints/access-documents.ts'
import type { LayerName } from '#iam/decision.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { decidingEvidence } from './pod-role.ts'

interface Guardrail {
  /** To be read after "and". */
  readonly denies: string
  /** Whoever has the account can change it. */
  readonly isOurs: boolean
}

const names: Partial<Readonly<Record<LayerName, string>>> = {
  serviceControl: 'service control policy',
  resourceControl: 'resource control policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  endpoint: 'VPC endpoint policy',
}

const layerOf = ({ decision }: AccessAnswer): LayerName => decision.decidedBy?.layer ?? decision.missingLayer ?? 'boundary'

/** The policies of the layer, or of the level of the organization, that stands in the way. */
function layerIn(answer: AccessAnswer): PlacedLayer | undefined {
  const layer = layerOf(answer)
  if (layer === 'serviceControl' || layer === 'resourceControl') return answer.layers[layer]?.[answer.decision.missingLevel ?? 0]
  return layer === 'grant' ? undefined : answer.layers[layer]
}

/** Names the policy where one alone decides. */
export function guardrailText(answer: AccessAnswer): Guardrail {
  const { decision, layers } = answer
  const layer = layerOf(answer)
  const placed = decision.decidedBy === undefined ? undefined : placedPolicy(layers, decision.decidedBy)
  const all = layerIn(answer)?.policies ?? []
  const only = placed ?? (all.length === 1 ? all[0] : undefined)
  const verb = decision.answer === 'explicitDeny' ? 'denies it' : 'does not allow it'
  const isOurs = layer !== 'serviceControl' && layer !== 'resourceControl'
  const name = layer === 'boundary' && only !== undefined ? `its permissions boundary ${lastName(only.resource.id)}` : only?.name
  return { denies: name === undefined ? `no ${names[layer] ?? layer} allows it` : `${name} ${verb}`, isOurs }
}

/** The statement that denies it, or the documents that should have allowed it. */
export function guardrailEvidence(role: Resource<'aws/iam/Role'>, answer: AccessAnswer): readonly [Evidence, ...Evidence[]] {
  const { action } = answer.request
  const statement = decidingEvidence(answer, `this denies ${action}`)
  if (statement !== undefined) return [statement]
  const [first, ...rest] = (layerIn(answer)?.policies ?? []).map(({ resource, path }) => resource.at(path, `nothing here allows ${action}`))
  return first === undefined ? [role.at([], `nothing allows ${action}`)] : [first, ...rest]
}
