import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, vi } from 'vitest'

/** One call as it arrived: `iam:GetRole` and its parameters, `kms:DescribeKey` and its input, or `eks:GET /clusters/prod`. */
export interface Call {
  readonly name: string
  readonly parameters: URLSearchParams
  readonly input: Readonly<Record<string, unknown>>
  /** The access key that signed it. */
  readonly accessKey: string
  /** For which it is signed. */
  readonly region: string
}

export type Answer = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }

const closers: (() => void)[] = []

/** An environment in which every SDK client finds credentials and a region, and nothing of this machine's. */
export function stubEnvironment(): void {
  beforeEach(() => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'AKIDOWN',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: undefined,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: '',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    closers.splice(0).forEach(close => close())
  })
}

/** Answers the protocols of IAM, STS, SNS and EC2 (Query), EKS, S3, GuardDuty, Lambda and Security Hub (REST), and of those that speak JSON. STS knows the caller; the handler does the rest. */
export async function stubAws(handler: (call: Call) => Answer): Promise<Call[]> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const [, accessKey = '', region = '', service = ''] =
      /Credential=([^/]+)\/[^/]+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
    const body = await text(request)
    const parameters = new URLSearchParams(body)
    const target = request.headers['x-amz-target']
    const operation =
      typeof target === 'string'
        ? target.split('.').at(-1)
        : isRest(service)
          ? `${request.method} ${request.url}`
          : parameters.get('Action')
    const input = body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {}
    const call = { name: `${service}:${operation}`, parameters, input, accessKey, region }
    calls.push(call)
    const answer = call.name === 'sts:GetCallerIdentity' && accessKey === 'AKIDOWN' ? caller() : handler(call)
    response
      .writeHead(answer.status, { 'content-type': answer.body.startsWith('<') ? 'text/xml' : 'application/json', ...answer.headers })
      .end(answer.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return calls
}

const isRest = (service: string): boolean => ['eks', 'guardduty', 'lambda', 's3', 'securityhub'].includes(service)

export const xml = (operation: string, result: string): Answer => ({
  status: 200,
  body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
})

/** EC2 leaves the inner element out, and S3 names the outer one otherwise. */
export const plainXml = (element: string, content: string): Answer => ({ status: 200, body: `<${element}>${content}</${element}>` })

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  body: JSON.stringify(body),
  headers,
})

/** An error of the services that speak JSON. */
export const jsonError = (type: string, message = 'no', status = 400): Answer =>
  json({ __type: type, message }, status, { 'x-amzn-errortype': type })

/** An error of the services that speak XML. */
export const error = (code: string, message = 'no', status = 403): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})

export const denied = ({ name }: Call): Answer =>
  error(
    'AccessDenied',
    `User: arn:aws:iam::111122223333:user/x is not authorized to perform: ${name} on resource: * because no identity-based policy allows the ${name} action`,
  )

/** What STS says of the caller. */
export const caller = (account = '111122223333'): Answer =>
  xml('GetCallerIdentity', `<Arn>arn:aws:iam::${account}:user/x</Arn><Account>${account}</Account>`)

export const unknownCall: Answer = { status: 501, body: '{}' }
