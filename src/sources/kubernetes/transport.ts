import { UserError } from '#base/errors.ts'
import type { Authorize } from './authorizer.ts'

type Client = typeof import('@kubernetes/client-node')

/** What the API server answered. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface ServerFacts {
  readonly server: string
  readonly user: string | undefined
  /** Milliseconds for one request. */
  readonly timeout: number
}

/** No answer came. `cut`: the connection broke while it was in use, so that trying again may help. */
export class NoAnswer extends UserError {
  readonly cut: boolean
  constructor(facts: ServerFacts, why: string, help: string, cut: boolean, cause: unknown) {
    super('CLUSTER_UNREACHABLE', `the API server ${facts.server} cannot be reached: ${why}`, { help, cause })
    this.cut = cut
  }
}

/** What is asked of the API server. */
export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** The media type; JSON when it is not said. */
  readonly accept?: string
  /** JSON, and what kind of it: a patch says which. */
  readonly body?: { readonly text: string; readonly type: string }
}

/** One request with the user's credentials. The body stays text: typed clients would turn dates into objects and drop unknown fields. */
export async function reach(
  client: Client,
  authorize: Authorize,
  facts: ServerFacts,
  { method, path, accept = 'application/json', body }: RawRequest,
  signal: AbortSignal,
): Promise<RawAnswer> {
  signal.throwIfAborted()
  const { headers, dispatcher } = await orAborted(authorize(), signal)
  const request = new client.RequestContext(facts.server + path, client.HttpMethod[method])
  for (const [name, value] of Object.entries(headers)) request.setHeaderParam(name, value)
  request.setHeaderParam('Accept', accept)
  if (body !== undefined) {
    request.setHeaderParam('Content-Type', body.type)
    request.setBody(body.text)
  }
  request.setHeaderParam('User-Agent', 'mortise')
  request.setSignal(AbortSignal.any([signal, AbortSignal.timeout(facts.timeout)]))
  if (dispatcher !== undefined) request.setDispatcher(dispatcher)
  const answer = await sent(client, request, facts, signal)
  if (answer.status === 401) throw unauthorized(facts)
  return answer
}

type Request = InstanceType<Client['RequestContext']>

async function sent(client: Client, request: Request, facts: ServerFacts, signal: AbortSignal): Promise<RawAnswer> {
  try {
    const answer = await new client.IsomorphicFetchHttpLibrary().send(request).toPromise()
    return { status: answer.httpStatusCode, headers: answer.headers, text: await answer.body.text() }
  } catch (error) {
    signal.throwIfAborted()
    throw noAnswer(facts, error)
  }
}

/** Stops waiting when the signal says so: a credential command may wait for a person. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

const unauthorized = ({ server, user }: ServerFacts) =>
  new UserError(
    'KUBERNETES_UNAUTHORIZED',
    `the API server ${server} does not accept the credentials of ${user === undefined ? 'the kubeconfig' : `user ${user}`}`,
    {
      help: 'sign in again (for EKS: aws sso login, or check that the cluster has an access entry for you); kubectl auth whoami shows the same error',
    },
  )

const certificateErrors = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|^ERR_TLS|^ERR_SSL|^EPROTO/
const cutConnections = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

function noAnswer(facts: ServerFacts, error: unknown): NoAnswer {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new NoAnswer(facts, `no answer within ${facts.timeout / 1000} s`, reachHelp, false, error)
  }
  const cause = deepest(error)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const why = code === '' || cause.message.includes(code) ? cause.message : `${cause.message} (${code})`
  if (certificateErrors.test(code)) {
    return new NoAnswer(
      facts,
      why,
      "the server's certificate does not match the kubeconfig: refresh it with aws eks update-kubeconfig --name CLUSTER",
      false,
      error,
    )
  }
  return new NoAnswer(
    facts,
    why.toLowerCase() === 'fetch failed' ? 'the connection failed' : why,
    reachHelp,
    cutConnections.has(code),
    error,
  )
}

const reachHelp =
  'check that the cluster is running and that this machine may reach its endpoint (VPN, private endpoint, proxy, public access CIDRs)'

/** The error at the end of the chain: `fetch failed` says nothing, its cause does. A host with several addresses fails once for each. */
function deepest(error: unknown): Error {
  let found = error instanceof Error ? error : new Error(String(error))
  for (let depth = 0; depth < 10; depth += 1) {
    const next: unknown = found instanceof AggregateError && found.message === '' ? (found.errors as readonly unknown[])[0] : found.cause
    if (!(next instanceof Error)) return found
    found = next
  }
  return found
}
