import type { Container, PodShape, PodSpec } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { firstCsvRecord } from './csv-record.ts'
import { annotation, defaultAudience, roleArnOf } from './service-account.ts'

/**
 * What the pod identity webhook does to a pod, read from its source (aws/amazon-eks-pod-identity-webhook, pkg/handler/handler.go and pkg/cache/cache.go).
 * Pure, so that a template can be judged before any pod exists.
 */
export type Variable = NonNullable<Container['env']>[number]
export type Volume = NonNullable<PodSpec['volumes']>[number]
export type VolumeMount = NonNullable<Container['volumeMounts']>[number]
export type ContainerGroup = 'initContainers' | 'containers'

export const tokenVolume = 'aws-iam-token'
export const roleVariable = 'AWS_ROLE_ARN'
export const tokenFileVariable = 'AWS_WEB_IDENTITY_TOKEN_FILE'
/** What the webhook injects for EKS Pod Identity instead, which goes before IRSA. */
export const podIdentityVolume = 'eks-pod-identity-token'
export const containerCredentialsVariables = ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] as const
const regionVariables = ['AWS_DEFAULT_REGION', 'AWS_REGION'] as const
const stsVariable = 'AWS_STS_REGIONAL_ENDPOINTS'

/** The webhook's flags. */
export interface WebhookOptions {
  readonly audience: string
  /** Seconds. */
  readonly tokenExpiration: number
  readonly regionalStsEndpoints: boolean
  /** Undefined: it sets no region. */
  readonly region: string | undefined
  readonly mountPath: string
}

/** As EKS runs it, but for the region, which no verdict depends on. */
export const eksWebhook: WebhookOptions = {
  audience: defaultAudience,
  tokenExpiration: 86_400,
  regionalStsEndpoints: true,
  region: undefined,
  mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
}

/** A container and where it stands in its pod spec. */
export interface Seat {
  readonly group: ContainerGroup
  readonly index: number
  readonly container: Container
}

export interface ContainerMutation extends Seat {
  /** Named in `skip-containers`. */
  readonly skipped: boolean
  /** Variables that are added behind the container's own. */
  readonly env: readonly Variable[]
  readonly mount: VolumeMount | undefined
}

export interface Mutation {
  readonly roleArn: string
  readonly containers: readonly ContainerMutation[]
  /** Put before the pod's own volumes; undefined when one of that name is there, which is kept whatever it holds. */
  readonly volume: Volume | undefined
}

/** Init containers first. Ephemeral containers are never touched. */
export const seatsOf = (spec: PodSpec): readonly Seat[] => [
  ...seatsIn('initContainers', spec.initContainers),
  ...seatsIn('containers', spec.containers),
]

const seatsIn = (group: ContainerGroup, containers: readonly Container[] | undefined): readonly Seat[] =>
  (containers ?? []).map((container, index) => ({ group, index, container }))

/** The containers that the webhook leaves alone: one CSV record in an annotation of the pod. */
export function skippedContainers(shape: PodShape): ReadonlySet<string> {
  const value = shape.annotations[annotation.skipContainers]
  return new Set(value === undefined ? [] : firstCsvRecord(value))
}

/** What the webhook adds to a pod of this shape; undefined when the service account asks for no role. */
export function mutate(
  shape: PodShape,
  serviceAccount: Resource<'k8s/ServiceAccount'>,
  options: WebhookOptions = eksWebhook,
): Mutation | undefined {
  const roleArn = roleArnOf(serviceAccount)
  if (roleArn === undefined) return undefined
  const annotations = serviceAccount.body.metadata.annotations ?? {}
  const skipped = skippedContainers(shape)
  const added = {
    roleArn,
    tokenFile: tokenFile(shape.spec, options.mountPath),
    regionalSts: goBoolean(annotations[annotation.stsRegionalEndpoints]) ?? options.regionalStsEndpoints,
    region: options.region,
    mount: { name: tokenVolume, readOnly: true, mountPath: options.mountPath },
  }
  const expirationSeconds =
    expiration(shape.annotations) ?? expiration(annotations) ?? Math.max(options.tokenExpiration, shortestExpiration)
  const serviceAccountToken = { audience: annotations[annotation.audience] ?? options.audience, expirationSeconds, path: 'token' }
  return {
    roleArn,
    containers: seatsOf(shape.spec).map(seat => mutateContainer(seat, skipped.has(seat.container.name), added)),
    volume: hasVolume(shape.spec, tokenVolume) ? undefined : { name: tokenVolume, projected: { sources: [{ serviceAccountToken }] } },
  }
}

/** The pod spec with what the webhook adds. */
export function mutated(spec: PodSpec, mutation: Mutation): PodSpec {
  const inGroup = (group: ContainerGroup) => mutation.containers.filter(item => item.group === group).map(withMutation)
  const initContainers = inGroup('initContainers')
  return {
    ...spec,
    containers: inGroup('containers'),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(mutation.volume === undefined ? {} : { volumes: [mutation.volume, ...(spec.volumes ?? [])] }),
  }
}

export const hasVolume = (spec: PodSpec, name: string): boolean => spec.volumes?.some(volume => volume.name === name) === true

interface Added {
  readonly roleArn: string
  readonly tokenFile: string
  readonly regionalSts: boolean
  readonly region: string | undefined
  readonly mount: VolumeMount
}

function mutateContainer(seat: Seat, skipped: boolean, added: Added): ContainerMutation {
  if (skipped) return { ...seat, skipped, env: [], mount: undefined }
  const defined = new Set(seat.container.env?.map(variable => variable.name))
  const hasIdentity = defined.has(roleVariable) || defined.has(tokenFileVariable)
  const hasRegion = regionVariables.some(name => defined.has(name))
  // The webhook returns here before it comes to the mount, so this container gets no token (addEnvToContainer).
  if (hasIdentity && hasRegion && defined.has(stsVariable)) return { ...seat, skipped, env: [], mount: undefined }
  const { region } = added
  const isMounted = seat.container.volumeMounts?.some(mount => mount.name === tokenVolume) === true
  return {
    ...seat,
    skipped,
    env: [
      ...(added.regionalSts && !defined.has(stsVariable) ? [{ name: stsVariable, value: 'regional' }] : []),
      ...(region === undefined || hasRegion ? [] : regionVariables.map(name => ({ name, value: region }))),
      // One of the two suppresses both.
      ...(hasIdentity
        ? []
        : [
            { name: roleVariable, value: added.roleArn },
            { name: tokenFileVariable, value: added.tokenFile },
          ]),
    ],
    mount: isMounted ? undefined : added.mount,
  }
}

function withMutation({ container, env, mount }: ContainerMutation): Container {
  return {
    ...container,
    ...(env.length === 0 ? {} : { env: [...(container.env ?? []), ...env] }),
    ...(mount === undefined ? {} : { volumeMounts: [...(container.volumeMounts ?? []), mount] }),
  }
}

/** Node selectors say that a pod is for Windows; affinity is not looked at. The mount path stays as it is, only the variable changes. */
function tokenFile(spec: PodSpec, mountPath: string): string {
  const path = `${mountPath}/token`
  const selector = spec.nodeSelector ?? {}
  const isWindows = selector['kubernetes.io/os'] === 'windows' || selector['beta.kubernetes.io/os'] === 'windows'
  return isWindows ? `C:${path.replaceAll('/', '\\')}` : path
}

/** The API server refuses tokens that live for less. */
const shortestExpiration = 600

/** An annotation that is no integer is passed over. */
function expiration(annotations: Readonly<Record<string, string>>): number | undefined {
  const value = annotations[annotation.tokenExpiration]
  if (value === undefined || !/^[+-]?\d+$/.test(value)) return undefined
  const seconds = BigInt(value.replace(/^\+/, ''))
  if (BigInt.asIntN(64, seconds) !== seconds) return undefined
  return Math.max(Number(seconds), shortestExpiration)
}

/** strconv.ParseBool. */
function goBoolean(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : undefined
}
