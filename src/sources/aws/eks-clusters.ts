import type { EKSClient, ListClustersResponse } from '@aws-sdk/client-eks'
import type { Resource } from '#model/resource.ts'
import { scopeOfArn } from '#model/world.ts'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

/** An EKS cluster to describe. */
export interface NamedCluster {
  readonly name: string
  readonly region?: string
  /** Its account, when it is known: it is then looked for nowhere else. */
  readonly account?: string
}

/** A cluster that was looked for, described or not. */
export interface KnownCluster {
  readonly name: string
  readonly region: string
  readonly described?: Resource<'aws/eks/Cluster'>
}

/** What is known of the clusters, and whether those of the session's region are all there. */
export interface Clusters {
  readonly part: Part
  readonly known: readonly KnownCluster[]
  /** `named`: only those were looked for. */
  readonly listed: 'named' | 'all' | Refused
}

const kind = 'aws/eks/Cluster'
const atOnce = 4

/** The named clusters, or every cluster of the session's region when none is named. */
export async function readClusters(session: Session, named: readonly NamedCluster[]): Promise<Clusters> {
  if (named.length === 0) return readAllClusters(session)
  const here = named
    .filter(({ account }) => account === undefined || account === session.account)
    .map(({ name, region = session.region }) => ({ name, region }))
  const parts = await inParallel(here, atOnce, ({ name, region }) => readCluster(session, name, region))
  return { part: together(parts), known: here.map((cluster, index) => withDescription(cluster, parts[index])), listed: 'named' }
}

async function readAllClusters(session: Session): Promise<Clusters> {
  const { EKSClient, ListClustersCommand } = await import('@aws-sdk/client-eks')
  const eks: EKSClient = new EKSClient(session.clientOptions)
  const { account, region } = session
  const where = { kind, scope: { account, region } } as const
  const names = await allPages<ListClustersResponse, string>(
    token =>
      session.ask('eks', 'ListClusters', request =>
        eks.send(new ListClustersCommand(token === undefined ? {} : { nextToken: token }), request),
      ),
    page => page.clusters,
    page => page.nextToken,
  )
  if (names.refused !== undefined) return { part: unreadPart(where, names.refused), known: [], listed: names.refused }
  const parts = await inParallel(names.items, atOnce, name => readCluster(session, name, region))
  const known = names.items.map((name, index) => withDescription({ name, region }, parts[index]))
  return { part: together([...parts, { ...nothing, read: [where] }]), known, listed: 'all' }
}

function withDescription(cluster: KnownCluster, part: Part | undefined): KnownCluster {
  const described = part?.resources[0] as Resource<'aws/eks/Cluster'> | undefined
  return described === undefined ? cluster : { ...cluster, described }
}

async function readCluster(session: Session, name: string, region: string): Promise<Part> {
  const { DescribeClusterCommand, EKSClient } = await import('@aws-sdk/client-eks')
  const eks: EKSClient = new EKSClient({ ...session.clientOptions, region })
  const answer = await session.ask('eks', 'DescribeCluster', request => eks.send(new DescribeClusterCommand({ name }), request))
  const arn = `arn:${session.partition}:eks:${region}:${session.account}:cluster/${name}`
  const where = { kind, scope: { account: session.account, region }, id: arn } as const
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  const { cluster } = answer.value
  if (cluster?.arn === undefined) return unreadPart(where, { is: 'failed', reason: 'eks:DescribeCluster gave no cluster' })
  return { ...nothing, resources: [awsResource(kind, scopeOfArn(cluster.arn) ?? where.scope, cluster, `eks:DescribeCluster ${name}`)] }
}
