import type { Resource } from '#model/resource.ts'

/** The annotations that the EKS Pod Identity webhook reads from a service account (amazon-eks-pod-identity-webhook, pkg/annotations.go). */
export const annotation = {
  roleArn: 'eks.amazonaws.com/role-arn',
  audience: 'eks.amazonaws.com/audience',
  tokenExpiration: 'eks.amazonaws.com/token-expiration',
  stsRegionalEndpoints: 'eks.amazonaws.com/sts-regional-endpoints',
  /** On pods: containers that the webhook leaves alone. */
  skipContainers: 'eks.amazonaws.com/skip-containers',
} as const

/** On pods: the webhook is not called at all. */
export const skipWebhookLabel = 'eks.amazonaws.com/skip-pod-identity-webhook'

export const defaultAudience = 'sts.amazonaws.com'

/** The path of an annotation inside a service account. */
export const annotationPath = (key: string): readonly string[] => ['metadata', 'annotations', key]

/** The role that the service account asks for. A missing or empty annotation asks for none. */
export function roleArnOf(serviceAccount: Resource<'k8s/ServiceAccount'>): string | undefined {
  const value = serviceAccount.body.metadata.annotations?.[annotation.roleArn]
  return value === undefined || value === '' ? undefined : value
}

/** The audience that its pods' tokens are made for. */
export const audienceOf = (serviceAccount: Resource<'k8s/ServiceAccount'>): string =>
  serviceAccount.body.metadata.annotations?.[annotation.audience] ?? defaultAudience

/** The `sub` claim of its tokens. */
export function tokenSubject(serviceAccount: Resource<'k8s/ServiceAccount'>): string {
  const { namespace, name } = serviceAccount.body.metadata
  return `system:serviceaccount:${namespace}:${name}`
}

export interface RoleArn {
  readonly partition: string
  readonly account: string
  /** The name without its path. */
  readonly name: string
  readonly path: string
}

/**
 * The webhook's own pattern (pkg/cache/cache.go): it warns about anything else and injects it all the same, and STS then says `Request ARN is invalid`.
 */
const rolePattern = /^arn:(aws[a-z0-9-]*):iam::(\d{12}):role(\/[\w\-/.@+=,]+)$/

/** The parts of a well-formed role ARN. */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const [, partition, account, resource] = rolePattern.exec(arn) ?? []
  if (partition === undefined || account === undefined || resource === undefined) return undefined
  const slash = resource.lastIndexOf('/')
  return { partition, account, path: resource.slice(0, slash + 1), name: resource.slice(slash + 1) }
}

/** The IAM OIDC provider must stand in the role's own account and partition. */
export const providerArn = (role: RoleArn, issuerKey: string): string =>
  `arn:${role.partition}:iam::${role.account}:oidc-provider/${issuerKey}`
