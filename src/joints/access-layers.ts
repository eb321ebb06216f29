import { allowAt, allowOf, evaluateLayer } from '#iam/layer.ts'
import type { LayerName } from '#iam/decision.ts'
import { serviceControlApplies, resourceControlApplies } from '#iam/applicability.ts'
import { Question } from '#iam/question.ts'
import { NO, UNSURE, YES } from '#iam/truth.ts'
import type { Evidence } from '#model/resource.ts'
import { type AccessAnswer } from './access.ts'
import { wholeLayer, type PlacedLayer, type PlacedPolicy } from './access-documents.ts'

/** What one layer says to a request. */
export interface LayerSays {
  readonly layer: LayerName
  /** `service control, level 1`. */
  readonly text: string
  readonly says: 'allows' | 'denies' | 'silent' | 'open' | 'unread' | 'none' | 'exempt'
  /** The policy and the statement. */
  readonly by?: string
  readonly at?: Evidence
}

const names = {
  resource: 'resource policy',
  endpoint: 'VPC endpoint policy',
  identity: 'identity policies',
  boundary: 'permissions boundary',
  session: 'session policy',
} as const

/** Every layer in the order in which AWS asks them. */
export function layersSay(answer: AccessAnswer): readonly LayerSays[] {
  const { layers, request } = answer
  const question = new Question(request)
  const serviceControl = serviceControlApplies(question)
    ? levels(layers.serviceControl, 'serviceControl', 'service control', question)
    : [exempt('serviceControl', 'service control')]
  const obeys = resourceControlApplies(question)
  const resourceControl =
    obeys === NO
      ? [exempt('resourceControl', 'resource control')]
      : levels(layers.resourceControl, 'resourceControl', 'resource control', question)
  const single = (['endpoint', 'resource', 'identity', 'boundary', 'session'] as const).map(name =>
    said(layers[name], name, names[name], question),
  )
  const grant =
    answer.decision.decidedBy?.layer === 'grant'
      ? [{ layer: 'grant', text: 'grants of the key', says: 'allows', by: `grant ${answer.decision.decidedBy.policy}` } as const]
      : []
  return [...serviceControl, ...resourceControl, ...single, ...grant]
}

const exempt = (layer: LayerName, text: string): LayerSays => ({ layer, text, says: 'exempt' })

function levels(given: readonly PlacedLayer[] | undefined, layer: LayerName, text: string, question: Question): readonly LayerSays[] {
  if (given === undefined) return [{ layer, text, says: 'none' }]
  return given.map((level, index) => said(level, layer, given.length === 1 ? text : `${text}, level ${index}`, question))
}

function said(layer: PlacedLayer | undefined, name: LayerName, text: string, question: Question): LayerSays {
  const common = { layer: name, text }
  if (layer === undefined || (layer.policies.length === 0 && layer.unread.length === 0 && name !== 'identity'))
    return { ...common, says: 'none' }
  if (layer.unread.length > 0) return { ...common, says: 'unread', by: layer.unread[0]?.reason ?? '' }
  const found = evaluateLayer(wholeLayer(layer), question)
  if (found.deny === YES) return { ...common, says: 'denies', ...statementAt(layer, found.denyAt, 'this statement denies it') }
  const allow = allowOf(found)
  // Resource control policies are allowed by default: AWS attaches its own allow everywhere.
  if (name === 'resourceControl') return { ...common, says: found.deny === UNSURE ? 'open' : 'allows' }
  if (allow === UNSURE || found.deny === UNSURE) return { ...common, says: 'open' }
  return allow === NO
    ? { ...common, says: 'silent' }
    : { ...common, says: 'allows', ...statementAt(layer, allowAt(found), 'this statement allows it') }
}

interface At {
  readonly policy: number
  readonly statement: number
  readonly sid?: string
}

function statementAt(layer: PlacedLayer, at: At | undefined, label: string): Pick<LayerSays, 'by' | 'at'> {
  const placed = at === undefined ? undefined : layer.policies[at.policy]
  return placed === undefined || at === undefined
    ? {}
    : { by: statementText(placed, at), at: statementEvidence(placed, at.statement, label) }
}

/** `statement Read of inline policy read-db of role s3-reader`. */
export const statementText = (placed: PlacedPolicy, { statement, sid }: At): string => `statement ${sid ?? statement} of ${placed.name}`

/** The statement's own place inside its document. */
export function statementEvidence(placed: PlacedPolicy, statement: number, label: string): Evidence {
  const path = placed.policy.statements[statement]?.path ?? []
  return placed.resource.at([...placed.path, ...path], label)
}
