/**
 * Stands in for eks-pod-identity-agent in the network of the lab's node: it gives a pod's token to EKS Auth, and the pod what EKS Auth answers. It signs
 * nothing, since the lab's node has no role. Answers and errors as the agent words them: https://github.com/aws/eks-pod-identity-agent
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const [, , awsEndpoint = '', clusterName = ''] = process.argv
const [address, port] = ['169.254.170.23', 80]

interface Answered {
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    readonly expiration: number
  }
  readonly assumedRoleUser: { readonly arn: string }
}

const server = createServer(async (request, response) => {
  if (request.url !== '/v1/credentials') return void response.writeHead(404).end()
  const answer = await fetch(`${awsEndpoint}/clusters/${clusterName}/assume-role-for-pod-identity`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: request.headers.authorization ?? '' }),
  })
  if (!answer.ok) {
    const { message } = (await answer.json()) as { readonly message: string }
    const text = `[${randomUUID()}]: (${answer.headers.get('x-amzn-errortype') ?? ''}): ${message}, fault: client`
    return void response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(text)
  }
  const { credentials, assumedRoleUser } = (await answer.json()) as Answered
  const body = {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    AccountId: assumedRoleUser.arn.split(':')[4],
    Expiration: new Date(credentials.expiration * 1000).toISOString(),
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
server.listen(port, address)
