import type { ListEnabledProductsForImportResponse, SecurityHubClient } from '@aws-sdk/client-securityhub'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { awsResource } from './resource.ts'
import type { ServiceReading } from './service-reading.ts'

const kind = 'aws/securityhub/Hub'

/** Whether Security Hub is on in the region, and which products send findings to it: two calls. */
export async function readHub({ ask, options, scope }: ServiceReading): Promise<Part> {
  const { DescribeHubCommand, SecurityHubClient } = await import('@aws-sdk/client-securityhub')
  const hub: SecurityHubClient = new SecurityHubClient(options)
  const where = { kind, scope } as const
  const answer = await ask('securityhub', 'DescribeHub', async request => {
    try {
      return await hub.send(new DescribeHubCommand({}), request)
    } catch (error) {
      if (isNotSubscribed(error)) return undefined
      throw error
    }
  })
  if (answer.is === 'denied' || answer.is === 'failed') return unreadPart(where, answer)
  if (answer.is === 'missing' || answer.value?.HubArn === undefined) return { ...nothing, read: [where] }
  const { HubArn } = answer.value
  const products = await readProducts(ask, hub)
  const call = `securityhub:DescribeHub ${HubArn}`
  if (products.refused === undefined)
    return {
      ...nothing,
      resources: [awsResource(kind, scope, { ...answer.value, ProductSubscriptions: products.items }, call)],
      read: [where],
    }
  const there = { ...nothing, resources: [awsResource(kind, scope, answer.value, call)] }
  return together([there, unreadPart({ ...where, id: HubArn }, products.refused, HubArn)])
}

const readProducts = (ask: ServiceReading['ask'], hub: SecurityHubClient) =>
  allPages<ListEnabledProductsForImportResponse, string>(
    async NextToken => {
      const { ListEnabledProductsForImportCommand } = await import('@aws-sdk/client-securityhub')
      return ask('securityhub', 'ListEnabledProductsForImport', request =>
        hub.send(new ListEnabledProductsForImportCommand({ MaxResults: 100, NextToken }), request),
      )
    },
    page => page.ProductSubscriptions,
    page => page.NextToken,
  )

/**
 * One code says both that the account may not ask and that it has no hub; the text tells which: `Account 111122223333 is not subscribed to AWS
 * Security Hub`. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html
 */
const isNotSubscribed = (error: unknown): boolean =>
  error instanceof Error && error.name === 'InvalidAccessException' && error.message.includes('is not subscribed')
