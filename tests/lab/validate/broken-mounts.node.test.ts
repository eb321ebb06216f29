import { afterAll, beforeAll, expect, test } from 'vitest'
import { poll } from '../process/poll.ts'
import { makeSharedParts, makeVariants, removeSharedParts } from '../secrets-store/make-variants.ts'
import { healthy, namespace, otherNamespace, variants } from '../secrets-store/variants.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { remains, validated, type ReportedResult, type ValidationReport } from './run-validate.ts'

/** Links that decide whether a volume is mounted at all: what becomes of files and Secrets then is another question. */
const mounting = ['volume', 'driver', 'provider', 'class', 'identity', 'token', 'secret', 'permission', 'key', 'files']

/** The engine says that it is not mounted, and in the lab it is: the emulated Secrets Manager does not ask KMS. */
const differing: ReadonlySet<string> = new Set(['key-closed'])

describeNode('validate where mounts are broken', lab => {
  let report: ValidationReport

  beforeAll(async () => {
    const gone = async () => ((await lab.kubectl('get', 'namespaces', '-o', 'name')).includes(`namespace/${namespace}`) ? undefined : true)
    await poll(gone, { what: `another suite's namespace ${namespace} to be gone`, timeoutMilliseconds: 60_000 })
    await installProbe(lab)
    await lab.installWebhook()
    await Promise.all([lab.secretsStore({ syncSecrets: true }), makeSharedParts(lab)])
    await makeVariants(lab, [...healthy, ...variants])
    report = await validated(lab, ['-n', namespace, '--joint', 'secrets-store', '--most', '50'])
  })
  afterAll(async () => {
    await lab.kubectl('delete', 'namespace', namespace, otherNamespace, '--wait=false')
    await Promise.all([removeSharedParts(lab), lab.removeWebhook()])
    await lab.secretsStore()
  })

  const resultsOf = (name: string): readonly ReportedResult[] =>
    report.probes.find(({ subject }) => subject === `deploy/${name} in ${namespace}`)?.results ?? []

  test.for(variants.filter(({ happens, name }) => !happens.mounted || differing.has(name)))(
    '$name: not mounted, as predicted at its link',
    ({ name, breaks, elsewhere, happens }) => {
      const mounted = resultsOf(name).find(({ id }) => id === 'mounted')
      const link = breaks !== undefined && mounting.includes(breaks.link) ? breaks : undefined
      expect(link ?? elsewhere).toBeDefined()
      expect(mounted, JSON.stringify(mounted)).toMatchObject({
        state: differing.has(name) ? 'differs' : 'broken',
        observed: { is: happens.mounted ? 'yes' : 'no' },
        predicted: { is: 'no', ...link },
      })
    },
  )

  /** The lab has no VPC, so whether the service is reached over the network may stay open. */
  const fine: readonly string[] = ['right', 'not-predicted']

  test.for([...healthy, ...variants].filter(({ happens, name }) => happens.mounted && !differing.has(name)))(
    '$name: mounted',
    ({ name }) => {
      const mounted = resultsOf(name).find(({ id }) => id === 'mounted')
      expect(mounted, JSON.stringify(mounted)).toMatchObject({ observed: { is: 'yes' } })
      expect(fine).toContain(mounted?.state)
    },
  )

  test('what is mounted is what the secret holds, told without its value', () => {
    const files = resultsOf('healthy').filter(({ id }) => id.startsWith('current-'))
    expect(files.map(({ id, observed }) => [id, observed.is])).toEqual([['current-login', 'yes']])
    expect(fine).toContain(files[0]?.state)
    expect(JSON.stringify(report)).not.toContain('known to the test')
  })

  test('the Secret of a class that makes one outlives the probe', async () => {
    expect(await lab.kubectl('get', 'secret', 'healthy-synced', '-n', namespace, '-o', 'name')).toContain('secret/healthy-synced')
  })

  test('nothing is left', async () => {
    expect(report.probes.flatMap(({ left }) => left)).toEqual([])
    expect(await remains(lab)).toBe('')
  })
})
