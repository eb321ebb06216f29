/** Members of the IAM API that hold URL-encoded policy documents. */
const documents = new Set(['AssumeRolePolicyDocument', 'PolicyDocument', 'Document'])

/**
 * An SDK's answer as its API sent it: dates as ISO 8601 text, no members that were not there, nothing of the SDK's own. Policy documents are decoded.
 */
export function wire(value: unknown, member = ''): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return documents.has(member) ? policyDocument(value) : value
  if (Array.isArray(value)) return value.map(item => wire(item, member))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => inner !== undefined && key !== '$metadata')
      .map(([key, inner]) => [key, wire(inner, key)]),
  )
}

/** IAM sends policy documents URL-encoded (RFC 3986). What is not JSON stays text, for the engine to complain about. */
export function policyDocument(text: string): unknown {
  const decoded = urlDecoded(text)
  try {
    return JSON.parse(decoded) as unknown
  } catch {
    return decoded
  }
}

function urlDecoded(text: string): string {
  if (text.trimStart().startsWith('{')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
