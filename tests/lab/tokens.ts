import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { apiRequest } from './control-plane/api-request.ts'
import type { LabCoordinates } from './coordinates.ts'

/** Asks the API server for a service account's token, as a projected volume does. `expirationSeconds` at least 600. */
export async function mintToken(
  lab: LabCoordinates,
  namespace: string,
  serviceAccount: string,
  audience: string | readonly string[] = 'sts.amazonaws.com',
  expirationSeconds = 3600,
): Promise<string> {
  const audiences = typeof audience === 'string' ? [audience] : audience
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`
  const answer = await apiRequest(lab, 'POST', path, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences, expirationSeconds } },
  })
  if (answer.status !== 201) throw new Error(`token of ${namespace}/${serviceAccount}: HTTP ${answer.status} ${answer.body}`)
  return (JSON.parse(answer.body) as { status: { token: string } }).status.token
}

/**
 * Makes a token that the API server would not: expired, without claims, or signed by a key that is not the cluster's
 * though it names the cluster's. Header and claims default to those of `like`, a token of the API server.
 */
export async function forgeToken(
  lab: LabCoordinates,
  like: string,
  change: {
    readonly claims?: Readonly<Record<string, unknown>>
    readonly header?: Readonly<Record<string, unknown>>
    readonly key?: 'cluster' | 'stranger'
  },
): Promise<string> {
  const [header = '', claims = ''] = like.split('.')
  const signed = [encode({ ...decode(header), ...change.header }), encode({ ...decode(claims), ...change.claims })].join('.')
  const key = change.key === 'stranger' ? strangersKey() : createPrivateKey(await readFile(lab.signingKey))
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`
}

/** The claims of a token, unverified. */
export const claimsOf = (token: string): Record<string, unknown> => decode(token.split('.')[1] ?? '')

const strangersKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
