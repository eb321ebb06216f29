import type { Container, PatchOperation, Pod, Volume } from './pod.ts'
import type { InjectionSettings } from './settings.ts'

const volumeName = 'aws-iam-token'
const tokenName = 'token'
const mountPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount'

/** What changes in the pod: environment and mount of every container that is not skipped, and the token's volume. */
export function mutate(pod: Pod, settings: InjectionSettings): PatchOperation[] {
  const { volumes = [], containers, initContainers = [] } = pod.spec
  const tokenFile = tokenFileFor(pod)
  const inject = (container: Container) =>
    settings.skippedContainers.has(container.name) ? container : injected(container, settings, tokenFile)
  return [
    ...volumePatch(volumes, settings),
    { op: 'add', path: '/spec/containers', value: containers.map(inject) },
    ...(initContainers.length > 0 ? [{ op: 'add', path: '/spec/initContainers', value: initContainers.map(inject) } as const] : []),
  ]
}

/** The variable names the file as Windows does; the mount keeps the path of Linux, as upstream's does (pkg/handler/handler.go). */
const tokenFileFor = (pod: Pod): string => {
  const file = `${mountPath}/${tokenName}`
  return isForWindows(pod) ? `C:${file.replaceAll('/', '\\')}` : file
}

/** Only the node selector counts; node affinity is not looked at. */
function isForWindows(pod: Pod): boolean {
  const selector = pod.spec.nodeSelector ?? {}
  return selector['kubernetes.io/os'] === 'windows' || selector['beta.kubernetes.io/os'] === 'windows'
}

/** A volume of that name is kept as it is, whatever its audience. */
function volumePatch(volumes: readonly Volume[], settings: InjectionSettings): PatchOperation[] {
  if (volumes.some(({ name }) => name === volumeName)) return []
  const serviceAccountToken = {
    audience: settings.audience,
    expirationSeconds: settings.expirationSeconds,
    path: tokenName,
  }
  const volume: Volume = { name: volumeName, projected: { sources: [{ serviceAccountToken }] } }
  return [{ op: 'add', path: '/spec/volumes', value: [volume, ...volumes] }]
}

function injected(container: Container, settings: InjectionSettings, tokenFile: string): Container {
  const { env = [], volumeMounts = [] } = container
  const defined = new Set(env.map(({ name }) => name))
  const hasIdentity = defined.has('AWS_ROLE_ARN') || defined.has('AWS_WEB_IDENTITY_TOKEN_FILE')
  const hasRegion = defined.has('AWS_REGION') || defined.has('AWS_DEFAULT_REGION')
  const hasRegionalSts = defined.has('AWS_STS_REGIONAL_ENDPOINTS')
  // The webhook returns early here, before the mount: the pod gets the volume and this container no file.
  if (hasIdentity && hasRegion && hasRegionalSts) return container
  const added = [
    ...(settings.regionalStsEndpoints && !hasRegionalSts ? [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }] : []),
    ...(settings.region !== undefined && !hasRegion
      ? [
          { name: 'AWS_DEFAULT_REGION', value: settings.region },
          { name: 'AWS_REGION', value: settings.region },
        ]
      : []),
    ...(hasIdentity
      ? []
      : [
          { name: 'AWS_ROLE_ARN', value: settings.roleArn },
          { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: tokenFile },
        ]),
  ]
  const isMounted = volumeMounts.some(({ name }) => name === volumeName)
  const mounts = isMounted ? volumeMounts : [...volumeMounts, { name: volumeName, readOnly: true, mountPath }]
  return { ...container, env: [...env, ...added], volumeMounts: mounts }
}
