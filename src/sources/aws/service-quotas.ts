import type { ServiceQuota, ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/servicequotas/Quota'
const ServiceCode = 'vpc'
const atOnce = 2

/** Security groups for each network interface, and rules for each security group. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
const quotas = ['L-2AFB9258', 'L-0EA8095F']

/** What VPC allows this account in one region: one call for each quota, two where the account has AWS's default. */
export async function readQuotas(session: Session, region: string): Promise<Part> {
  const { ServiceQuotasClient } = await import('@aws-sdk/client-service-quotas')
  const client: ServiceQuotasClient = new ServiceQuotasClient({ ...session.clientOptions, region })
  return together(await inParallel(quotas, atOnce, code => readQuota(session, client, region, code)))
}

async function readQuota(session: Session, client: ServiceQuotasClient, region: string, QuotaCode: string): Promise<Part> {
  const { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } = await import('@aws-sdk/client-service-quotas')
  const scope = { account: session.account, region }
  const id = `arn:${session.partition}:servicequotas:${region}:${session.account}:${ServiceCode}/${QuotaCode}`
  const input = { ServiceCode, QuotaCode }
  const applied = await session.ask('servicequotas', 'GetServiceQuota', request => client.send(new GetServiceQuotaCommand(input), request))
  if (applied.is === 'ok') return found(applied.value.Quota, 'GetServiceQuota')
  if (applied.is !== 'missing') return unreadPart({ kind, scope, id }, applied, id)
  // "If the applied quota value is not available for a quota, the quota is not retrieved": the account then has the default.
  const byDefault = await session.ask('servicequotas', 'GetAWSDefaultServiceQuota', request =>
    client.send(new GetAWSDefaultServiceQuotaCommand(input), request),
  )
  if (byDefault.is === 'ok') return found(byDefault.value.Quota, 'GetAWSDefaultServiceQuota')
  return byDefault.is === 'missing' ? { ...nothing, read: [{ kind, scope, id }] } : unreadPart({ kind, scope, id }, byDefault)

  function found(quota: ServiceQuota | undefined, operation: string): Part {
    const call = `servicequotas:${operation} ${ServiceCode} ${QuotaCode}`
    return { ...nothing, resources: [awsResource(kind, scope, { ...quota, QuotaArn: id, QuotaCode }, call)] }
  }
}
