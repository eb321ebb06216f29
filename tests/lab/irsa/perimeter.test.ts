import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeLab } from '../shared-lab.ts'
import { accountOf, makeReader, trustOf } from './account.ts'
import { inPerimeter } from './broken-worlds.ts'
import { makeMember, makeResourceControl, makeStsEndpoint } from './perimeter.ts'
import { runMortise } from '../../e2e/run-mortise.ts'
import { chainChecks, findingsOf, mortiseOn, reportOf, verdictsOf, type ReportedChain, type ScanReport } from './run-scan.ts'
import { apply, deployment, namespaceOf, serviceAccount, untilPodsExist } from './workloads.ts'

const namespace = 'irsa-perimeter'
const here = `in ${namespace}`
/** ministack gives endpoints no network interfaces, so that nobody can tell whether packets get to them. */
const checks = chainChecks.filter(id => id !== 'irsa/sts-connection-denied').flatMap(id => ['--check', id])
const scan = ['scan', '--format', 'json', '-n', namespace, ...checks]

describeLab('a scan of accounts and a VPC with a perimeter', lab => {
  const undos: (() => Promise<unknown>)[] = []
  let folder: string
  let live: ScanReport

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mortise-perimeter-'))
    await lab.installWebhook()
    const own = accountOf(lab)
    const member = accountOf(lab, await makeMember(lab, namespace))
    undos.push(await own.makeProvider(), await member.makeProvider())
    const reader = await makeReader(lab, member, `${namespace}-reader`, 'a member')
    // Of each account one role whose tokens the perimeter keeps out, and one that it leaves alone.
    const roles = { guarded: member, spared: member, kept: own, free: own } as const
    const arn = (name: keyof typeof roles) => roles[name].roleArn(`${namespace}-${name}`)
    const names = Object.keys(roles) as (keyof typeof roles)[]
    for (const name of names) await roles[name].makeRole(`${namespace}-${name}`, [trustOf(roles[name], namespace, name)])
    undos.push(await makeResourceControl(lab, member.id, arn('guarded')), await makeStsEndpoint(lab, arn('kept')))
    const accounts = names.map(name => serviceAccount(namespace, name, { 'eks.amazonaws.com/role-arn': arn(name) }))
    await apply(lab, [namespaceOf(namespace), ...accounts])
    await apply(
      lab,
      names.map(name => deployment(namespace, name, name)),
    )
    await untilPodsExist(lab, namespace, Object.fromEntries(names.map(name => [name, 1])))
    live = reportOf(await mortiseOn(lab, [...scan, '--assume-role', reader, '--save', join(folder, 'perimeter.yaml')]))
  })
  afterAll(async () => {
    for (const undo of undos.toReversed()) await undo()
    await lab.removeWebhook()
    await rm(folder, { recursive: true })
  })

  test('finds what a resource control policy and the policy of an endpoint keep out, and nothing else', () => {
    expect(findingsOf(live)).toEqual([
      `irsa/resource-control-denies-token sa/guarded ${here}`,
      `irsa/sts-endpoint-denies-token sa/kept ${here}`,
    ])
    expect(live.findings.map(({ check }) => check.id).toSorted()).toEqual(inPerimeter.toSorted())
    expect(live.unknowns).toEqual([])
    expect(live.problems).toEqual([])
  })

  describe('breaks the chain', () => {
    const chainOf = (name: string) => live.chains.find(({ subject }) => subject === `deploy/${name} ${here}`)
    const broken = (chain: ReportedChain | undefined) => chain?.links.find(({ verdict }) => verdict === 'fail')
    test.for([
      ['guarded', 'guardrails'],
      ['kept', 'network'],
    ] as const)('of %s at %s, and later links are not asked', ([name, link]) => {
      expect(broken(chainOf(name))).toMatchObject({ id: link })
      const links = chainOf(name)?.links ?? []
      const after = links.slice(links.findIndex(({ id }) => id === link) + 1).map(({ verdict }) => verdict)
      expect(new Set(after)).toEqual(new Set(['not-asked']))
    })
    test.for(['spared', 'free'])('of %s nowhere', name => {
      expect(chainOf(name)?.state).toBe('holds')
    })
  })

  test('says the same from its saved snapshot', async () => {
    const ran = await runMortise([...scan, '--from', join(folder, 'perimeter.yaml')])
    expect(verdictsOf(reportOf(ran))).toEqual(verdictsOf(live))
  })
})
