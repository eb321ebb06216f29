import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'

export interface JsonWebToken {
  readonly header: { readonly alg?: string; readonly kid?: string }
  readonly claims: Readonly<Record<string, unknown>>
  readonly signed: string
  readonly signature: Buffer
}

/** A key of a JWKS document (RFC 7517). */
export type SigningKey = JsonWebKey & { readonly kid?: string }

/** Takes a compact token apart without believing it; undefined when it is none. */
export function parseToken(text: string): JsonWebToken | undefined {
  const [header, claims, signature, ...rest] = text.split('.')
  if (!header || !claims || !signature || rest.length > 0) return undefined
  const parsedHeader = parseObject(header)
  const parsedClaims = parseObject(claims)
  if (!parsedHeader || !parsedClaims) return undefined
  return {
    header: parsedHeader,
    claims: parsedClaims,
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** Whether that key made the token's signature; RS256 is all that Kubernetes signs with here. */
export function isSignedBy(token: JsonWebToken, key: SigningKey): boolean {
  if (token.header.alg !== 'RS256') return false
  const publicKey = createPublicKey({ key, format: 'jwk' })
  return verify('RSA-SHA256', Buffer.from(token.signed), publicKey, token.signature)
}

/** The same token with other claims. Its signature no longer fits, which only a reader that verified it before may accept. */
export function withClaims(token: JsonWebToken, claims: Readonly<Record<string, unknown>>): string {
  const [header] = token.signed.split('.')
  const payload = Buffer.from(JSON.stringify({ ...token.claims, ...claims })).toString('base64url')
  return `${header}.${payload}.${token.signature.toString('base64url')}`
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
