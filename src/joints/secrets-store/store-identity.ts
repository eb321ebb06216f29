import { chainedSession, type Tags } from '#iam/session.ts'
import { assumedRole } from '#joints/access-assumed-role.ts'
import { webIdentityMechanism } from '#joints/access-irsa.ts'
import type { Mechanism } from '#joints/access-mechanism.ts'
import { workloadMechanisms, type WorkloadReader } from '#joints/access-workload.ts'
import type { Subject } from '#joints/define.ts'
import { perWorld } from '#joints/per-world.ts'
import { serviceAccountKey, workloadsByServiceAccount } from '#joints/workloads.ts'
import { clusterOf, type Evidence, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { annotation, annotationPath, audienceOf, roleArnOf } from '../irsa/service-account.ts'
import { operatorOf } from './external-secrets-operator.ts'
import { awsOf, isClusterStore, storeText, type AwsStore, type SecretStore } from './secret-stores.ts'

/** The service account that a store names, by which the operator asks for a role. */
export interface StoreAccount {
  readonly namespace: string
  readonly name: string
  readonly at: Evidence
}

const root = ['spec', 'provider', 'aws'] as const

/**
 * Undefined: the store has none, and asks by static keys or as the operator itself.
 * @param namespace of the ExternalSecret: the account is of it unless a ClusterSecretStore names another
 */
export function accountOf(store: SecretStore, namespace: string): StoreAccount | undefined {
  const account = awsOf(store)?.auth?.jwt?.serviceAccountRef
  if (account === undefined) return undefined
  const named = isClusterStore(store) ? account.namespace : undefined
  const at = store.at([...root, 'auth', 'jwt', 'serviceAccountRef', 'name'], 'the store asks as this service account')
  return { namespace: named ?? namespace, name: account.name, at }
}

/** @throws Unread when it was not read */
export const serviceAccountIn = (
  world: Reader<'k8s/ServiceAccount'>,
  store: SecretStore,
  { namespace, name }: StoreAccount,
): Resource<'k8s/ServiceAccount'> | undefined => world.find('k8s/ServiceAccount', `${namespace}/${name}`, { cluster: clusterOf(store) })

/** As whom a store asks before it assumes any role: the service account that it names and its workloads, or the operator. */
export function askersOf(world: WorkloadReader, store: SecretStore, namespace: string): readonly Subject[] {
  const account = accountOf(store, namespace)
  if (account === undefined) return awsOf(store)?.auth?.secretRef === undefined ? [operatorOf(world, store)] : []
  const used = workloadsByServiceAccount(world).get(serviceAccountKey(clusterOf(store), account.namespace, account.name)) ?? []
  return [serviceAccountIn(world, store, account) ?? [], used].flat()
}

const known = perWorld((_world: object) => new Map<string, Mechanism | undefined>())

/**
 * The session by which ExternalSecrets of a namespace read through a store: that of the service account that it names, else of the operator's pods, and from there
 * the roles that it names, one after the other. Undefined when the service account gives none: another check says so.
 * https://github.com/external-secrets/external-secrets/blob/main/providers/v1/aws/auth/auth.go
 * @throws Unread when what it depends on was not read
 */
export function storeSession(world: WorkloadReader, store: SecretStore, namespace: string): Mechanism | undefined {
  const key = [clusterOf(store), store.kind, store.id, namespace].join('\n')
  const answers = known(world)
  if (answers.has(key)) return answers.get(key)
  const aws = awsOf(store)
  const first = firstSession(world, store, namespace)
  const session = aws === undefined || first === undefined ? undefined : throughRoles(world, store, aws, namespace, first)
  answers.set(key, session)
  return session
}

/** Before any role of the store is assumed. @throws Unread when what it depends on was not read */
export function firstSession(world: WorkloadReader, store: SecretStore, namespace: string): Mechanism | undefined {
  const aws = awsOf(store)
  if (aws === undefined) return undefined
  const { auth } = aws
  if (auth?.jwt !== undefined) return ofAccount(world, store, namespace)
  if (auth?.secretRef !== undefined) return unsure(store, 'whose static keys the store has: values of Secrets are never read')
  const [first, ...others] = workloadMechanisms(world, operatorOf(world, store))
  if (first === undefined || others.length > 0) return unsure(store, 'the pods of the External Secrets Operator have several identities')
  return first
}

const unsure = (store: SecretStore, reason: string): Mechanism => ({
  by: 'static-keys',
  steps: [{ text: storeText(store), at: store.at(['metadata', 'name'], 'the store') }],
  session: { is: 'unknown', fact: { kind: store.kind, id: store.id, reason } },
})

/** The annotation alone counts: the operator looks for no Pod Identity association of the account. */
function ofAccount(world: WorkloadReader, store: SecretStore, namespace: string): Mechanism | undefined {
  const account = accountOf(store, namespace)
  if (account === undefined) return unsure(store, 'the store has auth.jwt without a service account')
  const serviceAccount = serviceAccountIn(world, store, account)
  const roleArn = serviceAccount === undefined ? undefined : roleArnOf(serviceAccount)
  if (serviceAccount === undefined || roleArn === undefined) return undefined
  if ((awsOf(store)?.auth?.jwt?.serviceAccountRef?.audiences ?? []).length > 0)
    return unsure(store, 'which of several audiences of a token AWS looks at is not documented')
  return webIdentityMechanism(world, {
    scope: serviceAccount.scope,
    namespace: account.namespace,
    serviceAccountName: account.name,
    roleArn,
    audience: audienceOf(serviceAccount),
    sessionName: 'external-secrets-provider-aws',
    steps: [
      { text: storeText(store), at: account.at },
      { text: 'IRSA', at: serviceAccount.at(annotationPath(annotation.roleArn), 'the store asks for this role') },
    ],
  })
}

function throughRoles(world: WorkloadReader, store: SecretStore, aws: AwsStore, namespace: string, first: Mechanism): Mechanism {
  const more = (aws.additionalRoles ?? []).map((roleArn, index) => ({ roleArn, path: ['additionalRoles', index] as const, tags: {} }))
  const last = (aws.role ?? '') === '' ? [] : [{ roleArn: aws.role ?? '', path: ['role'] as const, tags: tagsOf(store, aws, namespace) }]
  let mechanism = first
  for (const { roleArn, path, tags } of [...more, ...last]) {
    const { session, steps } = mechanism
    if (session.is === 'refused') return mechanism
    if (session.caller === undefined) return { ...mechanism, roleArn }
    const { caller } = session
    const before = { transitiveTags: caller.transitiveTags ?? {} }
    const transitiveKeys = path[0] === 'role' ? (aws.transitiveTagKeys ?? []) : []
    const next = assumedRole(world, {
      caller,
      before: { steps, session },
      roleArn,
      named: store.at([...root, ...path], 'the store assumes this role'),
      title: 'role of the store',
      tags: { ...tags, ...before.transitiveTags },
      transitiveKeys: [...transitiveKeys, ...Object.keys(before.transitiveTags)],
      externalId: path[0] === 'role' && (aws.externalID ?? '') !== '' ? aws.externalID : undefined,
      next: role => chainedSession(before, { role, sessionName: 'unknown', tags, transitiveKeys }),
    })
    mechanism = { by: mechanism.by, roleArn, ...next }
  }
  return mechanism
}

/** https://github.com/external-secrets/external-secrets/blob/main/providers/v1/aws/provider.go (buildSessionTags) */
function tagsOf(store: SecretStore, aws: AwsStore, namespace: string): Tags {
  const { sessionTagsPolicy = 'None', sessionTags = [], customSessionTags = {} } = aws
  if (sessionTagsPolicy === 'None') return Object.fromEntries(sessionTags.map(({ key, value }) => [key, value]))
  const own = { esoNamespace: namespace, esoStoreName: store.body.metadata.name, esoStoreKind: store.kind.slice(4) }
  return sessionTagsPolicy === 'Custom' ? { ...customSessionTags, ...own } : own
}
