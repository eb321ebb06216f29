import { compileStatement, type CompiledStatement } from './compile-statement.ts'
import { isRecord } from './document.ts'
import type { Problem } from './problem.ts'

/**
 * What a policy is attached as: it decides which elements a statement must and must not have.
 * `trust` is a role's trust policy, `key` a KMS key policy, `repository` that of an ECR repository, `resource` any other policy of a resource.
 */
export type PolicyKind =
  | 'identity'
  | 'boundary'
  | 'session'
  | 'serviceControl'
  | 'resourceControl'
  | 'endpoint'
  | 'resource'
  | 'trust'
  | 'key'
  | 'repository'

export interface CompiledPolicy {
  readonly kind: PolicyKind
  /** The document as it was given: paths lead into it. */
  readonly document: unknown
  readonly statements: readonly CompiledStatement[]
  readonly problems: readonly Problem[]
}

const TOP_LEVEL = new Set(['Version', 'Id', 'Statement'])

/**
 * Makes a policy document ready for deciding. Never throws: whatever is wrong is listed in `problems`, an Allow statement with an invalid
 * element grants nothing, and a Deny statement with one makes answers unknown where it might have denied.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @param document the parsed JSON, not its text
 */
export function compilePolicy(document: unknown, kind: PolicyKind): CompiledPolicy {
  const problems: Problem[] = []
  if (!isRecord(document)) {
    problems.push({ path: [], code: 'not-a-policy', message: 'the policy is not a JSON object' })
    return { kind, document, statements: [compileStatement(undefined, { index: 0, path: [], kind, variables: false }, problems)], problems }
  }
  const variables = readVersion(document, problems)
  for (const key of Object.keys(document)) {
    if (!TOP_LEVEL.has(key))
      problems.push({ path: [key], code: 'unknown-element', message: `a policy has no element ${key}`, harmless: true })
  }
  const raw = Object.hasOwn(document, 'Statement') ? document['Statement'] : undefined
  if (raw === undefined) problems.push({ path: [], code: 'not-a-policy', message: 'the policy has no Statement' })
  const statements: CompiledStatement[] = []
  if (Array.isArray(raw)) {
    for (let index = 0; index < raw.length; index++) {
      statements.push(compileStatement(raw[index], { index, path: ['Statement', index], kind, variables }, problems))
    }
  } else statements.push(compileStatement(raw, { index: 0, path: ['Statement'], kind, variables }, problems))
  return { kind, document, statements, problems }
}

/** Whether `${…}` means something: only with version 2012-10-17; a policy without a version is of 2008. */
function readVersion(document: Readonly<Record<string, unknown>>, problems: Problem[]): boolean {
  const version = document['Version']
  if (version === undefined || version === '2008-10-17') return false
  if (version === '2012-10-17') return true
  problems.push({ path: ['Version'], code: 'invalid-version', message: 'the version is neither 2012-10-17 nor 2008-10-17', harmless: true })
  return false
}
