import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../e2e/run-mortise.ts'
import { blueprintRun, type BlueprintRun } from '../changes/blueprint-run.ts'
import type { NodeCoordinates } from '../coordinates.ts'
import { collected, diagnosedIn } from '../diagnose/diagnosed.ts'
import { mortiseOn, reportOf, type ScanReport } from '../irsa/run-scan.ts'
import type { Lab } from '../lab.ts'
import { describeNode } from '../shared-lab.ts'
import { startLab } from '../start-lab.ts'
import { installProbe } from '../validate/probe-image.ts'
import { remains, validated } from '../validate/run-validate.ts'
import { bringAddons } from './bring-addons.ts'
import { makeCompany } from './company.ts'
import { wholeVariants } from './variants.ts'
import { enforceAsMeant, keepInterfaces } from './vpc-controllers.ts'
import { makeWatchers } from './watchers.ts'
import { wholeState } from './whole-state.ts'

/** That of the repository, for the lab's cluster. No agent of Pod Identity gives credentials to pods of the lab, so the service asks STS. */
const blueprint = readFileSync(join(root, 'examples', 'mortise.yaml'), 'utf8')
  .replace(/^cluster: .*$/m, 'cluster: lab')
  .replace('identity: pod-identity', 'identity: irsa')
  .replace('controlPlane: [', 'controlPlane: [api, ')

/** What a scan says although everything that the blueprint declares holds. */
const accepted = [
  // The driver of secrets and the agent of GuardDuty are as privileged as AWS makes them.
  'cluster-access/pod-reaches-node-credentials',
  'node-credentials/node-role-used-by-pods',
  // The blueprint speaks of one workload; the others of its namespace are open.
  'network-policy/namespace-unprotected',
  // In standard mode a new pod is open until its policies are known.
  'network-policy/open-until-reconciled',
]

/** What it cannot tell: nothing reports to the GuardDuty of the lab. */
const unsettled = ['aws/guardduty/Coverage: GuardDuty lists no coverage of cluster lab']

describeNode('an empty account and cluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-whole-'))
  const bundle = join(folder, 'bundle.tgz')
  let lab: Lab
  let node: NodeCoordinates
  let vpc: string
  let run: BlueprintRun
  let before: unknown
  let done: string

  beforeAll(async () => {
    lab = await startLab({ name: `whole-${process.pid}`, node: true })
    if (lab.node === undefined) throw new Error('the lab has no node')
    node = lab.node
    vpc = await makeCompany(lab, node)
    before = await wholeState(lab, vpc)
    run = blueprintRun(lab, blueprint)
  })
  afterAll(async () => {
    run.remove()
    rmSync(folder, { recursive: true })
    await lab.close()
  })

  test('get every joint of the example by one plan', { timeout: 300_000 }, async () => {
    expect((await run.plan()).length).toBeGreaterThan(30)
    done = await run.apply()
    await bringAddons(lab, node, vpc)
    await makeWatchers(lab, vpc)
    expect(await run.plan()).toEqual([])
  })

  test('hold: a scan finds nothing of what was declared', { timeout: 60_000 }, async () => {
    const report = reportOf<ScanReport>(await mortiseOn(lab, ['scan', '--format', 'json']))
    expect([...new Set(report.findings.map(({ check }) => check.id))].sort()).toEqual(accepted.toSorted())
    const unknown = report.unknowns.map(({ kind, reason }) => `${kind}: ${reason}`)
    expect(unknown.filter(text => !unsettled.includes(text))).toEqual([])
  })

  test('do what they say: probes see what is predicted', { timeout: 120_000 }, async () => {
    await installProbe(lab)
    const stop = [await keepInterfaces(lab, 'shop', 'cart', vpc), await enforceAsMeant(node)]
    try {
      const { summary, probes } = await validated(lab, ['deploy/cart', '-n', 'shop'])
      expect(probes.map(({ joint }) => joint).sort()).toEqual(['irsa', 'network-policy', 'secrets-store', 'security-groups-for-pods'])
      const { right, ...others } = summary
      expect(others, JSON.stringify(probes.map(({ results }) => results))).toEqual({
        broken: 0,
        differs: 0,
        'not-predicted': 0,
        'not-observed': 0,
      })
      expect(right).toBeGreaterThanOrEqual(12)
      expect(await remains(lab)).toBe('')
    } finally {
      for (const end of stop) await end()
    }
  })

  test.each(wholeVariants)('$name: the broken link is named', { timeout: 60_000 }, async ({ breaks, target, namespace, named }) => {
    const mend = await breaks(lab)
    try {
      await collected(lab, bundle)
      expect(await diagnosedIn(bundle, target, namespace)).toBe(named)
    } finally {
      await mend()
    }
  })

  test('are as they were when it is taken back', { timeout: 120_000 }, async () => {
    expect(await run.plan()).toEqual([])
    await run.undo(done)
    expect(await wholeState(lab, vpc)).toEqual(before)
  })
})
