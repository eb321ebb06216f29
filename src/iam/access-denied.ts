import type { LayerName } from './decision.ts'

/** What an AccessDenied message says. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export interface AccessDenied {
  /** ARN of the caller, when the message names it. */
  readonly principal?: string
  readonly action: string
  readonly resource?: string
  /** Undefined when the message gives no reason. */
  readonly reason?: DeniedReason
}

export interface DeniedReason {
  readonly kind: 'explicitDeny' | 'implicitDeny'
  /**
   * The type of policy that the message blames. AWS shows one type even when several deny, and where a cross-account grant names an account it
   * may blame the resource policy for what the identity policy lacks: compare with the engine's answer before believing it.
   */
  readonly layer: LayerName
  readonly policyArn?: string
}

/** A message that only sts:DecodeAuthorizationMessage can open. */
export interface EncodedDenial {
  readonly encoded: string
}

const LAYERS: Readonly<Record<string, LayerName>> = {
  'identity-based': 'identity',
  'resource-based': 'resource',
  'permissions boundary': 'boundary',
  session: 'session',
  'vpc endpoint': 'endpoint',
  'service control': 'serviceControl',
  'resource control': 'resourceControl',
}

const AUTHORIZED = ' is not authorized to perform: '
const ENCODED = 'encoded authorization failure message:'
/** Longer texts are no error messages; the rest of a log line is not read. */
const LONGEST = 20_000

/**
 * Finds an AccessDenied message in a line of text, whatever stands before it. Undefined when there is none: not every service follows the form.
 */
export function parseAccessDenied(text: string): AccessDenied | EncodedDenial | undefined {
  const line = text.slice(0, LONGEST)
  const encodedAt = line.toLowerCase().indexOf(ENCODED)
  if (encodedAt !== -1) {
    const encoded = firstWord(line.slice(encodedAt + ENCODED.length))
    if (encoded !== '') return { encoded }
  }
  const at = line.toLowerCase().indexOf(AUTHORIZED)
  if (at === -1) return bareDenial(line)
  const rest = line.slice(at + AUTHORIZED.length)
  const action = actionIn(rest)
  if (action === undefined) return undefined
  const after = rest.slice(rest.indexOf(action) + action.length)
  const principal = principalBefore(line.slice(0, at))
  const resource = resourceIn(after)
  const reason = reasonIn(after)
  return {
    ...(principal === undefined ? {} : { principal }),
    action,
    ...(resource === undefined ? {} : { resource }),
    ...(reason === undefined ? {} : { reason }),
  }
}

/** STS names no caller for a web identity: `Not authorized to perform sts:AssumeRoleWithWebIdentity`. */
function bareDenial(line: string): AccessDenied | undefined {
  const phrase = 'not authorized to perform'
  const at = line.toLowerCase().indexOf(phrase)
  if (at === -1) return undefined
  const action = actionIn(line.slice(at + phrase.length).replace(/^[: ]+/, ''))
  return action === undefined ? undefined : { action }
}

function firstWord(text: string): string {
  return text.trimStart().split(/\s/, 1)[0] ?? ''
}

function actionIn(text: string): string | undefined {
  const word = firstWord(text).replace(/[.,;"']+$/, '')
  return /^[a-z0-9-]+:[A-Za-z0-9*]+$/i.test(word) ? word : undefined
}

function principalBefore(text: string): string | undefined {
  const at = text.lastIndexOf('User: ')
  const word = at === -1 ? '' : text.slice(at + 'User: '.length).trim()
  return word === '' ? undefined : word
}

/** Between `on resource:` and the reason: a name may hold spaces. */
function resourceIn(text: string): string | undefined {
  const marker = /^\s*on resource:\s*/i.exec(text)
  if (marker === null) return undefined
  const rest = text.slice(marker[0].length)
  const ends = [rest.search(/\s+because no\b/i), rest.search(/\s+with an explicit deny\b/i), rest.search(/[\r\n]/)].filter(at => at !== -1)
  const whole = (ends.length === 0 ? rest : rest.slice(0, Math.min(...ends))).trim()
  const resource = ends.length === 0 ? firstWord(whole) : whole
  return resource === '' ? undefined : resource.replace(/^"|"$/g, '')
}

function reasonIn(text: string): DeniedReason | undefined {
  const lower = text.toLowerCase()
  const implicit = layerAfter(lower, 'because no ')
  if (implicit !== undefined) return { kind: 'implicitDeny', layer: implicit.layer }
  const explicit =
    layerAfter(lower, 'with an explicit deny in an ') ??
    layerAfter(lower, 'with an explicit deny in a ') ??
    layerAfter(lower, 'with an explicit deny in ')
  if (explicit === undefined) return undefined
  const tail = /^(?: policy)?: (arn:\S+)/i.exec(text.slice(explicit.end))
  const policyArn = tail?.[1]?.replace(/[.,;"')]{1,5}$/, '')
  return { kind: 'explicitDeny', layer: explicit.layer, ...(policyArn === undefined ? {} : { policyArn }) }
}

/** The type of policy that is named after a phrase, and where its name ends. */
function layerAfter(lower: string, phrase: string): { readonly layer: LayerName; readonly end: number } | undefined {
  const at = lower.indexOf(phrase)
  if (at === -1) return undefined
  const from = at + phrase.length
  const found = Object.entries(LAYERS).find(([name]) => lower.startsWith(name, from))
  return found === undefined ? undefined : { layer: found[1], end: from + found[0].length }
}
