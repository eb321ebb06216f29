import { withoutSecretSettings } from '#base/secret-settings.ts'
import type { ApiPlace, Origin, Path, Spot } from '#model/place.ts'
import { pathText, valueAt } from '#model/place.ts'
import { locateInYaml } from '#sources/files/locate-yaml.ts'

const excerptLength = 100

/** Says where values of an object stand in the API server's answer. Values that look like secrets are never quoted. */
export function objectOrigin(call: string, body: unknown): Origin {
  return {
    locate(path, spot, inner): ApiPlace {
      const near = existing(body, path)
      const line = inner === undefined || inner.length === 0 ? undefined : lineInText(valueAt(withoutSecrets(body), near), inner, spot)
      if (line !== undefined) return { in: 'api', call, path: `${pathText(near)} line ${line.number}`, excerpt: shortened(line.text) }
      const text = JSON.stringify(valueAt(withoutSecrets(body), near))
      return {
        in: 'api',
        call,
        path: pathText(near),
        excerpt: shortened(text),
      }
    },
  }
}

const shortened = (text: string): string => (text.length <= excerptLength ? text : `${text.slice(0, excerptLength - 1)}…`)

/** The line of a YAML text, from 1, that a path inside it leads to. */
function lineInText(text: unknown, inner: Path, spot: Spot): { readonly number: number; readonly text: string } | undefined {
  const found = typeof text === 'string' ? locateInYaml(text, inner, spot) : undefined
  if (typeof text !== 'string' || found === undefined) return undefined
  const number = text.slice(0, found.span.start).split('\n').length
  return { number, text: (text.split('\n')[number - 1] ?? '').trim() }
}

/** The longest part of the path that is there: a mended copy may have added the rest. */
function existing(body: unknown, path: Path): Path {
  for (let depth = path.length; depth > 0; depth -= 1) {
    if (valueAt(body, path.slice(0, depth)) !== undefined) return path.slice(0, depth)
  }
  return []
}

/** Holds whole objects, environment and all. */
const appliedConfiguration = 'kubectl.kubernetes.io/last-applied-configuration'
const hidden = '[hidden]'

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return looksSecret(value) ? hidden : withoutSecretSettings(value, hidden)
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  const map = value as Readonly<Record<string, unknown>>
  if (namesSecret(map['name']) && typeof map['value'] === 'string') return { ...map, value: hidden }
  return Object.fromEntries(Object.entries(map).map(([key, inner]) => [key, key === appliedConfiguration ? hidden : withoutSecrets(inner)]))
}

/** Variables that name a file, an ARN or an address hold no secret themselves: AWS_WEB_IDENTITY_TOKEN_FILE. */
const namesSecret = (name: unknown): boolean =>
  typeof name === 'string' &&
  /key|secret|token|passw|credential|auth/i.test(name) &&
  !/(_file|_path|_dir|_arn|_name|_endpoint|_ur[il]|_id_?type)$/i.test(name)

/** AWS access key ids, private keys, JSON web tokens, GitHub tokens, URLs with a password. */
const looksSecret = (text: string): boolean =>
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|\bgh[pousr]_\w{30,}|:\/\/[^/\s:@]+:[^/\s@]+@/.test(
    text,
  )
