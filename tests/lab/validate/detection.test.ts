import { GetFindingsCommand, GuardDutyClient, ListFindingsCommand, UpdateDetectorCommand } from '@aws-sdk/client-guardduty'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterName, watchCluster, type WatchedCluster } from '../guardduty/watched-cluster.ts'
import { describeLab } from '../shared-lab.ts'
import { validated, type ReportedResult } from './run-validate.ts'

describeLab('validate of GuardDuty', lab => {
  const guardduty = new GuardDutyClient(lab.aws())
  let watched: WatchedCluster
  beforeAll(async () => void (watched = await watchCluster(lab)))
  afterAll(() => watched.undo())

  const ofCluster = ['--joint', 'guardduty', '--cluster', clusterName]

  async function resultsOf(...args: readonly string[]): Promise<readonly ReportedResult[]> {
    const report = await validated(lab, [...ofCluster, ...args])
    const probe = report.probes.find(({ subject }) => subject.endsWith(`cluster/${clusterName}`))
    return probe?.results ?? []
  }

  test('coverage is healthy as predicted; without asking for it, no finding is made', async () => {
    const [coverage, ...others] = await resultsOf()
    expect(coverage, JSON.stringify(coverage)).toMatchObject({
      id: 'coverage',
      state: 'right',
      observed: { is: 'yes', text: 'healthy 1, unhealthy 0' },
    })
    expect(others).toEqual([])
    expect((await guardduty.send(new ListFindingsCommand({ DetectorId: watched.detectorId }))).FindingIds).toEqual([])
  })

  test('a sample finding arrives, and is archived', async () => {
    const arrival = (await resultsOf('--sample-findings')).find(({ id }) => id === 'arrival')
    expect(arrival, JSON.stringify(arrival)).toMatchObject({ state: 'right', observed: { is: 'yes' } })
    expect(arrival?.observed.text).toMatch(/^arrived after \d+ s, and was archived$/)
    const { FindingIds = [] } = await guardduty.send(new ListFindingsCommand({ DetectorId: watched.detectorId }))
    const { Findings = [] } = await guardduty.send(new GetFindingsCommand({ DetectorId: watched.detectorId, FindingIds }))
    expect(Findings.map(({ Service }) => Service?.Archived)).toEqual([true])
  })

  test('an unhealthy agent is predicted and seen', async () => {
    await watched.setCoverage('UNHEALTHY', 'Agent not reporting')
    const [coverage] = await resultsOf()
    await watched.setCoverage('HEALTHY')
    expect(coverage, JSON.stringify(coverage)).toMatchObject({
      state: 'broken',
      predicted: { is: 'no', check: 'guardduty/coverage-unhealthy' },
      observed: { text: 'healthy 0, unhealthy 1' },
    })
  })

  test('a detector that is off: predicted to see nothing, and what GuardDuty still says is told as a difference', async () => {
    await guardduty.send(new UpdateDetectorCommand({ DetectorId: watched.detectorId, Enable: false }))
    const [coverage] = await resultsOf()
    await guardduty.send(new UpdateDetectorCommand({ DetectorId: watched.detectorId, Enable: true }))
    // The emulated coverage is what the test set; real GuardDuty computes it.
    expect(coverage).toMatchObject({ state: 'differs', predicted: { is: 'no', check: 'guardduty/detector-off' } })
  })
})
