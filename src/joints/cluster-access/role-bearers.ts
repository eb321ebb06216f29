import { Unread } from '#base/errors.ts'
import { decideAssumeRole } from '#iam/assume-role.ts'
import { podIdentityTags } from '#iam/session.ts'
import { issuerOf, scopeInside } from '#joints/clusters.ts'
import { annotation, annotationPath, audienceOf, parseRoleArn, providerArn, roleArnOf, tokenSubject } from '#joints/irsa/service-account.ts'
import { perWorld } from '#joints/per-world.ts'
import { trustOf, trustPolicyOf } from '#joints/trust.ts'
import { serviceAccountKey } from '#joints/workloads.ts'
import { clusterOf, type Evidence, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/** What tells which service accounts get which roles. */
export const bearerKinds = ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'aws/iam/Role', 'k8s/ServiceAccount'] as const

export type BearerReader = Reader<(typeof bearerKinds)[number]>
type Role = Resource<'aws/iam/Role'>

/** A service account that asks for a role, by annotation or by association; whether it gets it is another question. */
export interface Bearer {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  readonly by: 'irsa' | 'pod-identity'
  /** The role that its pods act as in the end. */
  readonly roleArn: string
  /** The annotation or the association. */
  readonly at: Evidence
  /**
   * Whether the role lets it in.
   * @throws Unread when that was not read, or only the live call knows
   */
  readonly getsIt: () => boolean
}

export const bearerText = ({ namespace, name }: Bearer): string => `sa/${name} in ${namespace}`

/** Bearers by service account. An association goes before an annotation. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
export const bearersByAccount = perWorld((world: BearerReader): ReadonlyMap<string, Bearer> => {
  const all = [
    ...world.seen('k8s/ServiceAccount').flatMap(account => annotated(world, account)),
    ...world.seen('aws/eks/PodIdentityAssociation').flatMap(item => associated(world, item)),
  ]
  return new Map(all.map(bearer => [serviceAccountKey(bearer.cluster, bearer.namespace, bearer.name), bearer]))
})

export const bearersByRole = perWorld((world: BearerReader): ReadonlyMap<string, readonly Bearer[]> =>
  Map.groupBy(bearersByAccount(world).values(), ({ roleArn }) => roleArn),
)

/**
 * The role that a service account's pods get; undefined when it asks for none, or the role does not exist or does not let it in.
 * @throws Unread when that was not read
 */
export function roleBorne(
  world: BearerReader,
  account: Resource<'k8s/ServiceAccount'>,
): { readonly bearer: Bearer; readonly role: Role } | undefined {
  const { namespace, name } = account.body.metadata
  const bearer = bearersByAccount(world).get(serviceAccountKey(clusterOf(account), namespace, name))
  const role = bearer === undefined ? undefined : world.find('aws/iam/Role', bearer.roleArn)
  return bearer === undefined || role === undefined || !bearer.getsIt() ? undefined : { bearer, role }
}

interface Admitted {
  readonly bearers: readonly Bearer[]
  /** Why it is not known of one of them. */
  readonly doubt: Unread | undefined
}

const admittedByRole = perWorld((_world: BearerReader) => new Map<Role, Admitted>())

/**
 * Those of a role's bearers that it lets in.
 * @throws Unread when it surely lets in none of them and was not read well enough to say so of all
 */
export function lettingIn(world: BearerReader, role: Role): readonly Bearer[] {
  const known = admittedByRole(world).get(role) ?? admittedBy(world, role)
  admittedByRole(world).set(role, known)
  const { bearers, doubt } = known
  if (bearers.length > 0) return bearers
  if (doubt !== undefined) throw doubt
  if (isForPods(role)) {
    assertAssociations(world, world.seen('aws/eks/Cluster'))
    world.list('k8s/ServiceAccount')
  }
  return []
}

function admittedBy(world: BearerReader, role: Role): Admitted {
  let doubt: Unread | undefined
  const bearers = (bearersByRole(world).get(role.id) ?? []).filter(bearer => {
    try {
      return bearer.getsIt()
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      doubt ??= error
      return false
    }
  })
  return { bearers, doubt }
}

/** @throws Unread when one of the clusters may have associations that were not read; with none: when nobody listed them all */
export function assertAssociations(world: BearerReader, clusters: readonly Resource<'aws/eks/Cluster'>[]): void {
  if (clusters.length === 0) world.list('aws/eks/PodIdentityAssociation')
  for (const cluster of clusters) world.list('aws/eks/PodIdentityAssociation', scopeInside(cluster))
}

/** The trust policy speaks of pods, so one that was not read may get the role. */
const isForPods = ({ body }: Role): boolean =>
  /pods\.eks\.amazonaws\.com|:oidc-provider\/oidc[.-]eks\./.test(JSON.stringify(body.AssumeRolePolicyDocument ?? ''))

function annotated(world: BearerReader, account: Resource<'k8s/ServiceAccount'>): readonly Bearer[] {
  const roleArn = roleArnOf(account)
  const parts = roleArn === undefined ? undefined : parseRoleArn(roleArn)
  // STS refuses what is no ARN of a role, whoever asks.
  if (roleArn === undefined || parts === undefined) return []
  const { namespace, name } = account.body.metadata
  const at = account.at(annotationPath(annotation.roleArn), `${namespace}/${name} asks for the role`)
  const getsIt = () => {
    const role = world.find('aws/iam/Role', roleArn)
    if (role === undefined) return false
    const { key } = issuerOf(world, account.scope)
    return trustOf(world, role, {
      provider: providerArn(parts, key),
      issuer: key,
      subject: tokenSubject(account),
      audience: audienceOf(account),
    }).allowed
  }
  return [{ cluster: clusterOf(account), namespace, name, by: 'irsa', roleArn, at, getsIt }]
}

const service = { kind: 'service', name: 'pods.eks.amazonaws.com' } as const

function associated(world: BearerReader, association: Resource<'aws/eks/PodIdentityAssociation'>): readonly Bearer[] {
  const { clusterName, namespace, serviceAccount, roleArn, targetRoleArn } = association.body
  if (roleArn === undefined) return []
  const last = targetRoleArn === undefined ? 'roleArn' : 'targetRoleArn'
  const at = association.at([last], `${namespace}/${serviceAccount} gets it by Pod Identity`)
  const getsIt = () => {
    const role = world.find('aws/iam/Role', roleArn)
    return role !== undefined && trustsPodIdentity(association, role)
  }
  return [{ cluster: clusterName, namespace, name: serviceAccount, by: 'pod-identity', roleArn: targetRoleArn ?? roleArn, at, getsIt }]
}

/** Whether a role would let an association in. */
function trustsPodIdentity({ id, body }: Resource<'aws/eks/PodIdentityAssociation'>, role: Role): boolean {
  const { clusterName, namespace, serviceAccount } = body
  const clusterArn = `${id.split(':').slice(0, 5).join(':')}:cluster/${clusterName}`
  const isTagged = body.disableSessionTags !== true && (body.policy === undefined || body.policy === null)
  return letsPodIdentityIn(role, { clusterArn, clusterName, namespace, serviceAccount, isTagged })
}

export interface AssociationFacts {
  readonly clusterArn: string
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly isTagged: boolean
}

/**
 * Whether a role's trust policy lets EKS in for such an association. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 * @throws Unread when it was not read, or a condition depends on more
 */
export function letsPodIdentityIn(role: Role, { isTagged, ...facts }: AssociationFacts): boolean {
  const tags = isTagged ? podIdentityTags({ ...facts, podName: 'pod', podUid: 'uid' }) : {}
  const context = {
    'aws:SourceArn': facts.clusterArn,
    'aws:SourceAccount': facts.clusterArn.split(':')[4] ?? '',
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service.name,
  }
  const { decision } = decideAssumeRole({ principal: service, roleArn: role.id, tags, context }, { resource: [trustPolicyOf(role)] })
  if (decision.answer !== 'unknown') return decision.answer === 'allow'
  throw new Unread({ kind: role.kind, id: role.id, reason: `whether its trust policy lets EKS Pod Identity in: ${decision.reason}` })
}
