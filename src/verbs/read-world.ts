import { roleArnOf } from '#joints/irsa/service-account.ts'
import { instanceId } from '#model/instance-id.ts'
import type { AwsKind, Kind } from '#model/kinds.ts'
import { isKubernetesKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { compare, World } from '#model/world.ts'
import type { ReadAwsOptions } from '#sources/aws/read.ts'
import type { Wanted } from '#sources/aws/wanted.ts'
import type { Gathered, InputProblem, Progress } from '#sources/gathered.ts'
import { logGroupsToRead } from './log-groups-to-read.ts'
import { namedByClasses } from './named-by-classes.ts'
import { rolesOfStores } from './named-by-stores.ts'
import { namedByPolicies, namedOnly, policiesOfPods } from './named-by-policies.ts'
import { targetKinds, targetsOfRules } from './rule-targets.ts'
import { groupsNamed } from './named-groups.ts'

/** Where a world is read from. */
export interface WorldInput {
  /** Folders, files, globs, or `-` for standard input. */
  readonly files: readonly string[]
  /** Files that are read already: of a bundle. */
  readonly texts?: readonly { readonly name: string; readonly text: string }[]
  /** The name of the EKS cluster that Kubernetes objects live in, where the input does not say. */
  readonly cluster?: string
  /** The files hold every object of each kind that they contain. */
  readonly complete?: boolean
  /** Read this live cluster. */
  readonly kubernetes?: { readonly kubeconfig?: string; readonly context?: string }
  /** Read the live account. */
  readonly aws?: { readonly profile?: string; readonly region?: string; readonly assumeRoles: readonly string[] }
  /** Live: what to ask AWS for by name, besides what the cluster names. */
  readonly wanted?: WantedByName
  /**
   * Live: buckets, queues and the like are read with their policies where a question names them, and where these policies do: of roles that pods get, for
   * checks; every policy, for what is to be saved.
   */
  readonly namedBy?: 'roles of pods' | 'every policy'
  /** Live: only the objects of these namespaces. */
  readonly namespaces?: readonly string[]
  /** Live: read the whole cluster where that is allowed; the namespaces are for where it is not. */
  readonly preferWhole?: boolean
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

/** What a question names: only of these are the dear facts read. */
export interface WantedByName {
  readonly roleArns?: readonly string[]
  readonly lastAccessed?: readonly string[]
  readonly keys?: readonly string[]
  readonly secrets?: readonly string[]
  readonly buckets?: readonly string[]
  /** ARNs of queues, topics, repositories and functions. */
  readonly resources?: readonly string[]
  /** Parameters of Systems Manager, besides those that SecretProviderClasses and ExternalSecrets name. */
  readonly parameters?: readonly string[]
}

export interface ReadResult {
  readonly world: World
  readonly problems: readonly InputProblem[]
  readonly ignored: ReadonlyMap<string, number>
}

interface LiveCluster {
  readonly name: string
  readonly region?: string
  readonly account?: string
}

/** Reads every source and joins what they gathered. Live sources read only the kinds that are asked for; a file's object stands in for the live one of the same name. */
export async function readWorld(input: WorldInput, kinds: readonly Kind[]): Promise<ReadResult> {
  const live: Gathered[] = []
  let cluster: LiveCluster | undefined = input.cluster === undefined ? undefined : { name: input.cluster }
  if (input.kubernetes !== undefined) {
    const read = await readLiveCluster(input, input.kubernetes, kinds)
    cluster = read.cluster
    live.push(read.gathered)
  }
  const files = input.files.length === 0 && input.texts === undefined ? [] : [await readInputFiles(input, cluster)]
  if (input.aws !== undefined) live.push(...(await readLiveAccount(input, input.aws, kinds, cluster, [...live, ...files])))
  const read = [...live, ...files]
  return joined(kinds.includes('aws/iam/Policy') ? [await publishedFor(read), ...read] : read)
}

/** AWS's own policies that are attached to something and were not read, as far as they are published. */
async function publishedFor(read: readonly Gathered[]): Promise<Gathered> {
  const { attachedPolicyArns, publishedPolicies } = await import('#sources/published-policies.ts')
  const resources = read.flatMap(part => part.resources)
  const known = new Set(resources.flatMap(({ kind, id }) => (kind === 'aws/iam/Policy' ? [id] : [])))
  const published = await publishedPolicies(attachedPolicyArns(resources).filter(arn => !known.has(arn)))
  return { resources: published, read: [], unread: [], problems: [], ignored: new Map() }
}

async function readInputFiles(input: WorldInput, cluster: LiveCluster | undefined): Promise<Gathered> {
  const { readFiles } = await import('#sources/files/read-files.ts')
  return readFiles(input.files, {
    ...(input.texts === undefined ? {} : { texts: input.texts }),
    ...(cluster === undefined ? {} : { cluster: cluster.name }),
    ...(input.complete === undefined ? {} : { complete: input.complete }),
    ...(input.progress === undefined ? {} : { progress: input.progress }),
  })
}

async function readLiveCluster(
  input: WorldInput,
  options: NonNullable<WorldInput['kubernetes']>,
  kinds: readonly Kind[],
): Promise<{ readonly cluster: LiveCluster; readonly gathered: Gathered }> {
  const [{ connectKubernetes }, { readKubernetes }] = await Promise.all([
    import('#sources/kubernetes/connect.ts'),
    import('#sources/kubernetes/read.ts'),
  ])
  const connection = await connectKubernetes(options)
  const name = input.cluster ?? connection.clusterName
  const gathered = await readKubernetes(connection, {
    kinds: kinds.filter(isKubernetesKind),
    cluster: name,
    signal: input.signal ?? new AbortController().signal,
    ...(input.namespaces === undefined || input.namespaces.length === 0 ? {} : { namespaces: input.namespaces }),
    ...(input.preferWhole === undefined ? {} : { preferWhole: input.preferWhole }),
    ...(input.progress === undefined ? {} : { progress: input.progress }),
  })
  const { region, account } = connection.eks ?? {}
  return { cluster: { name, ...(region === undefined ? {} : { region }), ...(account === undefined ? {} : { account }) }, gathered }
}

async function readLiveAccount(
  input: WorldInput,
  options: NonNullable<WorldInput['aws']>,
  kinds: readonly Kind[],
  cluster: LiveCluster | undefined,
  read: readonly Gathered[],
): Promise<Gathered[]> {
  const { readAws } = await import('#sources/aws/read.ts')
  const { assumeRoles, ...rest } = options
  const asked = {
    ...rest,
    assumeRoles,
    clusters: cluster === undefined ? [] : [cluster],
    signal: input.signal ?? new AbortController().signal,
    ...(input.progress === undefined ? {} : { progress: input.progress }),
  }
  const all = kinds.filter((kind): kind is AwsKind => !isKubernetesKind(kind))
  const later = input.namedBy === undefined ? [] : all.filter(kind => namedOnly.has(kind))
  const named = namedByClasses(read)
  const gathered = await readAws({
    ...asked,
    kinds: all.filter(kind => !later.includes(kind)),
    wanted: {
      ...input.wanted,
      roleArns: [...new Set([...rolesAskedFor(read), ...rolesOfStores(read), ...(input.wanted?.roleArns ?? [])])],
      ...instancesOfNodes(read),
      logGroups: logGroupsToRead(read, cluster?.name, all),
      ...groupsNamed(read),
      parameters: [...new Set([...named.parameters, ...(input.wanted?.parameters ?? [])])],
      regions: named.regions,
    },
  })
  // A rule names its targets, so what they let in is read once the rules are.
  const targets = targetsOfRules([gathered])
  if (input.namedBy === undefined) {
    const kindsOfTargets = targets.length === 0 ? [] : all.filter(kind => targetKinds.has(kind))
    return [gathered, ...(await readNamed(asked, kindsOfTargets, { roleArns: [], resources: targets }))]
  }
  const parts = [...read, gathered]
  const dear = namedByPolicies(input.namedBy === 'every policy' ? parts : policiesOfPods(parts))
  const { buckets = [], resources = [] } = input.wanted ?? {}
  const wanted = {
    roleArns: [],
    buckets: [...new Set([...buckets, ...(dear.buckets ?? [])])],
    resources: [...new Set([...resources, ...(dear.resources ?? []), ...targets])],
  }
  return [gathered, ...(await readNamed(asked, later, wanted))]
}

async function readNamed(asked: Omit<ReadAwsOptions, 'kinds'>, kinds: readonly AwsKind[], wanted: Wanted): Promise<Gathered[]> {
  const { readAws } = await import('#sources/aws/read.ts')
  return kinds.length === 0 ? [] : [await readAws({ ...asked, kinds, wanted })]
}

/** Role ARNs that service accounts name: what to get one by one where listing every role is not allowed. */
function rolesAskedFor(read: readonly Gathered[]): readonly string[] {
  const resources = read.flatMap(part => part.resources)
  const accounts = resources.filter((resource): resource is Resource<'k8s/ServiceAccount'> => resource.kind === 'k8s/ServiceAccount')
  return [...new Set(accounts.flatMap(account => roleArnOf(account) ?? []))].sort(compare)
}

/** The nodes' instances, when nodes were read. */
function instancesOfNodes(read: readonly Gathered[]): { readonly instances?: readonly string[] } {
  const nodes = read.flatMap(part => part.resources).filter((resource): resource is Resource<'k8s/Node'> => resource.kind === 'k8s/Node')
  const ids = nodes.flatMap(node => instanceId(node.body) ?? [])
  return nodes.length === 0 ? {} : { instances: [...new Set(ids)].sort(compare) }
}

function joined(gathered: readonly Gathered[]): ReadResult {
  const readAt = gathered
    .flatMap(part => part.readAt ?? [])
    .sort(compare)
    .at(-1)
  const ignored = new Map<string, number>()
  for (const part of gathered) for (const [kind, count] of part.ignored) ignored.set(kind, (ignored.get(kind) ?? 0) + count)
  const world = new World({
    resources: gathered.flatMap(part => part.resources),
    read: gathered.flatMap(part => part.read),
    unread: gathered.flatMap(part => part.unread),
    ...(readAt === undefined ? {} : { readAt }),
  })
  return { world, problems: gathered.flatMap(part => part.problems), ignored }
}
