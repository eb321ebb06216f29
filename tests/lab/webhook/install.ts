import { readFile } from 'node:fs/promises'
import { apiRequest } from '../control-plane/api-request.ts'
import type { LabCoordinates } from '../coordinates.ts'
import { poll } from '../process/poll.ts'

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const name = 'pod-identity-webhook'

/**
 * Registers the lab's pod identity webhook as EKS has it: pods on CREATE, failures ignored, pods with the skip label
 * left out. The API server takes up to a second to hear of it, so this answers when a trial pod has met it.
 */
export async function installWebhook(lab: LabCoordinates): Promise<void> {
  const answer = await apiRequest(lab, 'POST', path, { body: await configuration(lab) })
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`installing the webhook: ${answer.body}`)
  await untilPodsAreInjected(lab, true)
}

/** Takes it away again and waits until new pods no longer meet it; those made meanwhile stay as they are. */
export async function removeWebhook(lab: LabCoordinates): Promise<void> {
  const answer = await apiRequest(lab, 'DELETE', `${path}/${name}`)
  if (answer.status !== 200 && answer.status !== 404) throw new Error(`removing the webhook: ${answer.body}`)
  await untilPodsAreInjected(lab, false)
}

/** Tries with dry runs of a pod, under a service account of its own that is gone afterwards. */
async function untilPodsAreInjected(lab: LabCoordinates, expected: boolean): Promise<void> {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  const account = `${name}-trial`
  const metadata = {
    name: account,
    annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${lab.accountId}:role/trial` },
  }
  const made = await apiRequest(lab, 'POST', accounts, { body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata } })
  if (made.status !== 201 && made.status !== 409) throw new Error(`making ${account}: ${made.body}`)
  const spec = { serviceAccountName: account, containers: [{ name: 'trial', image: 'trial' }] }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: account }, spec }
  const isAsExpected = async () => {
    const tried = await apiRequest(lab, 'POST', '/api/v1/namespaces/default/pods?dryRun=All', { body: pod })
    // Refused at first, while admission has not heard of the service account.
    if (tried.status !== 201) throw new Error(tried.body)
    return tried.body.includes('AWS_WEB_IDENTITY_TOKEN_FILE') === expected ? true : undefined
  }
  const what = `the API server to ${expected ? 'ask' : 'forget'} the webhook`
  await poll(isAsExpected, { what, timeoutMilliseconds: 20_000 })
  await apiRequest(lab, 'DELETE', `${accounts}/${account}`)
}

async function configuration(lab: LabCoordinates) {
  const caBundle = (await readFile(lab.certificateAuthority)).toString('base64')
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'iam-for-pods.amazonaws.com',
        clientConfig: { url: `${lab.webhook}/mutate`, caBundle },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        objectSelector: {
          matchExpressions: [{ key: 'eks.amazonaws.com/skip-pod-identity-webhook', operator: 'DoesNotExist' }],
        },
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 10,
      },
    ],
  }
}
