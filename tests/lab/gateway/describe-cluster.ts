import { readFileSync } from 'node:fs'
import { identity } from '../versions.ts'
import type { GatewayContext } from './handlers.ts'
import type { Answer, Handler } from './request.ts'

/**
 * ministack invents an issuer, an endpoint and an empty certificate for each cluster. For the lab's own cluster the
 * answers of DescribeCluster and CreateCluster name the real ones.
 */
export function describeCluster(context: GatewayContext): Handler {
  return {
    operation: 'eks:DescribeCluster',
    matches: ({ service, path }) => service === 'eks' && /^\/clusters(\/[^/]+)?\/?$/.test(path),
    answer: async (request, upstream) => corrected(await upstream(request), context),
  }
}

interface ClusterAnswer {
  cluster?: { arn?: string; [field: string]: unknown }
}

function corrected(answer: Answer, context: GatewayContext): Answer {
  if (answer.status !== 200) return answer
  const parsed = JSON.parse(answer.body.toString('utf8')) as ClusterAnswer
  const { accountId, region, clusterName } = identity
  if (parsed.cluster?.arn !== `arn:aws:eks:${region}:${accountId}:cluster/${clusterName}`) return answer
  const cluster = {
    ...parsed.cluster,
    endpoint: context.cluster.apiServer,
    certificateAuthority: { data: readFileSync(context.cluster.certificateAuthority).toString('base64') },
    identity: { oidc: { issuer: context.issuer } },
  }
  return { ...answer, body: Buffer.from(JSON.stringify({ ...parsed, cluster })) }
}
