import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { apiRequest, type ApiServerAccess } from '../control-plane/api-request.ts'
import { interfaceFor } from './branch-interfaces.ts'
import { mutate } from './mutate.ts'
import type { PatchOperation, Pod } from './pod.ts'
import { hasAssociation, mutateForPodIdentity } from './pod-identity.ts'
import { injectionSettings, skippedContainers, type WebhookFlags } from './settings.ts'

interface AdmissionRequest {
  readonly uid: string
  readonly namespace: string
  readonly object: Pod
}

interface WebhookInput {
  readonly cluster: ApiServerAccess
  readonly flags: WebhookFlags
  readonly awsEndpoint: string
}

/**
 * Serves `/mutate`, and `/mutate-v1-pod` in place of the VPC resource controller, with the API server's own certificate, which is made for 127.0.0.1. It runs with every lab and is
 * asked nothing until `installWebhook` registers it.
 */
export async function startWebhook(input: WebhookInput & { readonly port: number }): Promise<Server> {
  const { certificateAuthority } = input.cluster
  const cert = await readFile(certificateAuthority)
  const key = await readFile(certificateAuthority.replace(/\.crt$/, '.key'))
  const server = createServer({ cert, key }, async (message, response) => {
    try {
      const { status, body } = await respond(message, input)
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    } catch (error) {
      // With failurePolicy Ignore the pod is then admitted as it is, as on EKS.
      console.error('webhook:', error)
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(input.port, '127.0.0.1', resolve)
  })
  return server
}

async function respond(message: IncomingMessage, input: WebhookInput) {
  if (message.method !== 'POST' || !message.url?.startsWith('/mutate')) return { status: 404, body: '' }
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) text += chunk as string
  const { request, apiVersion } = JSON.parse(text) as { request: AdmissionRequest; apiVersion: string }
  const patch = message.url.startsWith('/mutate-v1-pod')
    ? await interfaceFor(request.namespace, request.object, input.cluster)
    : await patchFor(request, input)
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
  const response = {
    uid: request.uid,
    allowed: true,
    ...(patch.length > 0 ? { patchType: 'JSONPatch', patch: encoded } : {}),
  }
  return { status: 200, body: JSON.stringify({ apiVersion, kind: 'AdmissionReview', response }) }
}

async function patchFor(
  { namespace, object: pod }: AdmissionRequest,
  { cluster, flags, awsEndpoint }: WebhookInput,
): Promise<PatchOperation[]> {
  const name = pod.spec.serviceAccountName ?? 'default'
  // Pod Identity goes before the annotation.
  if (await hasAssociation(awsEndpoint, namespace, name)) return mutateForPodIdentity(pod, skippedContainers(pod, flags))
  // Asked afresh each time: the lag of EKS's cache, a source of unmutated pods, is not played here.
  const answer = await apiRequest(cluster, 'GET', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`)
  if (answer.status === 404) return []
  if (answer.status !== 200) throw new Error(`service account ${namespace}/${name}: HTTP ${answer.status}`)
  const account = JSON.parse(answer.body) as { metadata: { annotations?: Record<string, string> } }
  const settings = injectionSettings(account.metadata.annotations ?? {}, pod, flags)
  return settings ? mutate(pod, settings) : []
}
