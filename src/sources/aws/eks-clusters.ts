import type { EKSClient, ListClustersResponse } from '@aws-sdk/client-eks'
import { scopeOfArn } from '#model/world.ts'
import type { Outcome } from './ask.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
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

const kind = 'aws/eks/Cluster'
const atOnce = 4

/** The named clusters, or every cluster of the session's region when none is named. */
export async function readClusters(session: Session, named: readonly NamedCluster[]): Promise<Part> {
  if (named.length === 0) return readAllClusters(session)
  const here = named.filter(({ account }) => account === undefined || account === session.account)
  return together(await inParallel(here, atOnce, ({ name, region = session.region }) => readCluster(session, name, region)))
}

async function readAllClusters(session: Session): Promise<Part> {
  const { EKSClient, ListClustersCommand } = await import('@aws-sdk/client-eks')
  const eks: EKSClient = new EKSClient(session.clientOptions)
  const where = { kind, scope: { account: session.account, region: session.region } } as const
  const names: string[] = []
  let nextToken: string | undefined
  do {
    const input = nextToken === undefined ? {} : { nextToken }
    const page: Outcome<ListClustersResponse> = await session.ask('eks', 'ListClusters', request => eks.send(new ListClustersCommand(input), request))
    if (page.is === 'missing') return nothing
    if (page.is !== 'ok') return unreadPart(where, page)
    names.push(...(page.value.clusters ?? []))
    nextToken = page.value.nextToken
  } while (nextToken !== undefined && nextToken !== '')
  const clusters = await inParallel(names, atOnce, name => readCluster(session, name, session.region))
  return together([...clusters, { ...nothing, read: [where] }])
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
