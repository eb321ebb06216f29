import { setTimeout as sleep } from 'node:timers/promises'
import { CreateSecretCommand, DeleteSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceAccountRole } from '../aws/service-account-role.ts'
import { apply, deployment, serviceAccount } from '../irsa/workloads.ts'
import { csiDriverName } from '../secrets-store/install.ts'
import { poll } from '../process/poll.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { restrictedNamespace } from './restricted-namespace.ts'
import { remains, validated, type ReportedResult, type ValidationReport } from './run-validate.ts'

const namespace = 'validate-rotation'
const secretName = 'validate-rotation/login'
const pollSeconds = 4

describeNode('validate of rotation, end to end', lab => {
  const secrets = new SecretsManagerClient(lab.aws())

  beforeAll(async () => {
    await installProbe(lab)
    await lab.installWebhook()
    const made = await secrets.send(new CreateSecretCommand({ Name: secretName, SecretString: 'the first of its kind' }))
    const policy = [{ Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], Resource: made.ARN }]
    const role = await serviceAccountRole(lab, { name: 'validate-rotation', namespace, serviceAccount: 'reader', policy })
    await apply(lab, [restrictedNamespace(namespace), serviceAccount(namespace, 'reader', { 'eks.amazonaws.com/role-arn': role })])
  })
  afterAll(async () => {
    await Promise.all([lab.removeWebhook(), lab.kubectl('delete', 'namespace', namespace, '--wait=false'), lab.secretsStore()])
    await secrets.send(new DeleteSecretCommand({ SecretId: secretName, ForceDeleteWithoutRecovery: true }))
  })

  async function declare(): Promise<void> {
    const csi = { driver: csiDriverName, readOnly: true, volumeAttributes: { secretProviderClass: 'login' } }
    await apply(lab, [
      {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        metadata: { name: 'login', namespace },
        spec: {
          provider: 'aws',
          parameters: { objects: JSON.stringify([{ objectName: secretName, objectType: 'secretsmanager', objectAlias: 'login' }]) },
        },
      },
      deployment(namespace, 'reader', 'reader', { spec: { volumes: [{ name: 'secrets', csi }] } }, 0),
    ])
  }

  /** Rotates while the probe looks: some seconds after its pod runs, which compares each file first. */
  async function rotate(): Promise<void> {
    const runs = async () => {
      const phases = await lab.kubectl('get', 'pods', '-n', namespace, '-l', 'mortise/probe', '-o', 'jsonpath={.items[*].status.phase}')
      return phases.includes('Running') ? true : undefined
    }
    await poll(runs, { what: 'the pod of the probe', timeoutMilliseconds: 120_000, everyMilliseconds: 300 })
    await sleep(5_000)
    await secrets.send(new PutSecretValueCommand({ SecretId: secretName, SecretString: `another, made at ${Date.now()}` }))
  }

  async function whileRotating(seconds: number): Promise<ValidationReport> {
    const args = ['deploy/reader', '-n', namespace, '--joint', 'secrets-store', '--rotation', String(seconds)]
    const [report] = await Promise.all([validated(lab, args), rotate()])
    return report
  }

  const resultOf = ({ probes }: ValidationReport, id: string): ReportedResult | undefined =>
    probes[0]?.results.find(result => result.id === id)
  const minutes = { timeout: 240_000 }

  describe('where the driver rotates', () => {
    beforeAll(async () => {
      await lab.secretsStore({ driverFlags: ['--enable-secret-rotation=true', `--rotation-poll-interval=${pollSeconds}s`] })
      await declare()
    })

    test('the file follows, and how long it took is told', minutes, async () => {
      const report = await whileRotating(90)
      expect(resultOf(report, 'mounted')?.observed.is).toBe('yes')
      expect(resultOf(report, 'rotation'), JSON.stringify(resultOf(report, 'rotation'))).toMatchObject({
        state: 'right',
        observed: { is: 'yes' },
      })
      expect(resultOf(report, 'rotation')?.observed.text).toMatch(/\d s after the probe began to look/)
      expect(JSON.stringify(report)).not.toContain('of its kind')
      expect(await remains(lab)).toBe('')
    })
  })

  describe('where it does not', () => {
    beforeAll(async () => {
      await lab.secretsStore()
      await declare()
    })

    test('the file stays, as the engine said it would', minutes, async () => {
      const rotation = resultOf(await whileRotating(35), 'rotation')
      expect(rotation, JSON.stringify(rotation)).toMatchObject({
        state: 'broken',
        predicted: { is: 'no', link: 'rotation', because: 'the driver does not renew what is mounted' },
      })
    })

    test('a secret that nobody rotates shows nothing, and that is said', minutes, async () => {
      const report = await validated(lab, ['deploy/reader', '-n', namespace, '--joint', 'secrets-store', '--rotation', '5'])
      expect(resultOf(report, 'rotation')?.observed).toEqual({
        is: 'not-observed',
        why: 'the secret did not change while the probe looked',
      })
    })
  })
})
