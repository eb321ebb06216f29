import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateFilterCommand, DeleteFilterCommand, GuardDutyClient, UpdateDetectorCommand } from '@aws-sdk/client-guardduty'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checksOf } from '#joints/all.ts'
import joint from '#joints/guardduty/joint.ts'
import { runMortise } from '../../e2e/run-mortise.ts'
import { mortiseOn, reportOf, verdictsOf, type ScanReport } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { clusterName, runtime, watchCluster, type WatchedCluster } from './watched-cluster.ts'

/** One live, and one of what it saved: milliseconds on a machine that others use as well. */
const twoScans = 240_000

/** Tags that a cluster gets later ministack does not tell of: guardduty/cluster-excluded-by-tag has its fixtures alone. */
const chosen = checksOf(joint).flatMap(({ id }) => ['--check', id])

type Undo = () => Promise<unknown>

/** One way to break the chain: the check that says so, its link (none: it stands alone), and what to do; it answers how to undo it. */
interface Variant {
  readonly name: string
  readonly check: string
  readonly link: string | undefined
  readonly breaks: (lab: Lab, watched: WatchedCluster) => Promise<Undo>
}

const update = (lab: Lab, DetectorId: string, settings: Omit<ConstructorParameters<typeof UpdateDetectorCommand>[0], 'DetectorId'>) =>
  new GuardDutyClient(lab.aws()).send(new UpdateDetectorCommand({ DetectorId, ...settings }))

const features =
  (...[broken, mended]: readonly [object, object]) =>
  async (lab: Lab, { detectorId }: WatchedCluster): Promise<Undo> => {
    await update(lab, detectorId, { Features: [broken as never] })
    return () => update(lab, detectorId, { Features: [mended as never] })
  }

const plan = (Name: string, Status: string) => ({ Name, Status })

const variants: readonly Variant[] = [
  {
    name: 'the detector is suspended',
    check: 'detector-off',
    link: 'detector',
    async breaks(lab, { detectorId }) {
      await update(lab, detectorId, { Enable: false })
      return () => update(lab, detectorId, { Enable: true })
    },
  },
  {
    name: 'EKS Protection is off',
    check: 'audit-logs-off',
    link: 'audit-logs',
    breaks: features(plan('EKS_AUDIT_LOGS', 'DISABLED'), plan('EKS_AUDIT_LOGS', 'ENABLED')),
  },
  {
    name: 'runtime monitoring is off',
    check: 'runtime-monitoring-off',
    link: 'runtime-monitoring',
    breaks: features(runtime('DISABLED', 'DISABLED'), runtime('ENABLED', 'ENABLED')),
  },
  {
    name: 'runtime monitoring is on by its older name',
    check: 'runtime-monitoring-legacy',
    link: undefined,
    async breaks(lab, { detectorId }) {
      await update(lab, detectorId, { Features: [runtime('DISABLED', 'DISABLED')] })
      await update(lab, detectorId, { Features: [runtime('ENABLED', 'ENABLED', true)] })
      return async () => {
        await update(lab, detectorId, { Features: [runtime('DISABLED', 'DISABLED', true)] })
        await update(lab, detectorId, { Features: [runtime('ENABLED', 'ENABLED')] })
      }
    },
  },
  {
    name: 'nobody installs the agent',
    check: 'agent-management-off',
    link: 'agent',
    async breaks(lab, watched) {
      await watched.removeAgent()
      const undo = await features(runtime('ENABLED', 'DISABLED'), runtime('ENABLED', 'ENABLED'))(lab, watched)
      return async () => {
        await undo()
        await watched.addAgent()
      }
    },
  },
  {
    name: 'the VPC has no endpoint',
    check: 'endpoint-missing',
    link: 'endpoint',
    async breaks(_, watched) {
      await watched.setEndpoint(undefined)
      return () => watched.setEndpoint({})
    },
  },
  {
    name: 'the endpoint has no private name',
    check: 'endpoint-name-not-private',
    link: 'endpoint',
    async breaks(_, watched) {
      await watched.setEndpoint({ isPrivate: false })
      return () => watched.setEndpoint({})
    },
  },
  {
    name: 'the policy of the endpoint is for another account',
    check: 'endpoint-policy-denies',
    link: 'endpoint',
    async breaks(_, watched) {
      await watched.setEndpoint({ account: '444455556666' })
      return () => watched.setEndpoint({})
    },
  },
  {
    name: 'GuardDuty reports the cluster as unhealthy',
    check: 'coverage-unhealthy',
    link: 'coverage',
    async breaks(_, watched) {
      await watched.setCoverage('UNHEALTHY', 'EKS Runtime Monitoring enablement permission not granted')
      return () => watched.setCoverage('HEALTHY')
    },
  },
  {
    name: 'volumes are not scanned',
    check: 'malware-protection-off',
    link: 'malware-protection',
    breaks: features(plan('EBS_MALWARE_PROTECTION', 'DISABLED'), plan('EBS_MALWARE_PROTECTION', 'ENABLED')),
  },
  {
    name: 'a suppression rule archives reverse shells',
    check: 'filter-hides-findings',
    link: 'suppression',
    async breaks(lab, { detectorId: DetectorId }) {
      const [guardduty, Name] = [new GuardDutyClient(lab.aws()), 'too-loud']
      const FindingCriteria = { Criterion: { type: { Equals: ['Execution:Runtime/ReverseShell'] } } }
      await guardduty.send(new CreateFilterCommand({ DetectorId, Name, Action: 'ARCHIVE', FindingCriteria }))
      return () => guardduty.send(new DeleteFilterCommand({ DetectorId, FilterName: Name }))
    },
  },
]

describeLab('GuardDuty and the cluster of the lab', lab => {
  let folder: string
  let watched: WatchedCluster

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-guardduty-'))
    watched = await watchCluster(lab)
  })
  afterAll(async () => {
    await watched.undo()
    await rm(folder, { recursive: true })
  })

  /** Live, and the same again from what was saved. */
  async function scan(name: string): Promise<ScanReport> {
    const file = join(folder, `${name}.yaml`)
    const live = reportOf<ScanReport>(
      await mortiseOn(lab, ['scan', '--cluster', clusterName, '--format', 'json', ...chosen, '--save', file]),
    )
    const saved = reportOf<ScanReport>(await runMortise(['scan', '--from', file, '--format', 'json', ...chosen]))
    expect(verdictsOf(saved)).toEqual(verdictsOf(live))
    return live
  }
  const found = ({ findings }: ScanReport) => [...new Set(findings.map(({ check }) => check.id))]
  const chainOf = ({ chains }: ScanReport) => chains.find(({ subject }) => subject.endsWith(`:cluster/${clusterName}`))

  test(
    'holds where all is well, and finds nothing',
    async () => {
      const report = await scan('healthy')
      expect(report.unknowns).toEqual([])
      expect(found(report)).toEqual([])
      expect(chainOf(report)?.state).toBe('holds')
    },
    twoScans,
  )

  describe('is broken where', () => {
    test.each(variants)(
      '$name',
      async ({ check, link, breaks }) => {
        const undo = await breaks(lab, watched)
        try {
          const report = await scan(check)
          expect(found(report)).toEqual([`guardduty/${check}`])
          expect(chainOf(report)?.links.find(({ verdict }) => verdict === 'fail')?.id).toBe(link)
        } finally {
          await undo()
        }
      },
      twoScans,
    )
  })
})
