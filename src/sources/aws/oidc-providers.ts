import type { IAMClient } from '@aws-sdk/client-iam'
import type { Resource } from '#model/resource.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/iam/OpenIDConnectProvider'
const atOnce = 4

/** The account's OIDC providers; where they may not be listed, those that the clusters' issuers would have. */
export async function readProviders(session: Session, clusters: readonly Resource[]): Promise<Part> {
  const { IAMClient, ListOpenIDConnectProvidersCommand } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const where = { kind, scope: { account: session.account } } as const
  const listed = await session.ask('iam', 'ListOpenIDConnectProviders', request =>
    iam.send(new ListOpenIDConnectProvidersCommand({}), request),
  )
  if (listed.is === 'missing') return { ...nothing, read: [where] }
  if (listed.is !== 'ok') {
    const guessed = clusters.map(cluster => providerArn(session, cluster)).filter(arn => arn !== undefined)
    const single = await inParallel([...new Set(guessed)], atOnce, arn => readProvider(iam, session, arn))
    return together([...single, unreadPart(where, listed)])
  }
  const arns = (listed.value.OpenIDConnectProviderList ?? []).map(entry => entry.Arn).filter(arn => arn !== undefined)
  const providers = await inParallel(arns, atOnce, arn => readProvider(iam, session, arn))
  return together([...providers, { ...nothing, read: [where] }])
}

async function readProvider(iam: IAMClient, session: Session, arn: string): Promise<Part> {
  const { GetOpenIDConnectProviderCommand } = await import('@aws-sdk/client-iam')
  const where = { kind, scope: { account: session.account }, id: arn } as const
  const input = { OpenIDConnectProviderArn: arn }
  const answer = await session.ask('iam', 'GetOpenIDConnectProvider', request =>
    iam.send(new GetOpenIDConnectProviderCommand(input), request),
  )
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  return { ...nothing, resources: [awsResource(kind, where.scope, { Arn: arn, ...answer.value }, `iam:GetOpenIDConnectProvider ${arn}`)] }
}

/** IAM names a provider by its URL without the scheme. */
function providerArn({ account, partition }: Session, cluster: Resource): string | undefined {
  const issuer = (cluster as Resource<'aws/eks/Cluster'>).body.identity?.oidc?.issuer
  return issuer === undefined ? undefined : `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace(/^https:\/\//, '')}`
}
