import {
  DeleteDetectorCommand,
  GetDetectorCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  UpdateDetectorCommand,
} from '@aws-sdk/client-guardduty'
import { afterAll, beforeAll, expect, test } from 'vitest'
import guardduty from '#joints/guardduty/joint.ts'
import { describeLab } from '../shared-lab.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'

/** GuardDuty would install its agent and make the endpoint; here nothing does, and who is told of findings is no matter of a blueprint. */
const leaving = [
  'agent-missing',
  'coverage-loss-unnoticed',
  'coverage-nodes-missing',
  'coverage-unhealthy',
  'endpoint-closed-to-nodes',
  'endpoint-missing',
  'endpoint-name-not-private',
  'endpoint-policy-denies',
  'endpoint-zone-missing',
  'findings-published-nowhere',
].map(name => `guardduty/${name}`)

describeLab('detection of a blueprint on a live account', lab => {
  const client = new GuardDutyClient(lab.aws())
  let run: BlueprintRun

  const detectors = async () => (await client.send(new ListDetectorsCommand({}))).DetectorIds ?? []
  /** What of a detector concerns EKS. */
  async function made(): Promise<object | undefined> {
    const [DetectorId] = await detectors()
    if (DetectorId === undefined) return undefined
    const { Status, Features = [] } = await client.send(new GetDetectorCommand({ DetectorId }))
    const of = (name: string) => Features.find(({ Name }) => Name === name)
    const management = (name: string) => of(name)?.AdditionalConfiguration?.find(({ Name }) => Name === 'EKS_ADDON_MANAGEMENT')?.Status
    return {
      detector: Status,
      audit: of('EKS_AUDIT_LOGS')?.Status,
      runtime: of('RUNTIME_MONITORING')?.Status,
      management: management('RUNTIME_MONITORING'),
      legacy: of('EKS_RUNTIME_MONITORING')?.Status,
    }
  }
  const whole = { detector: 'ENABLED', audit: 'ENABLED', runtime: 'ENABLED', management: 'ENABLED', legacy: 'DISABLED' }

  /** A region has one detector: that of another suite goes. */
  async function removeDetectors(): Promise<void> {
    for (const DetectorId of await detectors()) await client.send(new DeleteDetectorCommand({ DetectorId }))
  }
  beforeAll(async () => {
    await removeDetectors()
    run = blueprintRun(lab, `cluster: ${lab.clusterName}\ndetection: { guardduty: [audit-logs, runtime] }\n`)
  })
  afterAll(async () => {
    run.remove()
    await removeDetectors()
  })

  test('is made, holds, is planned again to nothing, and undone to nothing', { timeout: 600_000 }, async () => {
    expect(await run.plan()).toEqual([`switch GuardDuty on in ${lab.region}`])
    const done = await run.apply()
    expect(await made()).toEqual(whole)
    expect(await run.scan(guardduty, leaving)).toEqual({ findings: [], unknowns: [] })
    expect(await run.plan()).toEqual([])
    await run.undo(done)
    expect(await made()).toBeUndefined()
  })

  test('a detector under the older name is moved, one request for each feature, and moved back', { timeout: 600_000 }, async () => {
    const first = await run.plan()
    expect(first).toHaveLength(1)
    await run.apply()
    const [DetectorId = ''] = await detectors()
    const set = (...Features: object[]) => client.send(new UpdateDetectorCommand({ DetectorId, Features: Features as never }))
    const off = { Name: 'EKS_ADDON_MANAGEMENT', Status: 'DISABLED' }
    await set(
      { Name: 'EKS_AUDIT_LOGS', Status: 'DISABLED' },
      { Name: 'RUNTIME_MONITORING', Status: 'DISABLED', AdditionalConfiguration: [off] },
    )
    await set({ Name: 'EKS_RUNTIME_MONITORING', Status: 'ENABLED', AdditionalConfiguration: [{ ...off, Status: 'ENABLED' }] })
    const before = await made()
    expect(await run.plan()).toEqual([
      'let GuardDuty watch the audit logs of EKS',
      'switch RUNTIME_MONITORING on',
      'let GuardDuty install its agent',
      'switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces',
    ])
    const done = await run.apply()
    expect(await made()).toEqual(whole)
    expect(await run.plan()).toEqual([])
    await run.undo(done)
    expect(await made()).toEqual(before)
  })
})
