import { afterAll, beforeAll, expect, test } from 'vitest'
import { broken, type Broken } from '../irsa/broken-worlds.ts'
import { makeBroken, type BrokenWorld } from '../irsa/make-broken.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { remains, validated, type ReportedResult, type ValidationReport } from './run-validate.ts'

const namespace = 'validate-broken'

/** What is wrong only with the pods that are there, or with what a probe never takes from them: a new pod gets its role. */
const notOfNewPods: ReadonlySet<string> = new Set(['late-annotation', 'moved', 'static-keys'])

describeNode('validate where identities are broken', lab => {
  let world: BrokenWorld
  let report: ValidationReport

  beforeAll(async () => {
    await installProbe(lab)
    await lab.installWebhook()
    world = await makeBroken(lab, namespace, '555500006666', broken)
    report = await validated(lab, ['-n', namespace, '--joint', 'irsa', '--most', '50', '--assume-role', world.strangerReader])
  })
  afterAll(async () => {
    await Promise.all([lab.removeWebhook(), world.undo(), lab.kubectl('delete', 'namespace', namespace, '--wait=false')])
  })

  const identityOf = (name: string): ReportedResult | undefined =>
    report.probes.find(({ subject }) => subject === `deploy/${name} in ${namespace}`)?.results.find(({ id }) => id === 'identity')

  test.for(broken.filter(({ name }) => !notOfNewPods.has(name)))(
    '$name: no identity, as predicted at its link',
    ({ name, link, check }: Broken) => {
      const identity = identityOf(name)
      expect(identity, JSON.stringify(identity)).toMatchObject({
        state: 'broken',
        predicted: { is: 'no', link, check },
        observed: { is: 'no' },
      })
    },
  )

  test.for([...notOfNewPods])('%s: a new pod gets its role, as predicted', name => {
    expect(identityOf(name), JSON.stringify(identityOf(name))).toMatchObject({ state: 'right', observed: { is: 'yes' } })
  })

  test('nowhere do engine and cluster differ, and nothing is left', async () => {
    expect(report.summary.differs).toBe(0)
    expect(report.probes.flatMap(({ left }) => left)).toEqual([])
    expect(await remains(lab)).toBe('')
  })
})
