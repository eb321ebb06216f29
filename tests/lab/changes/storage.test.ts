import { EC2Client, GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2'
import { EKSClient, ListAddonsCommand, ListPodIdentityAssociationsCommand } from '@aws-sdk/client-eks'
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  EnableKeyRotationCommand,
  DeleteAliasCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import ebsEncryption from '#joints/ebs-encryption/joint.ts'
import { ebsCsiInstalled } from '../../blueprints/ebs-csi-installed.ts'
import { policyText } from '../iam-principal.ts'
import { describeLab } from '../shared-lab.ts'
import { blueprintRun, type BlueprintRun } from './blueprint-run.ts'

const alias = 'alias/apply-storage'

/** No pod starts in this lab, so the controller is truly not ready; the cluster's own secrets are no matter of a blueprint. */
const leaving = ['ebs-encryption/controller-not-ready', 'ebs-encryption/cluster-secrets-not-encrypted']

describeLab('storage of a blueprint on a live cluster and account', lab => {
  const [ec2, eks, iam, kms] = [new EC2Client(lab.aws()), new EKSClient(lab.aws()), new IAMClient(lab.aws()), new KMSClient(lab.aws())]
  let run: BlueprintRun
  let keyId = ''

  beforeAll(async () => {
    const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${lab.accountId}:root` }, Action: 'kms:*', Resource: '*' }
    keyId = (await kms.send(new CreateKeyCommand({ Policy: policyText([root]) }))).KeyMetadata?.KeyId ?? ''
    await kms.send(new EnableKeyRotationCommand({ KeyId: keyId }))
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }))
    run = blueprintRun(
      lab,
      `cluster: ${lab.clusterName}\nstorage: { class: apply-encrypted, key: ${alias}, default: true, accountDefault: true }\n`,
    )
  })
  afterAll(async () => {
    run.remove()
    await kms.send(new DeleteAliasCommand({ AliasName: alias }))
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
  })

  /** What is there of it, on both sides. */
  async function made(): Promise<object> {
    const { clusterName } = lab
    const found = (error: unknown) => {
      if (error instanceof Error && error.name === 'NoSuchEntityException') return undefined
      throw error
    }
    const [isOn, key, addons, associations, role, classes] = await Promise.all([
      ec2.send(new GetEbsEncryptionByDefaultCommand({})),
      ec2.send(new GetEbsDefaultKmsKeyIdCommand({})),
      eks.send(new ListAddonsCommand({ clusterName })),
      eks.send(new ListPodIdentityAssociationsCommand({ clusterName, namespace: 'kube-system' })),
      iam.send(new GetRoleCommand({ RoleName: `${clusterName}-kube-system-ebs-csi-controller-sa` })).catch(found),
      lab.kubectl('get', 'storageclasses', '-o', 'name'),
    ])
    return {
      encrypts: isOn.EbsEncryptionByDefault,
      key: key.KmsKeyId,
      addon: addons.addons?.includes('aws-ebs-csi-driver') === true,
      association: associations.associations?.some(({ serviceAccount }) => serviceAccount === 'ebs-csi-controller-sa') === true,
      role: role !== undefined,
      class: classes.includes('storageclass.storage.k8s.io/apply-encrypted'),
    }
  }

  test('is made, holds, is planned again to nothing, and undone to nothing', { timeout: 600_000 }, async () => {
    const nothing = { encrypts: false, key: 'alias/aws/ebs', addon: false, association: false, role: false, class: false }
    expect(await made()).toEqual(nothing)
    const steps = await run.plan()
    const done = await run.apply()
    const key = expect.stringContaining(keyId) as string
    expect(await made()).toEqual({ encrypts: true, key, addon: true, association: true, role: true, class: true })
    // EKS would bring these with the add-on; the emulator does not.
    await lab.kubectlApply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ebsCsiInstalled }))
    try {
      expect(await run.scan(ebsEncryption, leaving)).toEqual({ findings: [], unknowns: [] })
      expect(await run.plan()).toEqual([])
    } finally {
      await lab.kubectl('delete', 'deployment/ebs-csi-controller', 'serviceaccount/ebs-csi-controller-sa', '-n', 'kube-system')
    }
    await run.undo(done)
    expect(await made()).toEqual(nothing)
    expect(await run.plan()).toEqual(steps)
  })
})
