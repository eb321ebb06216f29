import { UserError } from '#base/errors.ts'
import { compilePolicy, type CompiledPolicy, type PolicyKind } from '#iam/compile.ts'
import { duplicateKeys } from '#iam/duplicate-keys.ts'

/** Compiles a document, or remembers that it did. */
export type PolicyCache = (document: unknown, kind: PolicyKind) => CompiledPolicy

const mostPolicies = 2_000
/** Longer texts are compiled each time: a cache of them would grow by megabytes. */
const longestKept = 20_000

/** Audits ask about the same few policies again and again; compiling costs more than deciding. */
export function policyCache(): PolicyCache {
  const known = new Map<string, CompiledPolicy>()
  return (document, kind) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    const key = `${kind}\n${text}`
    const found = known.get(key)
    if (found !== undefined) return found
    const policy = compileDocument(document, text, kind)
    if (text.length <= longestKept) {
      if (known.size >= mostPolicies) known.clear()
      known.set(key, policy)
    }
    return policy
  }
}

/**
 * A document that was given as text is parsed, and its repeated keys are told: IAM refuses them, and a parser keeps only the last.
 * @throws UserError when the text is not JSON
 */
function compileDocument(document: unknown, text: string, kind: PolicyKind): CompiledPolicy {
  if (typeof document !== 'string') return compilePolicy(document, kind)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UserError('BAD_REQUEST_LINE', `a policy document is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
  const policy = compilePolicy(value, kind)
  const repeated = duplicateKeys(text).map(path => ({
    path,
    code: 'unknown-element' as const,
    message: `${String(path.at(-1))} stands twice, and only the last counts`,
    harmless: true,
  }))
  return repeated.length === 0 ? policy : { ...policy, problems: [...policy.problems, ...repeated] }
}
