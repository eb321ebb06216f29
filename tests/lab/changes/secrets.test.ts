import { readFile } from 'node:fs/promises'
import { DescribeAddonCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, test } from 'vitest'
import secretsStore from '#joints/secrets-store/joint.ts'
import { secretsStoreInstalled } from '../../blueprints/secrets-store-installed.ts'
import { apply, deployment, namespaceOf, serviceAccount } from '../irsa/workloads.ts'
import { describeLab } from '../shared-lab.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'

const namespace = 'apply-mounts'
const addonName = 'aws-secrets-store-csi-driver-provider'

describeLab('mounts of a blueprint on a live cluster and account', lab => {
  const [secrets, kms, eks] = [new SecretsManagerClient(lab.aws()), new KMSClient(lab.aws()), new EKSClient(lab.aws())]
  let run: BlueprintRun
  let keyId = ''

  beforeAll(async () => {
    keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
    await secrets.send(new CreateSecretCommand({ Name: 'apply-mounts/db', SecretString: 'of no interest', KmsKeyId: keyId }))
    // The add-on brings the kinds; the emulator does not, and before they exist nothing can be made of them.
    await lab.kubectlApply(await readFile(new URL('../crds/secrets-store.csi.x-k8s.io.yaml', import.meta.url), 'utf8'))
    await lab.kubectl('wait', '--for=condition=Established', 'crd/secretproviderclasses.secrets-store.csi.x-k8s.io')
    await apply(lab, [namespaceOf(namespace), serviceAccount(namespace, 'api'), deployment(namespace, 'api', 'api')])
    run = blueprintRun(
      lab,
      `cluster: ${lab.clusterName}\nworkloads:\n  ${namespace}/api:\n    identity: pod-identity\n    mounts: { apply-mounts/db: /var/run/secrets/db }\n`,
    )
  })
  afterAll(async () => {
    run.remove()
    await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
    await secrets.send(new DeleteSecretCommand({ SecretId: 'apply-mounts/db', ForceDeleteWithoutRecovery: true }))
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
  })

  const addon = () =>
    eks.send(new DescribeAddonCommand({ clusterName: lab.clusterName, addonName })).then(
      ({ addon: found }) => found?.configurationValues,
      (error: unknown) => {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
        throw error
      },
    )
  const template = async () =>
    JSON.parse(await lab.kubectl('get', 'deployment', 'api', '-n', namespace, '-o', 'json')) as {
      readonly spec: { readonly template: { readonly metadata: object } }
    }
  const classes = () => lab.kubectl('get', 'secretproviderclasses', '-n', namespace, '-o', 'name')
  const installed = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: secretsStoreInstalled() })

  test('are made, hold, are planned again to nothing, and undone to nothing', { timeout: 600_000 }, async () => {
    const before = (await template()).spec.template
    const steps = await run.plan()
    expect(steps).toContain(`install add-on ${addonName}`)
    const done = await run.apply()
    expect(JSON.parse((await addon()) ?? '')).toEqual({ 'secrets-store-csi-driver': { enableSecretRotation: true } })
    // EKS would bring these with the add-on; the emulator does not.
    await lab.kubectlApply(installed)
    try {
      expect(await run.scan(secretsStore)).toEqual({ findings: [], unknowns: [] })
      // Nothing here injects what EKS Pod Identity gives to new pods.
      expect(await run.plan()).toEqual([`replace the pods of deploy/api in ${namespace}`])
    } finally {
      await lab.kubectl(
        'delete',
        '--ignore-not-found',
        'daemonset/csi-secrets-store',
        'daemonset/csi-secrets-store-provider-aws',
        'serviceaccount/csi-secrets-store-provider-aws',
        '-n',
        'kube-system',
      )
      await lab.kubectl(
        'delete',
        '--ignore-not-found',
        'csidriver/secrets-store.csi.k8s.io',
        'clusterrole/csi-secrets-store-provider-aws',
        'clusterrolebinding/csi-secrets-store-provider-aws',
      )
    }
    await run.undo(done)
    expect(await addon()).toBeUndefined()
    expect(await classes()).toBe('')
    // Its pods were replaced, which leaves a mark as kubectl rollout restart does.
    const marked = { ...before.metadata, annotations: { 'mortise/restarted-at-version': expect.any(String) as string } }
    expect((await template()).spec.template).toEqual({ ...before, metadata: marked })
    expect(await run.plan()).toEqual(steps)
  })
})
