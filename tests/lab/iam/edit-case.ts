import type { Case, Json, StandFacts } from './cases.ts'

export type Statement = Json
export type Layer = 'identity' | 'boundary' | 'session' | 'resource'

/** A value or a list of them as texts. */
export const valuesOf = (value: unknown): readonly string[] => (value === undefined ? [] : [value].flat().map(String))

/** The case with every policy document replaced. */
export function mapDocuments(question: Case, edit: (document: Json, layer: Layer) => Json): Case {
  const { boundary, session, resource } = question
  return {
    ...question,
    identity: question.identity.map(document => edit(document, 'identity')),
    boundary: boundary && edit(boundary, 'boundary'),
    session: session && edit(session, 'session'),
    resource: resource && edit(resource, 'resource'),
  }
}

/** The case with every statement replaced, or taken away. */
export const mapStatements = (question: Case, edit: (statement: Statement, layer: Layer) => Statement | undefined): Case =>
  mapDocuments(question, (document, layer) => ({
    ...document,
    Statement: [document['Statement']].flat().flatMap(statement => edit(statement as Statement, layer) ?? []),
  }))

/** The ARN that names the caller and nobody else, and the one that its requests carry in the lab. */
export const callerNamed = (
  { caller }: Pick<Case, 'caller'>,
  { user, role }: StandFacts,
): { readonly exact: string; readonly session: string } =>
  caller === 'user' ? { exact: user.arn, session: user.arn } : { exact: role.arn, session: role.sessionArn }
