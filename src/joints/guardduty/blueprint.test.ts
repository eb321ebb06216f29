import { describe, expect, it } from 'vitest'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'
import guardduty from './joint.ts'

const account = '111122223333'
const arn = `arn:aws:guardduty:eu-west-1:${account}:detector/12abc34d567e8fa901bc2d34e56789f0`
const cluster = (tags = '{}') => `
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:${account}:cluster/prod
version: "1.36"
tags: ${tags}
resourcesVpcConfig: { vpcId: vpc-0a1b2c3d, subnetIds: [] }
---`
interface Setup {
  readonly status?: string
  readonly audit?: string
  readonly runtime?: string
  readonly management?: string
  readonly legacy?: string
  readonly administrator?: string
}
const detector = ({
  status = 'ENABLED',
  audit = 'ENABLED',
  runtime = 'DISABLED',
  management = 'DISABLED',
  legacy = 'DISABLED',
  administrator,
}: Setup = {}) => `
kind: aws/guardduty/Detector
Arn: ${arn}
DetectorId: 12abc34d567e8fa901bc2d34e56789f0
Status: ${status}
Features:
  - { Name: EKS_AUDIT_LOGS, Status: ${audit} }
  - { Name: EBS_MALWARE_PROTECTION, Status: ENABLED }
  - { Name: EKS_RUNTIME_MONITORING, Status: ${legacy}, AdditionalConfiguration: [{ Name: EKS_ADDON_MANAGEMENT, Status: ${legacy} }] }
  - { Name: RUNTIME_MONITORING, Status: ${runtime}, AdditionalConfiguration: [{ Name: EKS_ADDON_MANAGEMENT, Status: ${management} }, { Name: EC2_AGENT_MANAGEMENT, Status: DISABLED }] }
---
kind: aws/guardduty/Administrator
DetectorArn: ${arn}
Administrator: ${administrator === undefined ? 'null' : `{ AccountId: "${administrator}", RelationshipStatus: Enabled }`}
---`
const blueprint = (plans = '[audit-logs, runtime]') => `cluster: prod\ndetection: { guardduty: ${plans} }\n`
const titles = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)
const making = (world: Awaited<ReturnType<typeof wholeWorld>>, plans?: string) => made(world, blueprint(plans), 'guardduty')
/** That findings reach somebody, and that agents run, is no matter of a blueprint: GuardDuty installs them once it is told to. */
const faults = (world: Awaited<ReturnType<typeof wholeWorld>>) =>
  faultsOf(guardduty, world).filter(text => !/findings-published-nowhere|agent-missing|coverage/.test(text))

describe('detection of a blueprint', () => {
  it('a region without a detector gets one, planned again to nothing and taken back to nothing', async () => {
    const world = await wholeWorld(cluster())
    const { steps, world: then } = making(world)
    expect(titles(steps)).toEqual(['switch GuardDuty on in eu-west-1'])
    expect(making(then).steps).toEqual([])
    expect([...undone(then, steps).resources()].map(({ id }) => id)).toEqual([...world.resources()].map(({ id }) => id))
  })

  it.each<[string, Setup, readonly string[]]>([
    ['suspended', { status: 'DISABLED', runtime: 'ENABLED', management: 'ENABLED' }, ['switch the detector on']],
    [
      'without plans',
      { audit: 'DISABLED' },
      ['let GuardDuty watch the audit logs of EKS', 'switch RUNTIME_MONITORING on', 'let GuardDuty install its agent'],
    ],
    [
      'under the older name',
      { legacy: 'ENABLED' },
      [
        'switch RUNTIME_MONITORING on',
        'let GuardDuty install its agent',
        'switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces',
      ],
    ],
    [
      'under both names',
      { legacy: 'ENABLED', runtime: 'ENABLED', management: 'ENABLED' },
      ['switch EKS_RUNTIME_MONITORING off, which RUNTIME_MONITORING replaces'],
    ],
  ])('a detector that is %s is mended, holds then, and is taken back', async (_, setup, expected) => {
    const world = await wholeWorld(cluster() + detector(setup))
    const { steps, world: then } = making(world)
    expect(titles(steps)).toEqual(expected)
    expect(faults(then)).toEqual([])
    expect(making(then).steps).toEqual([])
    const bodyOf = (each: typeof world) => each.find('aws/guardduty/Detector', arn)?.body
    expect(bodyOf(undone(then, steps))).toEqual(bodyOf(world))
  })

  it('a plan that is not declared is left as it is', async () => {
    expect(titles(making(await wholeWorld(cluster() + detector({ audit: 'DISABLED' })), '[audit-logs]').steps)).toEqual([
      'let GuardDuty watch the audit logs of EKS',
    ])
  })

  it('a cluster that somebody keeps out of it is told, since nobody would install the agent', async () => {
    const world = await wholeWorld(cluster('{ GuardDutyManaged: "false" }') + detector({ runtime: 'ENABLED' }))
    expect(() => making(world)).toThrow('has tag GuardDutyManaged=false, so GuardDuty does not install its agent')
  })

  it('what the organization’s administrator alone can change is not planned, and what holds needs nobody', async () => {
    const member = { administrator: '999999999999' }
    const off = await wholeWorld(cluster() + detector({ ...member, audit: 'DISABLED' }))
    expect(() => making(off, '[audit-logs]')).toThrow(
      expect.objectContaining({
        code: 'NOT_OURS',
        message: expect.stringContaining('account 999999999999 administers GuardDuty here') as string,
      }) as Error,
    )
    expect(making(await wholeWorld(cluster() + detector(member)), '[audit-logs]').steps).toEqual([])
  })
})
