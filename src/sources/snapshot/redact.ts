/** What stands in a snapshot where a value was left out. */
export const redacted = '(redacted)'

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

const secretName =
  /secret|token|passw|passphrase|pwd|key|credential|auth|cert|dsn|connection_?string|(?:database|redis|mongo\w*|amqp|broker)_ur[il]/i

/** AWS access key ids, private keys, passwords in URLs and signed tokens: secret wherever they stand. */
const secretText = /(?:AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^/\s:@]*:[^/\s@]+@|\beyJ[\w-]+\.eyJ[\w-]+\./

/** Forty such characters are how a secret access key looks; in other places they may be a hash. */
const secretKey = /^[A-Za-z0-9/+=]{40}$/

/** `NAME=value` in an argument or a shell line. */
const assignment = /\b([A-Za-z][\w.-]*)=("[^"]*"|'[^']*'|[^\s;&|]+)/g

const isSecretName = (name: string): boolean => !harmless.has(name) && secretName.test(name)

/** Annotations that repeat the whole object, as it was before anything was redacted. */
const repeating = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * A Kubernetes object without what a snapshot must not hold: values of variables and arguments that look like secrets, and the parts
 * that repeat the object (managedFields, last-applied-configuration). Names stay, so that it shows that a variable is set.
 */
export function redact(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return withoutRepeats(redactValue(body) as Record<string, unknown>)
}

function withoutRepeats(body: Record<string, unknown>): Record<string, unknown> {
  const { metadata } = body
  if (!isMap(metadata)) return body
  const { managedFields: _, ...kept } = metadata
  if (!isMap(kept.annotations) || !(repeating in kept.annotations)) return { ...body, metadata: kept }
  const { [repeating]: __, ...annotations } = kept.annotations
  return { ...body, metadata: { ...kept, annotations } }
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return secretText.test(value) ? redacted : value
  if (Array.isArray(value)) return value.map(redactValue)
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactField(name, inner)]))
}

function redactField(name: string, value: unknown): unknown {
  if (name === 'env' && Array.isArray(value)) return value.map(redactVariable)
  if ((name === 'args' || name === 'command') && Array.isArray(value))
    return value.map((item, index) => redactArgument(item, value[index - 1]))
  return redactValue(value)
}

function redactVariable(variable: unknown): unknown {
  if (!isMap(variable) || typeof variable.value !== 'string' || variable.value === '') return variable
  const { name, value } = variable
  const isSecret = secretText.test(value) || secretKey.test(value) || (typeof name === 'string' && isSecretName(name))
  return isSecret ? { ...variable, value: redacted } : variable
}

function redactArgument(argument: unknown, before: unknown): unknown {
  if (typeof argument !== 'string' || argument === '') return argument
  const isFlagged = typeof before === 'string' && /^--?[\w.-]+$/.test(before) && secretName.test(before) && !argument.startsWith('-')
  if (isFlagged || secretText.test(argument) || secretKey.test(argument)) return redacted
  return argument.replace(assignment, (whole, name: string) => (isSecretName(name) ? `${name}=${redacted}` : whole))
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
