import type { Answer } from './request.ts'

/** An answer of the services that speak JSON. */
export const jsonAnswer = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(body)),
})

/** An error of the services that speak REST and JSON: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization */
export const jsonError = (type: string, message: string, status = 400): Answer =>
  jsonAnswer({ __type: type, message }, status, { 'x-amzn-errortype': type })

/** An answer of EC2, whose elements stand in the outermost one. */
export const ec2Answer = (operation: string, content: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>lab</requestId>${content}</${operation}Response>`,
  ),
})

/** Whether the emulator refused the caller: what it does not know it refuses otherwise. */
export const isRefusal = ({ status }: Answer): boolean => status === 401 || status === 403
