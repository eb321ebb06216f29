import type { CompiledPolicy } from '#iam/compile.ts'
import type { CompiledStatement } from '#iam/compile-statement.ts'
import type { Path } from '#model/place.ts'

/** The keys of the six tags that EKS sends. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html */
const tagNames = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
]

/** A statement that does something else when a session carries none of the tags. */
export interface Dependence {
  /** Inside the document. */
  readonly path: Path
  readonly key: string
  /** An Allow that never matches then, or a Deny that always does. */
  readonly effect: 'Allow' | 'Deny'
}

/**
 * The first statement of a policy that counts on the tags of Pod Identity sessions.
 * @param ownTags of the role: a session without tags of its own shows those
 */
export function tagDependence(policy: CompiledPolicy, ownTags: readonly string[]): Dependence | undefined {
  const own = new Set(ownTags.map(tag => tag.toLowerCase()))
  const keys = new Set(tagNames.filter(name => !own.has(name)).map(name => `aws:principaltag/${name}`))
  for (const statement of policy.statements) {
    const dependence = inConditions(statement, keys) ?? inResources(statement, keys)
    if (dependence !== undefined) return dependence
  }
  return undefined
}

/** Without the key a positive operator never holds and a negated one always does; IfExists makes both hold. */
function inConditions(statement: CompiledStatement, keys: ReadonlySet<string>): Dependence | undefined {
  for (const clause of statement.conditions) {
    if (clause === 'invalid' || clause.ifExists || clause.quantifier === 'all' || clause.base === 'Null') continue
    const isDead = statement.effect === 'Allow' && !clause.negated
    const isAlways = statement.effect === 'Deny' && clause.negated
    if (keys.has(clause.lowerKey) && (isDead || isAlways)) return { path: clause.path, key: clause.key, effect: statement.effect }
    const variable = clause.negated ? undefined : variableIn(clause.values, keys)
    if (statement.effect === 'Allow' && variable !== undefined) return { path: clause.path, key: variable, effect: 'Allow' }
  }
  return undefined
}

/** A variable without a value and without a default makes its value match nothing. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
function inResources({ effect, resource }: CompiledStatement, keys: ReadonlySet<string>): Dependence | undefined {
  if (effect !== 'Allow' || resource === undefined || resource === 'invalid' || resource.negated) return undefined
  const variable = variableIn(resource.values, keys)
  return variable === undefined ? undefined : { path: resource.path, key: variable, effect }
}

/** The variable in every one of the values, so that none of them can match. */
function variableIn(values: readonly string[], keys: ReadonlySet<string>): string | undefined {
  const found = values.map(value =>
    [...value.matchAll(/\$\{([^},]+)\}/g)].map(match => (match[1] ?? '').trim()).find(key => keys.has(key.toLowerCase())),
  )
  return found.length > 0 && found.every(key => key !== undefined) ? found[0] : undefined
}
