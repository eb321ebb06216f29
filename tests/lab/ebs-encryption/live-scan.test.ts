import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import joint from '#joints/ebs-encryption/joint.ts'
import { runMortise } from '../../e2e/run-mortise.ts'
import { mortiseOn, reportOf, verdictsOf, type ScanReport } from '../irsa/run-scan.ts'
import { describeLab } from '../shared-lab.ts'
import { makeStorage, namespace, storages, type Made } from './make-storage.ts'

/** All that stand on links but one: in this lab no pod starts, and so the controller is truly not ready. */
const checks = joint.links
  .flatMap(link => link.checks.map(({ id }) => id))
  .filter(id => id !== 'ebs-encryption/controller-not-ready')
  .flatMap(id => ['--check', id])
const broken = storages.filter(({ check }) => check !== undefined)

describeLab('a scan of volumes that are encrypted, and of some that are not', lab => {
  let folder: string
  let made: Made
  let live: ScanReport
  const saved = () => join(folder, 'world.yaml')
  const scan = async (...args: readonly string[]) =>
    reportOf<ScanReport>(await mortiseOn(lab, ['scan', '--format', 'json', ...checks, ...args]))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-ebs-'))
    made = await makeStorage(lab)
    live = await scan('--save', saved())
  })
  afterAll(async () => {
    await made.undo()
    await rm(folder, { recursive: true })
  })

  const chainOf = (report: ScanReport, name: string) => report.chains.find(({ subject }) => subject === `deploy/${name} in ${namespace}`)

  test('leaves nothing unknown, and finds each break once and nothing else', () => {
    expect(live.problems).toEqual([])
    expect(live.unknowns).toEqual([])
    expect(live.findings.map(({ check }) => check.id).sort()).toEqual(broken.map(({ check }) => check).sort())
  })

  test('holds where everything fits', () => expect(chainOf(live, 'stock')?.state).toBe('holds'))

  test.for(broken)('$name breaks the chain at $link', ({ name, check, link }) => {
    const chain = chainOf(live, name)
    expect(chain?.links.find(({ verdict }) => verdict === 'fail')).toMatchObject({ id: link, check })
    const [finding] = live.findings.filter(found => found.check.id === check)
    expect(`${finding?.message} ${finding?.workloads.join(' ')}`).toContain(name)
  })

  test('says the same from its saved snapshot', async () => {
    const ran = await runMortise(['scan', '--from', saved(), '--format', 'json', ...checks])
    expect(verdictsOf(reportOf<ScanReport>(ran))).toEqual(verdictsOf(live))
  })

  test('finds less when a key is enabled, and when the role is given the least that it needs of another', async () => {
    await made.enable('disabled')
    await made.allow('used', 'disabled', 'closed')
    const after = await scan()
    const gone = new Set(['ebs-encryption/key-unusable', 'ebs-encryption/key-denies-controller'])
    expect(after.findings.map(({ check }) => check.id).sort()).toEqual(
      broken.flatMap(({ check = '' }) => (gone.has(check) ? [] : [check])).sort(),
    )
    expect(chainOf(after, 'disabled')?.state).toBe('holds')
    expect(chainOf(after, 'closed')?.state).toBe('holds')
  })
})
