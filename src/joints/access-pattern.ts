import { conditionsHold, actionMatches, principalMatches } from '#iam/match.ts'
import { globsOverlap } from '#iam/glob-overlap.ts'
import { Question } from '#iam/question.ts'
import { NO } from '#iam/truth.ts'
import type { Evidence } from '#model/resource.ts'
import type { AccessAnswer } from './access.ts'
import type { PlacedLayer, PlacedPolicy } from './access-documents.ts'

/** A Deny that is about part of what a resource with wildcards stands for. */
export interface PartDenied {
  readonly text: string
  readonly at: Evidence
}

/**
 * A resource with wildcards stands for everything that fits it. The engine asks about its text, so an Allow must cover it whole; a Deny that covers a part
 * of it would go unseen.
 */
export function partlyDenied({ request, layers, decision }: AccessAnswer): readonly PartDenied[] {
  const { resource } = request
  if (decision.answer !== 'allow' || resource === '*' || !/[*?]/.test(resource)) return []
  const question = new Question(request)
  const controls = [layers.serviceControl, layers.resourceControl].flatMap(levels => levels ?? [])
  const all: readonly (PlacedLayer | undefined)[] = [
    ...controls,
    layers.endpoint,
    layers.resource,
    layers.identity,
    layers.boundary,
    layers.session,
  ]
  return all.flatMap(layer => layer?.policies.flatMap(policy => deniesIn(policy, question, resource)) ?? [])
}

function deniesIn({ policy, resource: owner, path, name }: PlacedPolicy, question: Question, arn: string): readonly PartDenied[] {
  return policy.statements.flatMap(statement => {
    const { resource } = statement
    if (statement.effect !== 'Deny' || resource === undefined || resource === 'invalid') return []
    // What NotResource spares is never the whole of a pattern: some of it may still be denied.
    const isAbout = resource.negated || resource.values.some(value => globsOverlap(value.replaceAll(/\$\{[^}]*\}/g, '*'), arn))
    if (
      !isAbout ||
      actionMatches(statement, question) === NO ||
      principalMatches(statement, question) === NO ||
      conditionsHold(statement, question) === NO
    )
      return []
    return [{ text: `${name} denies a part of it`, at: owner.at([...path, ...statement.path], 'this statement denies a part of it') }]
  })
}
