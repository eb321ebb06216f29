import { join } from 'node:path'
import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeStorage, namespace, type Made } from '../ebs-encryption/make-storage.ts'
import { apply, deployment } from '../irsa/workloads.ts'
import { importImage, programImage } from '../node/images.ts'
import { pause } from '../node/programs.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { provision } from './provisioner.ts'
import { remains, validated, type ReportedResult } from './run-validate.ts'

/** No EBS driver can be had here: the test provisions as its controller does, in the emulated EC2. Nothing is attached or mounted. */
describeNode('validate of EBS encryption', lab => {
  let made: Made
  beforeAll(async () => {
    await installProbe(lab)
    // Under the driver's name something that only runs: its controller is then ready.
    await importImage({
      image: programImage(pause, 'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.60.0'),
      directory: join(lab.runDirectory, 'node'),
      log: join(lab.runDirectory, 'log', 'images.log'),
      awsEndpoint: lab.node.awsEndpoint,
    })
    await lab.installWebhook()
    made = await makeStorage(lab, [])
    await lab.kubectl('rollout', 'status', 'deployment/ebs-csi-controller', '-n', 'kube-system', '--timeout=60s')
    const volumes = (storageClassName: string) => {
      const spec = { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } }
      return { spec: { volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec } } }] } }
    }
    const storageClass = (name: string, parameters: object, reclaimPolicy = 'Delete') => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: `validate-${name}`, labels: { lab: 'ebs' } },
      provisioner: 'ebs.csi.aws.com',
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy,
      parameters,
    })
    await apply(lab, [
      // Nothing here attaches volumes either: the kubelet then asks at once for the driver, which it does not find.
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIDriver',
        metadata: { name: 'ebs.csi.aws.com', labels: { lab: 'ebs' } },
        spec: { attachRequired: false },
      },
      storageClass('used', { kmsKeyId: made.keys.used }),
      storageClass('plain', {}),
      storageClass('kept', { kmsKeyId: made.keys.used }, 'Retain'),
      ...['used', 'plain', 'kept'].map(name => deployment(namespace, `on-${name}`, 'default', volumes(`validate-${name}`), 0)),
    ])
  })
  afterAll(async () => {
    await Promise.all([made.undo(), lab.removeWebhook()])
    await lab.kubectl('delete', 'csidriver', 'ebs.csi.aws.com')
  })

  async function tried(name: string, encryption: { readonly Encrypted?: boolean; readonly KmsKeyId?: string }) {
    const provisioner = provision(lab, namespace, encryption)
    try {
      return await validated(lab, [`deploy/on-${name}`, '-n', namespace, '--joint', 'ebs-encryption'])
    } finally {
      await provisioner.stop()
    }
  }
  const minutes = { timeout: 240_000 }
  const summed = (results: readonly ReportedResult[] = []) =>
    Object.fromEntries(results.map(({ id, predicted, observed, state }) => [id, `${predicted.is} ${observed.is} ${state}`]))

  test('a claim is bound, its volume has the key of the class, and that nothing is mounted here is said', minutes, async () => {
    const [probe] = (await tried('used', { Encrypted: true, KmsKeyId: made.keys.used })).probes
    expect(summed(probe?.results), JSON.stringify(probe?.results)).toMatchObject({
      // What the controller's calls may fall back to is not known before.
      bound: 'unknown yes not-predicted',
      encrypted: 'unknown yes not-predicted',
      // Of the key of a volume the emulated EC2 tells nothing.
      key: 'unknown not-observed not-observed',
      mounted: 'unknown not-observed not-observed',
    })
    expect(await remains(lab)).toBe('')
  })

  test('a class without encryption: predicted and seen in EC2', minutes, async () => {
    const [probe] = (await tried('plain', {})).probes
    const encrypted = probe?.results.find(({ id }) => id === 'encrypted')
    expect(encrypted, JSON.stringify(encrypted)).toMatchObject({
      state: 'broken',
      predicted: { is: 'no', check: 'ebs-encryption/class-not-encrypted' },
      observed: { text: 'Encrypted is false' },
    })
  })

  test('a volume that is not encrypted although its class asks for it is broken, whatever could be predicted', minutes, async () => {
    const [probe] = (await tried('used', {})).probes
    const encrypted = probe?.results.find(({ id }) => id === 'encrypted')
    expect(encrypted).toMatchObject({ state: 'broken', observed: { is: 'no', text: 'Encrypted is false' } })
  })

  describe('of a class whose volumes stay', () => {
    test('nothing is tried, since it would leave a volume behind', async () => {
      const volumes = async () => (await new EC2Client(lab.aws()).send(new DescribeVolumesCommand({}))).Volumes?.length
      const before = await volumes()
      await expect(validated(lab, ['deploy/on-kept', '-n', namespace, '--joint', 'ebs-encryption'])).rejects.toThrow(/outlive their claims/)
      expect(await volumes()).toBe(before)
    })
  })
})
