import type { RequestContext } from '@kubernetes/client-node'
import { UserError } from '#base/errors.ts'
import type { ChosenConfig } from './kubeconfig.ts'

type Client = typeof import('@kubernetes/client-node')
type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>

/** Headers and connection that carry the user's credentials. */
interface Authorized {
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: Dispatcher | undefined
}

export type Authorize = () => Promise<Authorized>

/** client-go reads token files again after a minute; credential commands say themselves how long theirs last, and are asked again then. */
const freshFor = 60_000

/**
 * Credentials for requests, obtained at first use and again when they may have changed. All requests share one connection pool:
 * the client library would make a new one, with a new TLS handshake, for each.
 */
export function authorizer(client: Client, chosen: ChosenConfig): Authorize {
  let current: Promise<Authorized> | undefined
  let since = 0
  return () => {
    const stale = current !== undefined && Date.now() - since > freshFor ? current : undefined
    if (current !== undefined && stale === undefined) return current
    since = Date.now()
    const next = obtain(client, chosen)
    current = next
    if (stale !== undefined)
      void next
        .then(() => stale)
        .then(
          ({ dispatcher }) => dispatcher?.close(),
          () => undefined,
        )
    return next
  }
}

async function obtain(client: Client, { config, cluster, user }: ChosenConfig): Promise<Authorized> {
  const request = new client.RequestContext(cluster.server, client.HttpMethod.GET)
  try {
    await config.applySecurityAuthentication(request)
  } catch (error) {
    throw credentialsError(error, user)
  }
  return { headers: { ...request.getHeaders() }, dispatcher: request.getDispatcher() }
}

/** Why a credential command or file gave no credentials. The command's own words say most. */
function credentialsError(error: unknown, user: ChosenConfig['user']): UserError {
  const exec = user?.exec as { command?: string; args?: readonly string[]; env?: readonly { name: string; value: string }[] } | undefined
  const said = (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)?.trim() ?? ''
  if (exec?.command === undefined) {
    return new UserError('KUBERNETES_CREDENTIALS', `the credentials of user ${user?.name ?? ''} cannot be read: ${said}`, { cause: error })
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new UserError('KUBERNETES_CREDENTIALS', `the kubeconfig's credential command ${exec.command} is not installed`, {
      help: `install ${exec.command}, or put it into PATH`,
      cause: error,
    })
  }
  const line = [exec.command, ...(exec.args ?? [])].join(' ')
  return new UserError('KUBERNETES_CREDENTIALS', `the kubeconfig's credential command failed: ${said === '' ? 'it said nothing' : said}`, {
    help: /sso|expired/i.test(said) ? `aws sso login${profileOf(exec)}` : `run it by hand to see why: ${line}`,
    cause: error,
  })
}

function profileOf(exec: { args?: readonly string[]; env?: readonly { name: string; value: string }[] }): string {
  const at = exec.args?.indexOf('--profile') ?? -1
  const profile = at < 0 ? exec.env?.find(({ name }) => name === 'AWS_PROFILE')?.value : exec.args?.[at + 1]
  return profile === undefined ? '' : ` --profile ${profile}`
}
