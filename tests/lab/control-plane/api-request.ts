import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { adminUser } from './users.ts'

/** What is needed to speak to an API server as its administrator. */
export interface ApiServerAccess {
  readonly apiServer: string
  readonly certificateAuthority: string
  readonly userTokens: Readonly<Record<string, string>>
}

export interface ApiAnswer {
  readonly status: number
  readonly body: string
}

const agents = new Map<string, Agent>()

/** One request to the API server, as the administrator unless another user is named. Does not judge the status. */
export async function apiRequest(
  access: ApiServerAccess,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly user?: string; readonly contentType?: string } = {},
): Promise<ApiAnswer> {
  const agent = await agentFor(access)
  const headers = {
    authorization: `Bearer ${access.userTokens[options.user ?? adminUser]}`,
    accept: 'application/json, */*',
    ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
  }
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, access.apiServer), { method, headers, agent }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text)).once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    call.once('error', reject).end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })
}

async function agentFor(access: ApiServerAccess): Promise<Agent> {
  const known = agents.get(access.apiServer)
  if (known) return known
  const agent = new Agent({ ca: await readFile(access.certificateAuthority), keepAlive: true })
  agents.set(access.apiServer, agent)
  return agent
}
