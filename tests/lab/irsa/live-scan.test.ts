import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runMortise } from '../../e2e/run-mortise.ts'
import { describeLab } from '../shared-lab.ts'
import { broken, clusterWide, inPerimeter, notLive, type Broken } from './broken-worlds.ts'
import { healthySubjects, makeHealthyWorld, makePartner, type Partner } from './healthy-world.ts'
import { makeBroken, type BrokenWorld } from './make-broken.ts'
import {
  chainChecks,
  findingsOf,
  mortiseOn,
  reportOf,
  scanLive,
  scanSaved,
  verdictsOf,
  type ReportedChain,
  type Scanned,
} from './run-scan.ts'

const checks = chainChecks

describeLab('a scan of a live cluster and account', lab => {
  let folder: string
  const clusterArn = `arn:aws:eks:${lab.region}:${lab.accountId}:cluster/${lab.clusterName}`
  const saved = (name: string) => join(folder, `${name}.yaml`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-live-'))
    await lab.installWebhook()
  })
  afterAll(async () => {
    await lab.removeWebhook()
    await rm(folder, { recursive: true })
  })

  describe('of a namespace in which every chain holds', () => {
    const namespace = 'irsa-healthy'
    let undo: () => Promise<void>
    let partner: Partner
    let live: Scanned

    beforeAll(async () => {
      undo = await makeHealthyWorld(lab, namespace)
      partner = await makePartner(lab, namespace, '222200003333')
      live = await scanLive(lab, ['-n', namespace, '--assume-role', partner.reader, '--save', saved('healthy')])
    })
    afterAll(() => Promise.all([undo(), partner.undo()]))

    test('finds nothing, leaves nothing unknown, and draws a chain for every kind of workload', () => {
      expect(findingsOf(live.report)).toEqual([])
      expect(live.report.unknowns).toEqual([])
      expect(live.report.problems).toEqual([])
      expect(live.ran.code).toBe(0)
      expect(live.report.chains.map(({ subject, state }) => `${subject} ${state}`).sort()).toEqual(
        [...healthySubjects, 'deploy/partner'].map(subject => `${subject} in ${namespace} holds`).sort(),
      )
    })

    test('says the same from its saved snapshot', async () => {
      expect(verdictsOf(await scanSaved(saved('healthy'), ['-n', namespace]))).toEqual(verdictsOf(live.report))
    })

    describe('when the webhook', () => {
      afterAll(async () => {
        await lab.removeWebhook()
        await lab.installWebhook()
      })
      const scanned = async () => {
        const { report } = await scanLive(lab, ['-n', namespace, '--assume-role', partner.reader])
        const firstFails = report.chains.map(({ links }) => links.find(({ verdict }) => verdict === 'fail'))
        expect(firstFails.filter(link => link?.check !== 'irsa/webhook-unhealthy')).toEqual([])
        return report
      }

      test('hears of no new pod, one finding about the cluster says so', async () => {
        const rules = [{ operations: ['UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }]
        const patch = JSON.stringify([{ op: 'replace', path: '/webhooks/0/rules', value: rules }])
        await lab.kubectl('patch', 'mutatingwebhookconfiguration', 'pod-identity-webhook', '--type=json', `--patch=${patch}`)
        expect(findingsOf(await scanned())).toEqual([`irsa/webhook-unhealthy ${clusterArn}`])
      })

      test('is gone, one finding about the cluster says so', async () => {
        await lab.removeWebhook()
        expect(findingsOf(await scanned())).toEqual([`irsa/webhook-unhealthy ${clusterArn}`])
      })
    })

    test('leaves a role of an account that it may not read unknown, and names the account', async () => {
      const { report } = await scanLive(lab, ['-n', namespace])
      expect(findingsOf(report)).toEqual([])
      const unsure = report.chains.filter(({ state }) => state !== 'holds').map(({ subject }) => subject)
      expect(unsure).toEqual([`deploy/partner in ${namespace}`])
      expect(JSON.stringify(report.unknowns)).toContain('222200003333')
    })
  })

  describe('of a namespace in which every chain is broken in a way of its own', () => {
    const namespace = 'irsa-broken'
    let world: BrokenWorld
    let live: Scanned

    beforeAll(async () => {
      world = await makeBroken(lab, namespace, '444400005555', broken)
      live = await scanLive(lab, ['-n', namespace, '--assume-role', world.strangerReader, '--save', saved('broken')])
    })
    afterAll(() => world.undo())

    const expected = ({ check, subject, name }: Broken) => `${check} ${subject === 'workload' ? 'deploy' : 'sa'}/${name} in ${namespace}`
    const chainOf = (name: string) => live.report.chains.find(({ subject }) => subject === `deploy/${name} in ${namespace}`)

    test('finds each break once and nothing else, and leaves nothing unknown', () => {
      expect(findingsOf(live.report)).toEqual(broken.map(expected).sort())
      expect(live.report.unknowns).toEqual([])
      expect(live.ran.code).toBe(1)
    })

    test.for(broken)('$name breaks the chain at $link, and later links are not asked', ({ name, check, link }) => {
      const chain = chainOf(name)
      expect(chain?.state).toBe('broken')
      const states = linkStates(chain)
      expect(states.find(({ verdict }) => verdict === 'fail')).toEqual({ id: link, verdict: 'fail', check })
      const after = states.slice(states.findIndex(({ verdict }) => verdict === 'fail') + 1)
      expect(after.map(({ verdict }) => verdict).filter(verdict => verdict !== 'not-asked')).toEqual([])
    })

    test('says the same from its saved snapshot', async () => {
      expect(verdictsOf(await scanSaved(saved('broken'), ['-n', namespace]))).toEqual(verdictsOf(live.report))
    })

    test('reads the same world twice alike', async () => {
      const again = await scanLive(lab, ['-n', namespace, '--assume-role', world.strangerReader])
      expect(verdictsOf(again.report)).toEqual(verdictsOf(live.report))
    })

    test.for(['other-namespace', 'no-role'])('explains %s link by link, live and from the snapshot alike', async name => {
      const args = ['explain', `deploy/${name}`, '-n', namespace]
      const onLive = await mortiseOn(lab, [...args, '--format', 'json', '--assume-role', world.strangerReader])
      const offline = await runMortise([...args, '--format', 'json', '--from', saved('broken')])
      const explained = (ran: typeof onLive) => {
        const { subject, chains } = reportOf<Explained>(ran)
        const drawn = chains.map(({ state, links, finding, next }) => {
          const states = links.map(link => `${link.id} ${link.verdict}`)
          return { state, states, finding: finding?.fingerprint, next: next.map(further => further.check.id) }
        })
        return { code: ran.code, subject, drawn }
      }
      expect(explained(onLive)).toMatchObject({ code: 1, subject: `deploy/${name} in ${namespace}`, drawn: [{ state: 'broken' }] })
      expect(explained(offline)).toEqual(explained(onLive))

      const text = await runMortise([...args, '--from', saved('broken')])
      expect(text.stdout).toContain(`deploy/${name} in ${namespace} · irsa · broken at link`)
      expect(text.stderr).toBe('')
    })
  })

  test('every check of the joint is broken live here, or the reason why not is told', () => {
    const told = new Set([...broken.map(({ check }) => check), ...clusterWide, ...inPerimeter, ...Object.keys(notLive)])
    expect([...told].toSorted()).toEqual(checks.toSorted())
  })
})

interface Explained {
  readonly subject: string
  readonly chains: readonly (ReportedChain & {
    readonly finding?: { readonly fingerprint: string }
    readonly next: readonly { readonly check: { readonly id: string } }[]
  })[]
}

const linkStates = (chain: ReportedChain | undefined) =>
  (chain?.links ?? []).map(({ id, verdict, check }) => ({ id, verdict, ...(check === undefined ? {} : { check }) }))
