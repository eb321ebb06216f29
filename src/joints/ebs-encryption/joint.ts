import { accessKinds } from '#joints/access.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import attachmentFailing from './attachment-failing/check.ts'
import claimClassMissing from './claim-class-missing/check.ts'
import claimMissing from './claim-missing/check.ts'
import claimNotProvisioned from './claim-not-provisioned/check.ts'
import classBindsImmediately from './class-binds-immediately/check.ts'
import classDriverMissing from './class-driver-missing/check.ts'
import classEncryptedIgnored from './class-encrypted-ignored/check.ts'
import classKeyMalformed from './class-key-malformed/check.ts'
import classKeyMissing from './class-key-missing/check.ts'
import classNotEncrypted from './class-not-encrypted/check.ts'
import classParametersInvalid from './class-parameters-invalid/check.ts'
import clusterKeyDeniesClusterRole from './cluster-key-denies-cluster-role/check.ts'
import clusterKeyUnusable from './cluster-key-unusable/check.ts'
import clusterSecretsNotEncrypted from './cluster-secrets-not-encrypted/check.ts'
import controllerHasNoSession from './controller-has-no-session/check.ts'
import controllerKeyAccessTooWide from './controller-key-access-too-wide/check.ts'
import controllerNotReady from './controller-not-ready/check.ts'
import controllerPredatesPodIdentity from './controller-predates-pod-identity/check.ts'
import ec2ConnectionDenied from './ec2-connection-denied/check.ts'
import ec2Unreachable from './ec2-unreachable/check.ts'
import encryptionByDefaultOff from './encryption-by-default-off/check.ts'
import keyDeniesController from './key-denies-controller/check.ts'
import keyNotRotated from './key-not-rotated/check.ts'
import keyUnusable from './key-unusable/check.ts'
import nodeAttachmentsFull from './node-attachments-full/check.ts'
import nodeDriverMissing from './node-driver-missing/check.ts'
import nodeKeyDeniesAutoScaling from './node-key-denies-auto-scaling/check.ts'
import nodeVolumeKeyUnusable from './node-volume-key-unusable/check.ts'
import snapshotFailed from './snapshot-failed/check.ts'
import snapshotNotEncrypted from './snapshot-not-encrypted/check.ts'
import snapshotPublic from './snapshot-public/check.ts'
import nodeVolumeNotEncrypted from './node-volume-not-encrypted/check.ts'
import { ebsStarts } from './starts.ts'
import volumeActionDenied from './volume-action-denied/check.ts'
import volumeCreationDenied from './volume-creation-denied/check.ts'
import volumeGrantMissing from './volume-grant-missing/check.ts'
import volumeKeyDiffers from './volume-key-differs/check.ts'
import volumeMissing from './volume-missing/check.ts'
import volumeNotEncrypted from './volume-not-encrypted/check.ts'
import volumeOrphaned from './volume-orphaned/check.ts'

export default defineJoint({
  id: 'ebs-encryption',
  title: 'EBS volume encryption',
  reads: [
    ...workloadKinds,
    ...mechanismKinds,
    ...accessKinds,
    'aws/ec2/Volume',
    'k8s/PersistentVolume',
    'k8s/PersistentVolumeClaim',
    'k8s/StorageClass',
    'k8s/VolumeAttachment',
    'k8s/VolumeSnapshot',
    'k8s/VolumeSnapshotContent',
  ],
  links: [
    { id: 'claim', title: 'claim', checks: [claimMissing, claimClassMissing] },
    { id: 'class', title: 'StorageClass', checks: [classParametersInvalid, classEncryptedIgnored, classNotEncrypted] },
    { id: 'driver', title: 'driver', checks: [classDriverMissing, controllerNotReady, nodeDriverMissing] },
    {
      id: 'identity',
      title: 'identity',
      checks: [controllerPredatesPodIdentity, controllerHasNoSession, ec2Unreachable, ec2ConnectionDenied],
    },
    { id: 'permission', title: 'permission', checks: [volumeCreationDenied, volumeActionDenied] },
    { id: 'key', title: 'key', checks: [classKeyMalformed, classKeyMissing, keyUnusable, keyDeniesController] },
    { id: 'volume', title: 'volume', checks: [volumeMissing, volumeNotEncrypted, volumeKeyDiffers, claimNotProvisioned] },
    { id: 'attachment', title: 'attachment', checks: [attachmentFailing] },
    { id: 'snapshot', title: 'snapshots', checks: [snapshotFailed, snapshotNotEncrypted] },
  ],
  safe: [
    // Whatever else is broken, what lies unencrypted is told.
    volumeNotEncrypted,
    volumeKeyDiffers,
    volumeGrantMissing,
    controllerKeyAccessTooWide,
    encryptionByDefaultOff,
    keyNotRotated,
    classBindsImmediately,
    nodeAttachmentsFull,
    volumeOrphaned,
    snapshotPublic,
    nodeVolumeKeyUnusable,
    nodeKeyDeniesAutoScaling,
    nodeVolumeNotEncrypted,
    clusterSecretsNotEncrypted,
    clusterKeyUnusable,
    clusterKeyDeniesClusterRole,
  ],

  starts: ebsStarts,
})
