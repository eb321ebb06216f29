import { isSecretSetting, withoutSecretSettings } from '#base/secret-settings.ts'
import { isSecretName, secretKey, secretName, secretText } from '#base/secret-shapes.ts'

/** What stands in a snapshot where a value was left out. */
export const redacted = '(redacted)'

/** `NAME=value` in an argument or a shell line. */
const assignment = /\b([A-Za-z][\w.-]*)=("[^"]*"|'[^']*'|[^\s;&|]+)/g

/** Annotations that repeat the whole object, as it was before anything was redacted. */
const repeating = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * A Kubernetes object without what a snapshot must not hold: values of variables, arguments and settings that look like secrets, the script
 * that a node starts with, and the parts
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
  if (name === 'userData' && typeof value === 'string' && value !== '') return redacted
  if (name === 'data' && isMap(value))
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, redactSetting(key, text)]))
  return redactValue(value)
}

/** A file of a ConfigMap, or one value that its key names. */
function redactSetting(key: string, text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return text
  return secretText.test(text) || isSecretSetting(key) ? redacted : withoutSecretSettings(text, redacted)
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
