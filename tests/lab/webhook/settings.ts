import type { Pod } from './pod.ts'

/** The command line of a webhook: what annotations do not say. */
export interface WebhookFlags {
  readonly annotationPrefix: string
  readonly audience: string
  readonly tokenExpiration: number
  readonly regionalStsEndpoints: boolean
  /** Injected as AWS_REGION and AWS_DEFAULT_REGION; undefined injects neither. */
  readonly region: string | undefined
}

/** What EKS runs its webhook with: the published defaults, regional STS and the cluster's region. */
export const eksFlags = (region: string): WebhookFlags => ({
  annotationPrefix: 'eks.amazonaws.com',
  audience: 'sts.amazonaws.com',
  tokenExpiration: 86_400,
  regionalStsEndpoints: true,
  region,
})

/** Kubernetes refuses projected tokens that live for less. */
const shortestExpiration = 600

export interface InjectionSettings {
  readonly roleArn: string
  readonly audience: string
  readonly expirationSeconds: number
  readonly regionalStsEndpoints: boolean
  readonly region: string | undefined
  readonly skippedContainers: ReadonlySet<string>
}

type Annotations = Readonly<Record<string, string>>

/** What to inject into that pod, or undefined when its service account asks for no role. */
export function injectionSettings(serviceAccountAnnotations: Annotations, pod: Pod, flags: WebhookFlags): InjectionSettings | undefined {
  const onAccount = (name: string) => serviceAccountAnnotations[`${flags.annotationPrefix}/${name}`]
  const onPod = (name: string) => pod.metadata?.annotations?.[`${flags.annotationPrefix}/${name}`]
  const roleArn = onAccount('role-arn')
  // Even a malformed ARN is injected: the webhook only logs a warning.
  if (!roleArn) return undefined
  const expiration = parseInteger(onPod('token-expiration')) ?? parseInteger(onAccount('token-expiration')) ?? flags.tokenExpiration
  return {
    roleArn,
    audience: onAccount('audience') ?? flags.audience,
    expirationSeconds: Math.max(expiration, shortestExpiration),
    regionalStsEndpoints: parseBoolean(onAccount('sts-regional-endpoints')) ?? flags.regionalStsEndpoints,
    region: flags.region,
    skippedContainers: skippedContainers(pod, flags),
  }
}

export const skippedContainers = (pod: Pod, { annotationPrefix }: WebhookFlags): ReadonlySet<string> =>
  new Set(parseCommaSeparated(pod.metadata?.annotations?.[`${annotationPrefix}/skip-containers`] ?? ''))

function parseInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined
}

/** The spellings that Go's strconv.ParseBool accepts. */
const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map(text => [text, false])),
}

const parseBoolean = (text: string | undefined): boolean | undefined => (text === undefined ? undefined : booleans[text])

/** The first record of a CSV text (RFC 4180), or nothing at all when it is malformed. */
function parseCommaSeparated(text: string): string[] {
  const fields: string[] = []
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/y
  while (field.lastIndex <= text.length) {
    const match = field.exec(text)
    if (!match) return []
    fields.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim())
    if (match[3] !== ',') break
  }
  return fields
}
