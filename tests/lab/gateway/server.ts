import { createServer, type Server, type ServerResponse } from 'node:http'
import { type Answer, type Handler, readRequest, type Upstream } from './request.ts'

export interface GatewayInput {
  readonly port: number
  /** Where the calls go that no handler answers. */
  readonly upstream: Upstream
  readonly handlers: readonly Handler[]
}

/** Listens on loopback, lets the first handler that matches a call answer it, and passes everything else on. */
export async function startGateway(input: GatewayInput): Promise<Server> {
  const server = createServer(async (message, response) => {
    try {
      const request = await readRequest(message)
      const handler = input.handlers.find(candidate => candidate.matches(request))
      send(response, await (handler ? handler.answer(request, input.upstream) : input.upstream(request)))
    } catch (error) {
      // The caller's SDK shows this as a server fault; the supervisor's log shows why.
      console.error(`gateway: ${message.method} ${message.url}`, error)
      response.writeHead(502, { 'content-type': 'text/plain' }).end(String(error))
    }
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(input.port, '127.0.0.1', resolve)
  })
  return server
}

function send(response: ServerResponse, answer: Answer): void {
  const framing = new Set(['transfer-encoding', 'connection', 'content-length', 'keep-alive'])
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !framing.has(name)))
  response.writeHead(answer.status, { ...headers, 'content-length': answer.body.length }).end(answer.body)
}
