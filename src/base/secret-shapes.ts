/** Variables whose values checks read and that hold no secret: roles, paths, addresses and regions. */
const harmless = new Set([
  'AWS_CONFIG_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
])

/** Names of variables, flags and fields that hold secrets. */
export const secretName =
  /secret|token|passw|passphrase|pwd|key|credential|auth|cert|dsn|connection_?string|(?:database|redis|mongo\w*|amqp|broker)_ur[il]/i

/** AWS access key ids, private keys, passwords in URLs and signed tokens: secret wherever they stand. */
export const secretText = /(?:AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^/\s:@]*:[^/\s@]+@|\beyJ[\w-]+\.eyJ[\w-]+\./

/** Forty such characters are how a secret access key looks; in other places they may be a hash. */
export const secretKey = /^[A-Za-z0-9/+=]{40}$/

/** Whether a variable of this name may hold a secret. */
export const isSecretName = (name: string): boolean => !harmless.has(name) && secretName.test(name)

/** Words of exactly forty are how secret access keys look, and parts of ARNs and addresses are not; of hexadecimal digits alone they are thumbprints or hashes. */
const run = /(?<![^\s"',{[(])[A-Za-z0-9/+=]{40,}/g
const isSecretKey = (text: string): boolean =>
  secretKey.test(text) && /[A-Z]/.test(text) && /[0-9]/.test(text) && !/^[0-9a-f]+$/i.test(text)

/** Each takes time in proportion to the line: lines come from input. What stands in the group is hidden. */
const shapes: readonly (readonly [RegExp, (text: string, hidden: string) => string])[] = [
  [/(?:AKIA|ASIA)([A-Z0-9]{16})/g, hide],
  [/:\/\/[^/\s:@]{0,256}:([^/\s@]{1,256})@/g, hide],
  [/\b(eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*)/g, hide],
]

/** `value: x` or `"value": "x"`, as environment variables are written, inside braces too. */
const written = /["']?\bvalue["']?\s{0,8}:\s{0,8}("[^"]*"|'[^']*'|[^\s,}{"'][^,}]*)/
const named = /["']?\bname["']?\s{0,8}:\s{0,8}["']?([\w.-]+)/

/**
 * A line of input as it may be quoted: what looks like a secret is stars, as many as it has characters, so that columns stay where they are.
 * @param above the line before, which names the variable whose value this one holds
 */
export function maskSecrets(line: string, above?: string): string {
  const masked = shapes.reduce((text, [shape, mask]) => text.replace(shape, mask), line)
  const name = named.exec(line)?.[1] ?? (above === undefined ? undefined : named.exec(above)?.[1])
  const rest = masked.replace(run, text => (isSecretKey(text) ? stars(text) : text))
  return name !== undefined && isSecretName(name) ? rest.replace(written, hide) : rest
}

function hide(text: string, hidden: string): string {
  const at = text.lastIndexOf(hidden)
  return text.slice(0, at) + stars(hidden) + text.slice(at + hidden.length)
}

const stars = (secret: string): string => '*'.repeat(secret.length)
