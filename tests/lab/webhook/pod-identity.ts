import { EKSClient, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks'
import { rootCredentials } from '../aws/account.ts'
import { identity } from '../versions.ts'
import type { Container, PatchOperation, Pod, Volume } from './pod.ts'

const volumeName = 'eks-pod-identity-token'
const mountPath = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount'

/** Whether the lab's cluster gives the service account a role by EKS Pod Identity. */
export async function hasAssociation(awsEndpoint: string, namespace: string, serviceAccount: string): Promise<boolean> {
  const eks = new EKSClient({ endpoint: awsEndpoint, region: identity.region, credentials: rootCredentials(identity.accountId) })
  const { associations = [] } = await eks.send(
    new ListPodIdentityAssociationsCommand({ clusterName: identity.clusterName, namespace, serviceAccount }),
  )
  eks.destroy()
  return associations.length > 0
}

/** The address and the token of the Pod Identity agent: pkg/handler/handler.go of the webhook, getContainerCredentialsPatchConfig. */
export function mutateForPodIdentity(pod: Pod, skipped: ReadonlySet<string>): PatchOperation[] {
  const { volumes = [], containers, initContainers = [] } = pod.spec
  const inject = (container: Container) => (skipped.has(container.name) ? container : injected(container))
  const serviceAccountToken = { audience: 'pods.eks.amazonaws.com', expirationSeconds: 86_400, path: volumeName }
  const volume: Volume = { name: volumeName, projected: { sources: [{ serviceAccountToken }] } }
  return [
    ...(volumes.some(({ name }) => name === volumeName)
      ? []
      : [{ op: 'add', path: '/spec/volumes', value: [volume, ...volumes] } as const]),
    { op: 'add', path: '/spec/containers', value: containers.map(inject) },
    ...(initContainers.length > 0 ? [{ op: 'add', path: '/spec/initContainers', value: initContainers.map(inject) } as const] : []),
  ]
}

function injected(container: Container): Container {
  const { env = [], volumeMounts = [] } = container
  const defined = new Set(env.map(({ name }) => name))
  const all: Readonly<Record<string, string>> = {
    ...(defined.has('AWS_REGION') || defined.has('AWS_DEFAULT_REGION')
      ? {}
      : { AWS_DEFAULT_REGION: identity.region, AWS_REGION: identity.region }),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${mountPath}/${volumeName}`,
  }
  const added = Object.entries(all).flatMap(([name, value]) => (defined.has(name) ? [] : [{ name, value }]))
  const isMounted = volumeMounts.some(({ name }) => name === volumeName)
  const mounts = isMounted ? volumeMounts : [...volumeMounts, { name: volumeName, readOnly: true, mountPath }]
  return { ...container, env: [...env, ...added], volumeMounts: mounts }
}
