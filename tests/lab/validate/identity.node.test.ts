import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceAccountRole } from '../aws/service-account-role.ts'
import { mortiseOn } from '../irsa/run-scan.ts'
import { apply, deployment, serviceAccount } from '../irsa/workloads.ts'
import { poll } from '../process/poll.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { restrictedNamespace } from './restricted-namespace.ts'
import { remains, startedValidate, statesOf, validated, validateOn, type ValidationReport } from './run-validate.ts'

const namespace = 'validate-identity'
/** For tests that run the command line several times on a busy machine. */
const minutes = { timeout: 180_000 }

describeNode('validate of IAM roles for service accounts', lab => {
  const secrets = new SecretsManagerClient(lab.aws())
  const inIrsa = ['-n', namespace, '--joint', 'irsa']

  beforeAll(async () => {
    await installProbe(lab)
    await lab.installWebhook()
    const mine = await secrets.send(new CreateSecretCommand({ Name: 'validate/mine', SecretString: 'known to the test' }))
    await secrets.send(new CreateSecretCommand({ Name: 'validate/theirs', SecretString: 'not for this role' }))
    const policy = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: mine.ARN }]
    const role = await serviceAccountRole(lab, { name: 'validate-reader', namespace, serviceAccount: 'reader', policy })
    const asks = { 'eks.amazonaws.com/role-arn': role }
    await apply(lab, [
      restrictedNamespace(namespace),
      serviceAccount(namespace, 'reader', asks),
      serviceAccount(namespace, 'stranger', asks),
      deployment(namespace, 'reader', 'reader', {}, 0),
      deployment(namespace, 'twin', 'reader', {}, 0),
      deployment(namespace, 'stranger', 'stranger', {}, 0),
    ])
  })
  afterAll(async () => {
    await lab.removeWebhook()
    await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
    for (const name of ['validate/mine', 'validate/theirs'])
      await secrets.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }))
  })

  describe('of a namespace that enforces the restricted standard', () => {
    let report: ValidationReport
    let took: number
    beforeAll(async () => {
      const began = performance.now()
      report = await validated(lab, inIrsa)
      took = (performance.now() - began) / 1000
    })

    test('a pod gets its role, may do what the engine allows, and is refused what the engine denies', () => {
      expect(statesOf(report, 'irsa', `deploy/reader in ${namespace}`)).toEqual({
        identity: 'right',
        permitted: 'right',
        forbidden: 'right',
        metadata: 'right',
      })
      const results = report.probes.find(({ subject }) => subject.startsWith('deploy/reader'))?.results ?? []
      const texts = Object.fromEntries(results.map(({ id, observed }) => [id, observed.text]))
      expect(texts['identity']).toMatch(/^arn:aws:sts::111122223333:assumed-role\/validate-reader\//)
      expect(texts['forbidden']).toContain('AccessDeniedException')
    })

    test('one whom the role does not trust is refused with the words of STS, at the link that the engine names', () => {
      const stranger = report.probes.find(({ subject }) => subject.startsWith('deploy/stranger'))
      const [identity] = stranger?.results ?? []
      expect(identity).toMatchObject({ state: 'broken', predicted: { is: 'no', link: 'trust', check: 'irsa/trust-does-not-match' } })
      expect(identity?.observed.text).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity')
    })

    test('two workloads with one service account are tried once', () => {
      expect(report.untried).toEqual([
        { joint: 'irsa', subject: `deploy/twin in ${namespace}`, why: 'another probe of this run tries the same' },
      ])
    })

    test('nothing is left, and it took less than a minute', async () => {
      expect(report.probes.flatMap(({ left }) => left)).toEqual([])
      expect(await remains(lab)).toBe('')
      expect(took).toBeLessThan(60)
    })
  })

  test('what is broken exits 1, and prints the prediction beside what was seen', async () => {
    const ran = await validateOn(lab, ['deploy/stranger', ...inIrsa])
    expect(ran).toMatchObject({ code: 1, stderr: '' })
    expect(ran.stdout).toContain(`deploy/stranger in ${namespace} · irsa · broken`)
    expect(ran.stdout.replaceAll(/\s+/g, ' ')).toContain(
      '1 probe · 1 as predicted · 1 broken · 0 differ · 0 not predicted · 0 not observed',
    )
  })

  test('it is a test case each in JUnit', async () => {
    const ran = await validateOn(lab, ['deploy/stranger', ...inIrsa, '--format', 'junit'])
    expect(ran.stdout).toContain('<testsuite name="irsa" tests="2" failures="1" errors="0" skipped="0">')
    expect(ran.stdout).toContain(`type="broken">seen no: `)
  })

  test('a dry run makes nothing', async () => {
    const ran = await validateOn(lab, ['deploy/reader', ...inIrsa, '--dry-run'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain(`= needs: create, get, delete jobs.batch in ${namespace}`)
    expect(await remains(lab)).toBe('')
  })

  test('an image that nobody has is told as such, and nothing is left', async () => {
    const ran = await validateOn(lab, ['deploy/reader', ...inIrsa, '--probe-image', 'registry.example/none:1'])
    expect(ran.code).toBe(2)
    expect(ran.stdout).toContain('not observed: the pod did not start')
    expect(await remains(lab)).toBe('')
  })

  test('Ctrl-C ends the waiting and removes what was made', async () => {
    const { child, over } = await startedValidate(lab, inIrsa)
    child.kill('SIGINT')
    expect(await over).toBe(2)
    expect(await remains(lab)).toBe('')
  })

  test('killed, it leaves its Jobs with their run and age, and --clean removes them', minutes, async () => {
    const { child, over } = await startedValidate(lab, inIrsa)
    child.kill('SIGKILL')
    await over
    expect(await remains(lab)).toContain('job.batch/mortise-probe-')
    const refused = await validateCleanOn([])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(new RegExp(`Job ${namespace}/mortise-probe-[0-9a-f]{6}-\\d  of run [0-9a-f]{6}, \\d+ s old`))
    const cleaned = await validateCleanOn(['--yes'])
    expect(cleaned.code).toBe(0)
    expect(cleaned.stdout).toMatch(/^removed \d objects?$/m)
    const isGone = async () => ((await remains(lab)) === '' ? true : undefined)
    await poll(isGone, { what: 'pods of the probes to be gone', timeoutMilliseconds: 20_000 })
    expect((await validateCleanOn([])).stdout).toBe('no run left anything behind\n')
  })

  const validateCleanOn = (args: readonly string[]) => mortiseOn(lab, ['validate', '--clean', '-n', namespace, ...args])
})
