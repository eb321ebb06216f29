import { valueAt } from '#model/place.ts'
import type { Evidence } from '#model/resource.ts'

/** One sort of thing that a text and the evidence of a break may both name. */
interface Sort {
  /** Parameters of symptoms that name it. */
  readonly parameters: readonly string[]
  /** The names of this sort in the words of a finding. */
  readonly inWords: RegExp
  /** The same thing is written in several ways: a name of a secret is the end of its ARN. */
  readonly same: (a: string, b: string) => boolean
}

const lastPart = (text: string): string => text.slice(text.lastIndexOf('/') + 1)

const isSame = (a: string, b: string): boolean => a === b
/** `arn:aws:secretsmanager:…:secret:shop/db-AbCdEf` and `shop/db`. */
const isSameSecret = (a: string, b: string): boolean => secretName(a) === secretName(b) || a === b
const secretName = (text: string): string => (/:secret:(.+)$/.exec(text)?.[1] ?? text).replace(/-[A-Za-z0-9]{6}$/, '')

const sorts: readonly Sort[] = [
  { parameters: ['role'], inWords: /:(?:role|assumed-role)\/([\w+=,.@/-]{1,512})/g, same: (a, b) => lastPart(a) === lastPart(b) },
  {
    parameters: ['secret', 'object'],
    inWords: /arn:[^:\s]{1,20}:secretsmanager:[^:\s]{0,30}:\d{12}:secret:([^\s"',]{1,512})/g,
    same: isSameSecret,
  },
  { parameters: ['issuer'], inWords: /(oidc[\w.-]{1,100}\/id\/[0-9A-Za-z]{1,64})/g, same: (a, b) => a.endsWith(b) || b.endsWith(a) },
  {
    parameters: ['class'],
    inWords: /(?:SecretProviderClass|StorageClass) ([\w.-]{1,253}(?:\/[\w.-]{1,253})?)/g,
    same: (a, b) => lastPart(a) === lastPart(b),
  },
  { parameters: ['group'], inWords: /(sg-[0-9a-f]{8,17})/g, same: isSame },
  { parameters: ['audience'], inWords: /\b((?:sts|pods\.eks)\.amazonaws\.com(?:\.cn)?)\b/g, same: isSame },
  { parameters: ['volume'], inWords: /\b(vol-[0-9a-f]{8,17})\b/g, same: isSame },
]

/** What a break is told with: its message, and what stands at its evidence. */
export interface Told {
  readonly message: string
  readonly evidence: readonly Evidence[]
}

/**
 * Whether a break can be what a text speaks of. Where both name a thing of one sort, it must be the same thing: a role that is refused is not the
 * cause of a text about another role. What only one of them names decides nothing.
 */
export function agrees(told: Told, parameters: Readonly<Record<string, string>>): boolean {
  return namedAlike(told, parameters).every(alike => alike)
}

/** Whether they name a thing alike, for two breaks of which either might be meant. */
export const names = (told: Told, parameters: Readonly<Record<string, string>>): boolean => {
  const words = wordsOf(told)
  return (
    Object.values(parameters).some(value => value.length > 3 && words.includes(value)) || namedAlike(told, parameters).some(alike => alike)
  )
}

function namedAlike(told: Told, parameters: Readonly<Record<string, string>>): readonly boolean[] {
  const words = wordsOf(told)
  return sorts.flatMap(({ parameters: own, inWords, same }) => {
    const said = own.flatMap(name => parameters[name] ?? [])
    const there = [...words.matchAll(inWords)].flatMap(([, name]) => name ?? [])
    if (said.length === 0 || there.length === 0) return []
    return [said.some(one => there.some(other => same(one, other)))]
  })
}

/** Only what stands at the places, and what they are called: a whole object names much that is not meant. */
function wordsOf({ message, evidence }: Told): string {
  const values = evidence.flatMap(({ resource, path, label }) => {
    const value = path.length === 0 ? '' : valueAt(resource.body, path)
    return [label, resource.id, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]
  })
  return [message, ...values].join('\n')
}
