import { type IncomingHttpHeaders, request as httpRequest, type IncomingMessage } from 'node:http'

/** One call to AWS as it arrived, and what its headers say of it before anybody has verified them. */
export interface GatewayRequest {
  readonly method: string
  /** Path and query exactly as sent: the signature covers them. */
  readonly target: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** The signing service of the credential scope, such as `eks`; undefined for unsigned calls. */
  readonly service: string | undefined
  readonly region: string | undefined
  readonly accessKeyId: string | undefined
  /** Parameters of the query protocol (STS, IAM, EC2), from the body or the query string. */
  readonly parameters: URLSearchParams
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Buffer
}

/** Passes a call on to the emulator; the body is the caller's unless another is given, and only unsigned calls may change it. */
export type Upstream = (request: GatewayRequest, body?: Buffer) => Promise<Answer>

/** An operation that the gateway answers itself, or whose answer it corrects. */
export interface Handler {
  readonly operation: string
  matches(request: GatewayRequest): boolean
  answer(request: GatewayRequest, upstream: Upstream): Promise<Answer>
}

export async function readRequest(message: IncomingMessage): Promise<GatewayRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const target = message.url ?? '/'
  const [path = '/', query = ''] = target.split(/\?(.*)/s)
  const isForm = message.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  const scope = /Credential=([^,\s]+)/.exec(message.headers.authorization ?? '')?.[1]?.split('/')
  return {
    method: message.method ?? 'GET',
    target,
    path,
    headers: message.headers,
    rawHeaders: message.rawHeaders,
    body,
    accessKeyId: scope?.[0],
    region: scope?.[2],
    service: scope?.[3],
    parameters: new URLSearchParams(isForm ? body.toString('utf8') : query),
  }
}

/**
 * An `Upstream` over HTTP. Headers go through untouched, since clients sign them; `host` puts back the `Host` that the
 * client signed when something between changed it.
 */
export function upstreamTo(endpoint: URL, host?: string): Upstream {
  return (request, body = request.body) =>
    new Promise((resolve, reject) => {
      const headers = framed(request.rawHeaders, body.length, host)
      const { hostname, port } = endpoint
      const call = httpRequest({ hostname, port, method: request.method, path: request.target, headers }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject)
        response.once('end', () => {
          const answered = response.headers as Record<string, string | string[]>
          resolve({ status: response.statusCode ?? 502, headers: answered, body: Buffer.concat(chunks) })
        })
      })
      call.once('error', reject).end(body)
    })
}

/** The same raw headers, with the body's length where its framing was, and perhaps another `Host`. */
function framed(raw: readonly string[], length: number, host: string | undefined): string[] {
  const replaced = new Set(['x-forwarded-proto', 'content-length', 'transfer-encoding', 'connection', 'expect', ...(host ? ['host'] : [])])
  const kept = raw.filter((_, index) => !replaced.has((raw[index - (index % 2)] as string).toLowerCase()))
  // AWS is always spoken to over TLS, so conditions on aws:SecureTransport must see it.
  const added = ['X-Forwarded-Proto', 'https', ...(host ? ['Host', host] : [])]
  return [...kept, ...added, 'Content-Length', String(length), 'Connection', 'close']
}
