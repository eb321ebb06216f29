import { setTimeout as sleep } from 'node:timers/promises'
import type { GetServiceLastAccessedDetailsResponse, IAMClient, ServiceLastAccessed } from '@aws-sdk/client-iam'
import { scopeOfArn } from '#model/world.ts'
import type { Outcome } from './ask.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/iam/ServiceLastAccessed'
const atOnce = 4
/** IAM makes a report in seconds. */
const pause = 500
const longestWait = 60_000

/** When each service was last used, for these roles of the account. Each costs a report that IAM has to make. */
export async function readLastAccessed(session: Session, roleArns: readonly string[]): Promise<Part> {
  const { IAMClient } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const here = roleArns.filter(arn => isIn(session, arn))
  return together(await inParallel([...new Set(here)], atOnce, arn => readReport(iam, session, arn)))
}

function isIn({ account }: Session, arn: string): boolean {
  const scope = scopeOfArn(arn)
  return scope !== undefined && 'account' in scope && scope.account === account
}

async function readReport(iam: IAMClient, session: Session, arn: string): Promise<Part> {
  const { GenerateServiceLastAccessedDetailsCommand } = await import('@aws-sdk/client-iam')
  const where = { kind, scope: { account: session.account }, id: arn } as const
  const command = new GenerateServiceLastAccessedDetailsCommand({ Arn: arn, Granularity: 'ACTION_LEVEL' })
  const begun = await session.ask('iam', 'GenerateServiceLastAccessedDetails', request => iam.send(command, request))
  if (begun.is === 'missing') return { ...nothing, read: [where] }
  if (begun.is !== 'ok') return unreadPart(where, begun, arn)
  const report = await finished(iam, session, begun.value.JobId ?? '')
  if (report.is !== 'ok') return unreadPart(where, report)
  const { IsTruncated: _, Marker: __, ...body } = report.value
  return { ...nothing, resources: [awsResource(kind, where.scope, { Arn: arn, ...body }, `iam:GetServiceLastAccessedDetails ${arn}`)] }
}

type Report = { readonly is: 'ok'; readonly value: GetServiceLastAccessedDetailsResponse } | Refused

async function finished(iam: IAMClient, session: Session, JobId: string): Promise<Report> {
  for (let waited = 0; waited <= longestWait; waited += pause) {
    const answer = await page(iam, session, JobId, undefined)
    if (answer.is === 'missing') return { is: 'failed', reason: 'iam lost the report that it was making' }
    if (answer.is !== 'ok') return answer
    if (answer.value.JobStatus === 'FAILED')
      return { is: 'failed', reason: `iam could not make the report: ${answer.value.Error?.Code ?? 'it does not say why'}` }
    if (answer.value.JobStatus === 'COMPLETED') return withOtherPages(iam, session, JobId, answer.value)
    await sleep(pause, undefined, { signal: session.signal })
  }
  return { is: 'failed', reason: `iam made no report in ${longestWait / 1000} seconds` }
}

async function withOtherPages(
  iam: IAMClient,
  session: Session,
  JobId: string,
  first: GetServiceLastAccessedDetailsResponse,
): Promise<Report> {
  const services: ServiceLastAccessed[] = [...(first.ServicesLastAccessed ?? [])]
  for (let marker = first.IsTruncated === true ? first.Marker : undefined; marker !== undefined;) {
    const next = await page(iam, session, JobId, marker)
    if (next.is === 'missing') return { is: 'failed', reason: 'iam lost the report that it was making' }
    if (next.is !== 'ok') return next
    services.push(...(next.value.ServicesLastAccessed ?? []))
    marker = next.value.IsTruncated === true ? next.value.Marker : undefined
  }
  return { is: 'ok', value: { ...first, ServicesLastAccessed: services } }
}

async function page(
  iam: IAMClient,
  session: Session,
  JobId: string,
  marker: string | undefined,
): Promise<Outcome<GetServiceLastAccessedDetailsResponse>> {
  const { GetServiceLastAccessedDetailsCommand } = await import('@aws-sdk/client-iam')
  const command = new GetServiceLastAccessedDetailsCommand({ JobId, ...(marker === undefined ? {} : { Marker: marker }) })
  return session.ask('iam', 'GetServiceLastAccessedDetails', request => iam.send(command, request))
}
