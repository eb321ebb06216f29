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

const secretName = /secret|token|passw|passphrase|pwd|key|credential|auth|cert|dsn|connection_?string|(?:database|redis|mongo\w*|amqp|broker)_ur[il]/i

/** AWS access key ids anywhere, a secret access key as the whole value, a private key, and a password in a URL. */
const secretValues = [/(?:AKIA|ASIA)[A-Z0-9]{16}/, /^[A-Za-z0-9/+=]{40}$/, /-----BEGIN [A-Z ]*PRIVATE KEY-----/, /:\/\/[^/\s:@]*:[^/\s@]+@/, /\beyJ[\w-]+\.eyJ[\w-]+\./]

const secretFlag = /^--?[\w.-]*(?:secret|token|passw|pwd|api-?key|access-?key|credential)[\w.-]*/i

const looksSecret = (value: string): boolean => secretValues.some(pattern => pattern.test(value))

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
  if (Array.isArray(value)) return value.map(redactValue)
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactField(name, inner)]))
}

function redactField(name: string, value: unknown): unknown {
  if (name === 'env' && Array.isArray(value)) return value.map(redactVariable)
  if ((name === 'args' || name === 'command') && Array.isArray(value)) return value.map((item, index) => redactArgument(item, value[index - 1]))
  return redactValue(value)
}

function redactVariable(variable: unknown): unknown {
  if (!isMap(variable) || typeof variable.value !== 'string' || variable.value === '') return variable
  const { name, value } = variable
  const isSecret = looksSecret(value) || (typeof name === 'string' && !harmless.has(name) && secretName.test(name))
  return isSecret ? { ...variable, value: redacted } : variable
}

function redactArgument(argument: unknown, before: unknown): unknown {
  if (typeof argument !== 'string' || argument === '') return argument
  const flag = secretFlag.exec(argument)?.[0]
  if (flag !== undefined && argument.charAt(flag.length) === '=') return `${flag}=${redacted}`
  const isFlagged = typeof before === 'string' && secretFlag.exec(before)?.[0] === before && !argument.startsWith('-')
  return isFlagged || looksSecret(argument) ? redacted : argument
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
