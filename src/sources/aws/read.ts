import { UserError } from '#base/errors.ts'
import type { AwsKind } from '#model/kinds.ts'
import type { Gathered, Progress } from '#sources/gathered.ts'
import { clusterParts, readClusterParts } from './eks-cluster-parts.ts'
import { networkKinds, readNetwork } from './ec2-network.ts'
import { readClusters, type Clusters, type NamedCluster } from './eks-clusters.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { readIdentities } from './iam-identities.ts'
import { readProviders } from './oidc-providers.ts'
import { organizationKinds, readOrganizations } from './organization.ts'
import { readResources } from './regional-resources.ts'
import { assumedSession, ownSession, type Session, type SessionOptions } from './session.ts'
import type { Wanted } from './wanted.ts'

export interface ReadAwsOptions {
  readonly kinds: readonly AwsKind[]
  readonly profile?: string
  /** Goes before the clusters' regions, the environment's and the profile's. */
  readonly region?: string
  /** Roles to assume for reading other accounts. */
  readonly assumeRoles?: readonly string[]
  /** The EKS clusters to describe; every one of the region when empty. */
  readonly clusters: readonly NamedCluster[]
  /** What to ask for by name. */
  readonly wanted?: Wanted
  readonly signal?: AbortSignal
  readonly progress?: Progress
  /** How long the calls of one account may wait for retries, all together, milliseconds. */
  readonly retryBudget?: number
}

/**
 * Reads the account of the credentials, and those of the roles to assume. What is denied, throttled or broken becomes `unread`.
 * @throws UserError for missing or expired credentials, a missing region, an endpoint that cannot be reached; the signal's reason when aborted.
 */
export async function readAws(options: ReadAwsOptions): Promise<Gathered> {
  const readAt = new Date().toISOString()
  const assumeRoles = (options.assumeRoles ?? []).map(checkedRole)
  const failed = new AbortController()
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal])
  try {
    const part = options.kinds.length === 0 ? nothing : await readAccounts(options, assumeRoles, sessionOptions(options, signal))
    return { ...part, problems: [], ignored: new Map(), readAt }
  } catch (error) {
    // The first error ends the read; what is still under way stops with it.
    failed.abort(error)
    options.signal?.throwIfAborted()
    throw error
  }
}

function sessionOptions(options: ReadAwsOptions, signal: AbortSignal): SessionOptions {
  const region = options.region ?? options.clusters.find(cluster => cluster.region !== undefined)?.region
  let done = 0
  return {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(region === undefined ? {} : { region }),
    signal,
    retryBudget: options.retryBudget ?? 120_000,
    onCall: account => options.progress?.({ what: `account ${account}`, done: (done += 1) }),
  }
}

async function readAccounts(options: ReadAwsOptions, roles: readonly AssumableRole[], session: SessionOptions): Promise<Part> {
  const own = await ownSession(session)
  if (own.is !== 'ok') return together(options.kinds.map(kind => unreadPart({ kind }, refusedBy(own))))
  const others = await Promise.all(roles.map(async role => ({ role, outcome: await assumedSession(own.value, role.arn, session) })))
  const sessions = new Map([[own.value.account, own.value]])
  const parts: Part[] = []
  for (const { role, outcome } of others) {
    if (outcome.is === 'ok') sessions.set(outcome.value.account, outcome.value)
    else parts.push(...options.kinds.map(kind => unreadPart({ kind, scope: { account: role.account } }, refusedBy(outcome), role.arn)))
  }
  const all = [...sessions.values()]
  const guardrails = organizationKinds(new Set(options.kinds))
  const read = await Promise.all([
    ...all.map(one => readAccount(one, options)),
    guardrails.length === 0 ? nothing : readOrganizations(all, guardrails),
  ])
  return together([...read, ...parts, ...strangers(options, own.value, sessions)])
}

async function readAccount(session: Session, options: ReadAwsOptions): Promise<Part> {
  const kinds = new Set(options.kinds)
  const parts = clusterParts(kinds)
  const network = networkKinds(kinds)
  const clusters =
    kinds.has('aws/eks/Cluster') || parts.length + network.length > 0
      ? readClusters(session, options.clusters)
      : Promise.resolve(noClusters)
  const inClusters = async () => (parts.length === 0 ? nothing : readClusterParts(session, await clusters, parts))
  const around = async () => (network.length === 0 ? nothing : readNetwork(session, await clusters, network, options.wanted))
  const described = async () => (kinds.has('aws/eks/Cluster') ? (await clusters).part : nothing)
  const providers = async () =>
    kinds.has('aws/iam/OpenIDConnectProvider') ? readProviders(session, (await clusters).part.resources) : nothing
  return together(
    await Promise.all([
      described(),
      inClusters(),
      around(),
      providers(),
      readIdentities(session, kinds, options),
      readResources(session, kinds, options),
    ]),
  )
}

const noClusters: Clusters = { part: nothing, known: [], listed: 'named' }

/** Clusters of accounts that no session reads. */
function strangers(options: ReadAwsOptions, own: Session, sessions: ReadonlyMap<string, Session>): readonly Part[] {
  if (!options.kinds.includes('aws/eks/Cluster')) return []
  return options.clusters.flatMap(({ name, account, region = own.region }): Part[] => {
    if (account === undefined || sessions.has(account)) return []
    const id = `arn:${own.partition}:eks:${region}:${account}:cluster/${name}`
    const settle = {
      by: 'user',
      step: `read account ${account}, too: --assume-role arn:${own.partition}:iam::${account}:role/NAME`,
    } as const
    return [
      {
        ...nothing,
        unread: [{ kind: 'aws/eks/Cluster', id, scope: { account, region }, reason: `account ${account} was not read`, settle }],
      },
    ]
  })
}

const refusedBy = (outcome: Refused | { readonly is: 'missing' }): Refused =>
  outcome.is === 'missing' ? { is: 'failed', reason: 'sts answered that it does not exist' } : outcome

interface AssumableRole {
  readonly arn: string
  readonly account: string
}

function checkedRole(arn: string): AssumableRole {
  const account = /^arn:aws[a-z-]*:iam::(\d{12}):role\/.+$/.exec(arn)?.[1]
  if (account !== undefined) return { arn, account }
  throw new UserError('ROLE_ARN_INVALID', `${arn} is not the ARN of a role`, {
    help: 'pass --assume-role arn:PARTITION:iam::ACCOUNT:role/NAME',
  })
}
