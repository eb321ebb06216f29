import { readFileSync } from 'node:fs'
import { identity } from '../versions.ts'
import type { GatewayContext } from './handlers.ts'
import type { Answer, Handler } from './request.ts'

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_LogSetup.html */
export const controlPlaneLogs = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] as const

/** What eks:UpdateClusterConfig made of the clusters, by their ARNs. */
export type UpdatedClusters = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/**
 * ministack invents an issuer, an endpoint and an empty certificate for each cluster. For the lab's own cluster the
 * answers of DescribeCluster and CreateCluster name the real ones.
 */
export function describeCluster(context: GatewayContext, updated: UpdatedClusters): Handler {
  return {
    operation: 'eks:DescribeCluster',
    matches: ({ service, path }) => service === 'eks' && /^\/clusters(\/[^/]+)?\/?$/.test(path),
    answer: async (request, upstream) => corrected(await upstream(request), context, updated),
  }
}

interface ClusterAnswer {
  cluster?: { arn?: string; [field: string]: unknown }
}

function corrected(answer: Answer, context: GatewayContext, updated: UpdatedClusters): Answer {
  if (answer.status !== 200) return answer
  const parsed = JSON.parse(answer.body.toString('utf8')) as ClusterAnswer
  const { accountId, region, clusterName } = identity
  if (parsed.cluster === undefined) return answer
  const described = { ...parsed.cluster, ...loggingOf(parsed.cluster), ...updated.get(parsed.cluster.arn ?? '') }
  if (described.arn !== `arn:aws:eks:${region}:${accountId}:cluster/${clusterName}`)
    return { ...answer, body: Buffer.from(JSON.stringify({ ...parsed, cluster: described })) }
  const cluster = {
    ...described,
    endpoint: context.cluster.apiServer,
    certificateAuthority: { data: readFileSync(context.cluster.certificateAuthority).toString('base64') },
    identity: { oidc: { issuer: context.issuer } },
  }
  return { ...answer, body: Buffer.from(JSON.stringify({ ...parsed, cluster })) }
}

/** EKS tells of every type whether it is on; ministack tells nothing of a cluster that was made without. */
function loggingOf({ logging }: NonNullable<ClusterAnswer['cluster']>): object {
  const { clusterLogging } = (logging ?? {}) as { readonly clusterLogging?: readonly unknown[] }
  return clusterLogging?.length === 0 ? { logging: { clusterLogging: [{ types: controlPlaneLogs, enabled: false }] } } : {}
}
