import type { CloudWatchLogsClientConfig } from '@aws-sdk/client-cloudwatch-logs'
import type { Finding, GuardDutyClient } from '@aws-sdk/client-guardduty'
import type { ProbeAct, StepResult } from '#model/probe.ts'

/** What asking AWS takes, beside the clients' settings. */
export interface ActEffects {
  readonly clientOptions: Pick<CloudWatchLogsClientConfig, 'credentials' | 'retryStrategy' | 'requestHandler'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly pause: (milliseconds: number) => Promise<void>
  readonly signal: AbortSignal
}

type Acts = { readonly [Do in ProbeAct['do']]: (act: Extract<ProbeAct, { do: Do }>, effects: ActEffects) => Promise<StepResult> }

const acts: Acts = { 'find-log-line': findLogLine, 'sample-finding': sampleFinding, coverage }

/** Does what a probe asks of AWS. What AWS refuses is its result. */
export async function runAct(act: ProbeAct, effects: ActEffects): Promise<StepResult> {
  try {
    return await (acts[act.do] as (act: ProbeAct, effects: ActEffects) => Promise<StepResult>)(act, effects)
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error)) throw error
    return { ok: false, text: `${error.name}: ${error.message}`, code: error.name }
  }
}

/** Between two looks, milliseconds: longer as it goes on, since an account has few FilterLogEvents a second. */
const wait = (look: number): number => Math.min(15_000, 1_000 * 2 ** look)

async function findLogLine(act: Extract<ProbeAct, { do: 'find-log-line' }>, effects: ActEffects): Promise<StepResult> {
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const client = new CloudWatchLogsClient({ ...effects.clientOptions, region: act.region })
  const began = effects.clock()
  // Half an hour before: clocks of nodes differ.
  const input = { logGroupName: act.group, filterPattern: `"${act.text}"`, startTime: began - 1_800_000 }
  for (let look = 0; ; look += 1) {
    const { events = [] } = await client.send(new FilterLogEventsCommand(input))
    const seconds = Math.round((effects.clock() - began) / 1000)
    if (events.length > 0)
      return { ok: true, text: `found after ${seconds} s in stream ${events[0]?.logStreamName ?? ''}`, facts: { seconds } }
    if (effects.signal.aborted || seconds >= act.seconds)
      return { ok: false, text: `not in ${act.group} after ${seconds} s`, code: 'timeout' }
    await effects.pause(wait(look))
  }
}

async function detectorIn(client: GuardDutyClient): Promise<string | undefined> {
  const { ListDetectorsCommand } = await import('@aws-sdk/client-guardduty')
  return (await client.send(new ListDetectorsCommand({}))).DetectorIds?.[0]
}

const noDetector: StepResult = { ok: false, text: 'the region has no detector', code: 'not-found' }

/** https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetCoverageStatistics.html */
async function coverage(act: Extract<ProbeAct, { do: 'coverage' }>, { clientOptions }: ActEffects): Promise<StepResult> {
  const { GetCoverageStatisticsCommand, GuardDutyClient } = await import('@aws-sdk/client-guardduty')
  const client = new GuardDutyClient({ ...clientOptions, region: act.region })
  const DetectorId = await detectorIn(client)
  if (DetectorId === undefined) return noDetector
  const criterion = { CriterionKey: 'EKS_CLUSTER_NAME' as const, FilterCondition: { Equals: [act.cluster] } }
  const { CoverageStatistics } = await client.send(
    new GetCoverageStatisticsCommand({
      DetectorId,
      FilterCriteria: { FilterCriterion: [criterion] },
      StatisticsType: ['COUNT_BY_COVERAGE_STATUS'],
    }),
  )
  const { HEALTHY: healthy = 0, UNHEALTHY: unhealthy = 0 } = CoverageStatistics?.CountByCoverageStatus ?? {}
  return { ok: healthy > 0 && unhealthy === 0, text: `healthy ${healthy}, unhealthy ${unhealthy}` }
}

/** Makes one, waits until GuardDuty has it, and archives it: those that were there before are left alone. */
async function sampleFinding(act: Extract<ProbeAct, { do: 'sample-finding' }>, effects: ActEffects): Promise<StepResult> {
  const { ArchiveFindingsCommand, CreateSampleFindingsCommand, GuardDutyClient } = await import('@aws-sdk/client-guardduty')
  const client = new GuardDutyClient({ ...effects.clientOptions, region: act.region })
  const DetectorId = await detectorIn(client)
  if (DetectorId === undefined) return noDetector
  const began = effects.clock()
  await client.send(new CreateSampleFindingsCommand({ DetectorId, FindingTypes: [act.type] }))
  for (let look = 0; ; look += 1) {
    const found = (await recentFindings(client, DetectorId, act.type)).filter(finding => isSampleSince(finding, began))
    const seconds = Math.round((effects.clock() - began) / 1000)
    const ids = found.flatMap(({ Id }) => Id ?? [])
    if (ids.length > 0) {
      await client.send(new ArchiveFindingsCommand({ DetectorId, FindingIds: ids }))
      return { ok: true, text: `arrived after ${seconds} s, and was archived`, facts: { seconds } }
    }
    if (effects.signal.aborted || seconds >= act.seconds) return { ok: false, text: `none after ${seconds} s`, code: 'timeout' }
    await effects.pause(wait(look))
  }
}

async function recentFindings(client: GuardDutyClient, DetectorId: string, type: string): Promise<readonly Finding[]> {
  const { GetFindingsCommand, ListFindingsCommand } = await import('@aws-sdk/client-guardduty')
  const FindingCriteria = { Criterion: { type: { Equals: [type] } } }
  const SortCriteria = { AttributeName: 'updatedAt', OrderBy: 'DESC' } as const
  const { FindingIds = [] } = await client.send(new ListFindingsCommand({ DetectorId, FindingCriteria, SortCriteria, MaxResults: 50 }))
  if (FindingIds.length === 0) return []
  return (await client.send(new GetFindingsCommand({ DetectorId, FindingIds }))).Findings ?? []
}

/** Samples carry `"sample": true` in their additional information, and one of a type is updated when it is made again. */
const isSampleSince = ({ Service, UpdatedAt }: Finding, began: number): boolean =>
  /"sample"\s*:\s*true/.test(Service?.AdditionalInfo?.Value ?? '') && Date.parse(UpdatedAt ?? '') >= began - 60_000
