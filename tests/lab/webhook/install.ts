import { readFile } from 'node:fs/promises'
import { apiRequest } from '../control-plane/api-request.ts'
import type { LabCoordinates } from '../coordinates.ts'

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const name = 'pod-identity-webhook'

/**
 * Registers the lab's pod identity webhook as EKS has it: pods on CREATE, failures ignored, pods with the skip label
 * left out. Does nothing when it is there. The API server takes up to a second to ask a new webhook, so this waits
 * until a trial pod has been seen by it.
 */
export async function installWebhook(lab: LabCoordinates): Promise<void> {
  const answer = await apiRequest(lab, 'POST', path, { body: await configuration(lab) })
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`installing the webhook: ${answer.body}`)
}

/** Takes it away again; pods that were made meanwhile stay as they are. */
export async function removeWebhook(lab: LabCoordinates): Promise<void> {
  const answer = await apiRequest(lab, 'DELETE', `${path}/${name}`)
  if (answer.status !== 200 && answer.status !== 404) throw new Error(`removing the webhook: ${answer.body}`)
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
