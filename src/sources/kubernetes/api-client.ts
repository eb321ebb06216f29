import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '#base/errors.ts'
import type { KubernetesConnection } from './connect.ts'
import { NoAnswer, type RawAnswer } from './transport.ts'

export type Answer =
  | { readonly is: 'ok'; readonly body: Readonly<Record<string, unknown>> }
  /** `user` is whom the API server takes us for, when it says. */
  | { readonly is: 'forbidden'; readonly user: string | undefined }
  | { readonly is: 'not-found' }
  /** The continue token of a list has expired. */
  | { readonly is: 'expired' }
  /** Tried again until it was no use. */
  | { readonly is: 'failed'; readonly reason: string }

/** GETs that are retried and bounded; every reader of one cluster shares one. */
export interface ApiClient {
  /** @param accept the media type; JSON when it is not said */
  get(path: string, accept?: string): Promise<Answer>
}

/** Enough to keep a connection busy; the API server's own fairness gives every user a share. */
const atOnce = 6
const attempts = 6
const attemptsWhenCut = 3
/** For the whole read, so that an overloaded API server is not asked hundreds of times more. */
const retriesInAll = 60
const longestWait = 20_000

export function apiClient(connection: KubernetesConnection, signal: AbortSignal): ApiClient {
  const enter = gate(atOnce)
  let retries = retriesInAll
  let answered = false

  async function attempt(path: string, count: number, accept?: string): Promise<Answer> {
    const raw = await rawAnswer(path, count, accept)
    const answer =
      raw instanceof NoAnswer ? { is: 'failed' as const, reason: 'the API server stopped answering' } : judged(raw, connection.server)
    const again = raw instanceof NoAnswer ? raw.cut && count < attemptsWhenCut : isBusy(raw) && count < attempts
    if (!again || retries <= 0) return answer
    retries -= 1
    await sleep(raw instanceof NoAnswer ? backoff(count) : Math.max(backoff(count), retryAfter(raw)), undefined, { signal })
    return attempt(path, count + 1, accept)
  }

  /** A connection that fails after others worked costs one list; one that never worked is the user's to mend. */
  async function rawAnswer(path: string, count: number, accept?: string): Promise<RawAnswer | NoAnswer> {
    try {
      const raw = await connection.get(path, signal, accept)
      answered = true
      return raw
    } catch (error) {
      if (error instanceof NoAnswer && (answered || (error.cut && count < attemptsWhenCut))) return error
      throw error
    }
  }

  return { get: (path, accept) => enter(() => attempt(path, 1, accept)) }
}

function judged(raw: RawAnswer, server: string): Answer {
  switch (raw.status) {
    case 200:
      return { is: 'ok', body: parsed(raw, server) }
    case 403:
      return { is: 'forbidden', user: /User "([^"]+)"/.exec(statusMessage(raw))?.[1] }
    case 404:
      return { is: 'not-found' }
    case 410:
      return { is: 'expired' }
    case 429:
      return { is: 'failed', reason: 'the API server is overloaded: 429 too many requests' }
    default:
      return { is: 'failed', reason: `the API server answered ${raw.status}` }
  }
}

const isBusy = ({ status }: RawAnswer) => status === 429 || status >= 500

/** `message` of the Status object that an API server explains itself with; the text itself where something else answered. */
function statusMessage({ text }: RawAnswer): string {
  try {
    const status: unknown = JSON.parse(text)
    return typeof status === 'object' && status !== null && 'message' in status ? String(status.message) : text
  } catch {
    return text
  }
}

function parsed(raw: RawAnswer, server: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(raw.text)
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  } catch (error) {
    throw notKubernetes(server, 'its answer is not JSON', error)
  }
  throw notKubernetes(server, 'its answer is not a JSON object')
}

export const notKubernetes = (server: string, why: string, cause?: unknown) =>
  new UserError('CLUSTER_UNREACHABLE', `${server} does not answer as a Kubernetes API server: ${why}`, {
    help: "check the kubeconfig's server, and whether a proxy or sign-in page answers in its place",
    cause,
  })

/** Exponential with jitter, so that clients do not come back together. */
const backoff = (count: number) => Math.min(longestWait, 200 * 2 ** count) * (0.5 + Math.random() / 2)

/** Milliseconds of the `Retry-After` header, which is seconds or a date. */
function retryAfter({ headers }: RawAnswer): number {
  const value = headers['retry-after']
  if (value === undefined) return 0
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(wait) ? 0 : Math.min(longestWait, Math.max(0, wait))
}

/** Lets so many run at a time, in order. */
function gate(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = places
  const waiting: (() => void)[] = []
  return async work => {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
