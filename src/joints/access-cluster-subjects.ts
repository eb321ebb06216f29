import type { UnreadFact } from '#base/errors.ts'
import type { Subject } from '#rbac/subject.ts'
import { authenticated } from '#rbac/subject.ts'
import { waysOfSubject, waysToServiceAccount } from '#rbac/ways-to-service-account.ts'
import type { Holder } from '#rbac/who-may.ts'
import type { Reader } from '#model/world.ts'
import { tried } from './access-documents.ts'
import type { Mechanism, Step } from './access-mechanism.ts'
import { serviceAccountMechanisms, type AccountName, type WorkloadReader } from './access-workload.ts'
import { clusterNames, clusterRbac, rbacKinds, type ClusterRbac, type RbacReader } from './rbac.ts'
import { serviceAccountKey } from './workloads.ts'

export const clusterKinds = [...rbacKinds, 'k8s/Pod', 'k8s/ServiceAccount'] as const

type ClusterReader = RbacReader & Reader<'k8s/Pod'>

/** Somebody in a cluster who comes by the roles of service accounts in one step: with a token of one, or with code that runs as it. */
export interface ClusterSubject {
  /** `group developers`, `sa/ci in build`. */
  readonly text: string
  readonly cluster: string
  /** `sa/reader in payments`. */
  readonly accounts: readonly string[]
  /** `mint-token`, `create-pod`. */
  readonly ways: readonly string[]
}

export interface ClusterSubjects {
  readonly subjects: readonly ClusterSubject[]
  readonly unread: readonly UnreadFact[]
}

interface Draft {
  readonly text: string
  readonly cluster: string
  readonly accounts: Set<string>
  readonly ways: Set<string>
}

/** Who may act as these service accounts through Kubernetes, and how. Members of system:masters may always. */
export function subjectsBehind(world: ClusterReader, accounts: readonly AccountName[]): ClusterSubjects {
  const found = new Map<string, Draft>()
  const unread = new Map<string, UnreadFact>()
  const unique = new Map(accounts.map(account => [serviceAccountKey(account.cluster, account.namespace, account.name), account]))
  for (const account of unique.values()) {
    const here = clusterRbac(world, account.cluster)
    for (const fact of here.unread) unread.set(`${fact.kind}\n${fact.reason}`, fact)
    for (const { way, holders } of waysToServiceAccount(here.rbac, targetOf(world, account))) {
      if (way.steps !== 'one') continue
      for (const holder of holders) note(found, account, holderText(holder), way.id)
    }
  }
  const subjects = [...found.values()].map(draft => ({ ...draft, accounts: [...draft.accounts], ways: [...draft.ways] }))
  return { subjects, unread: [...unread.values()] }
}

function note(found: Map<string, Draft>, account: AccountName, text: string, way: string): void {
  const key = `${account.cluster}\n${text}`
  const draft = found.get(key) ?? { text, cluster: account.cluster, accounts: new Set<string>(), ways: new Set<string>() }
  draft.accounts.add(accountText(account))
  draft.ways.add(way)
  found.set(key, draft)
}

const accountText = ({ name, namespace }: AccountName): string => `sa/${name} in ${namespace}`

const holderText = ({ kind, name, namespace }: Holder): string =>
  kind === 'ServiceAccount' ? `sa/${name} in ${namespace ?? ''}` : `${kind.toLowerCase()} ${name}`

function targetOf(world: ClusterReader, { cluster, namespace, name }: AccountName) {
  const pods = tried(() => world.where('k8s/Pod', 'serviceAccount', `${namespace}/${name}`, { cluster }))
  return { namespace, name, ...(pods.is === 'read' ? { pods: pods.value.map(({ body }) => body.metadata.name) } : {}) }
}

/** What a Kubernetes user or group reaches in AWS: the identities of every service account that it may act as in one step. */
export function kubernetesMechanisms(
  world: WorkloadReader & ClusterReader,
  kind: 'user' | 'group',
  name: string,
  accounts: readonly AccountName[],
): readonly Mechanism[] {
  const mechanisms = clusterNames(world).flatMap(cluster => {
    const here = clusterRbac(world, cluster)
    const subject = kind === 'group' ? { user: '', groups: [name, authenticated] } : userOf(here, name)
    const reached = accounts
      .filter(account => account.cluster === cluster)
      .flatMap(account => throughAccount(world, here, subject, account))
    const [fact] = here.unread
    const open: readonly Mechanism[] =
      fact === undefined ? [] : [{ by: 'none', steps: [{ text: `${kind} ${name}` }], session: { is: 'unknown', fact } }]
    return [...reached, ...open]
  })
  if (mechanisms.length > 0) return mechanisms
  const reason = `${kind} ${name} may act as no service account in one step`
  return [{ by: 'none', steps: [{ text: `${kind} ${name}` }], session: { is: 'refused', reason, at: [] } }]
}

function throughAccount(
  world: WorkloadReader & ClusterReader,
  here: ClusterRbac,
  subject: Subject,
  account: AccountName,
): readonly Mechanism[] {
  const way = waysOfSubject(here.rbac, subject, targetOf(world, account)).find(candidate => candidate.way.steps === 'one')
  if (way === undefined) return []
  const text = `${subject.user === '' ? `group ${subject.groups[0] ?? ''}` : `user ${subject.user}`}: ${way.way.id}`
  const [at] = way.decision.answer === 'allow' ? here.grantEvidence(way.decision.grant, 'this binding lets it') : []
  const step: Step = { text, ...(at === undefined ? {} : { at }) }
  return serviceAccountMechanisms(world, account)
    .filter(mechanism => mechanism.by === 'irsa' || mechanism.by === 'pod-identity')
    .map(mechanism => ({ ...mechanism, steps: [step, ...mechanism.steps] }))
}

/** The groups of a user that an access entry or a row of aws-auth makes; of others nobody but their issuer knows any. */
function userOf({ access }: ClusterRbac, name: string): Subject {
  for (const { entry } of access.entries.values()) {
    if (entry.username === name)
      return { user: name, groups: [...(entry.kubernetesGroups ?? []), authenticated], principalArn: entry.principalArn }
  }
  const row = [...access.awsAuth.roles.values(), ...access.awsAuth.users.values()].find(candidate => candidate.username === name)
  return { user: name, groups: [...(row?.groups ?? []), authenticated] }
}
