import { defineJoint } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import classInvalid from './class-invalid/check.ts'
import classMissing from './class-missing/check.ts'
import classUnused from './class-unused/check.ts'
import clusterStoreOpenToAll from './cluster-store-open-to-all/check.ts'
import computeUnsupported from './compute-unsupported/check.ts'
import defaultKeyAcrossAccounts from './default-key-across-accounts/check.ts'
import describeDeniedForRotation from './describe-denied-for-rotation/check.ts'
import driverAbsentOnNode from './driver-absent-on-node/check.ts'
import driverLogsTokens from './driver-logs-tokens/check.ts'
import driverMissing from './driver-missing/check.ts'
import externalKeyMissing from './external-key-missing/check.ts'
import externalSecretNotSynced from './external-secret-not-synced/check.ts'
import externalSecretTargetShared from './external-secret-target-shared/check.ts'
import fileNameHasSlash from './file-name-has-slash/check.ts'
import fileNamesCollide from './file-names-collide/check.ts'
import identityMissing from './identity-missing/check.ts'
import identityModeDiffers from './identity-mode-differs/check.ts'
import installedTwice from './installed-twice/check.ts'
import keyNotUsable from './key-not-usable/check.ts'
import keyUnusable from './key-unusable/check.ts'
import mountedVersionStale from './mounted-version-stale/check.ts'
import parameterMissing from './parameter-missing/check.ts'
import providerAbsentOnNode from './provider-absent-on-node/check.ts'
import providerAccountUnbound from './provider-account-unbound/check.ts'
import providerFolderDiffers from './provider-folder-differs/check.ts'
import providerMakesTokens from './provider-makes-tokens/check.ts'
import providerMissing from './provider-missing/check.ts'
import readDenied from './read-denied/check.ts'
import refreshTooSeldom from './refresh-too-seldom/check.ts'
import regionUnknown from './region-unknown/check.ts'
import replicaFailed from './replica-failed/check.ts'
import roleReadsUnmountedSecrets from './role-reads-unmounted-secrets/check.ts'
import roleRefusesProvider from './role-refuses-provider/check.ts'
import rotationFailing from './rotation-failing/check.ts'
import rotationIntervalTooLong from './rotation-interval-too-long/check.ts'
import rotationOff from './rotation-off/check.ts'
import rotationRbacLeftOver from './rotation-rbac-left-over/check.ts'
import secretMissing from './secret-missing/check.ts'
import secretScheduledForDeletion from './secret-scheduled-for-deletion/check.ts'
import secretVersionMissing from './secret-version-missing/check.ts'
import serviceConnectionDenied from './service-connection-denied/check.ts'
import serviceUnreachable from './service-unreachable/check.ts'
import storeIdentityMissing from './store-identity-missing/check.ts'
import storeKeyNotUsable from './store-key-not-usable/check.ts'
import storeMissing from './store-missing/check.ts'
import storeNotReady from './store-not-ready/check.ts'
import storeReadDenied from './store-read-denied/check.ts'
import storeRefusesNamespace from './store-refuses-namespace/check.ts'
import storeSessionRefused from './store-session-refused/check.ts'
import storedSecretMissing from './stored-secret-missing/check.ts'
import subPathNotMounted from './sub-path-not-mounted/check.ts'
import syncNotPermitted from './sync-not-permitted/check.ts'
import syncedKeyMissing from './synced-key-missing/check.ts'
import syncedSecretIncomplete from './synced-secret-incomplete/check.ts'
import syncedSecretMadeTwice from './synced-secret-made-twice/check.ts'
import syncedSecretNotMounted from './synced-secret-not-mounted/check.ts'
import tokenNotRequested from './token-not-requested/check.ts'
import updateNotNoticed from './update-not-noticed/check.ts'
import valuePathInvalid from './value-path-invalid/check.ts'
import versionPinned from './version-pinned/check.ts'
import volumeIncomplete from './volume-incomplete/check.ts'
import wholeSecretMounted from './whole-secret-mounted/check.ts'
import { storeKinds } from './secret-stores.ts'
import { secretsStoreStarts } from './starts.ts'

export default defineJoint({
  id: 'secrets-store',
  title: 'Secrets Store CSI driver, External Secrets',
  reads: [
    ...workloadKinds,
    ...storeKinds,
    'k8s/CSIDriver',
    'k8s/ExternalSecret',
    'k8s/Node',
    'k8s/SecretProviderClass',
    'k8s/ServiceAccount',
    'aws/eks/Cluster',
  ],
  links: [
    { id: 'volume', title: 'volume', checks: [volumeIncomplete] },
    { id: 'compute', title: 'compute', checks: [computeUnsupported] },
    { id: 'driver', title: 'driver', checks: [driverMissing, driverAbsentOnNode] },
    { id: 'provider', title: 'provider', checks: [providerMissing, providerAbsentOnNode, providerFolderDiffers, providerAccountUnbound] },
    { id: 'class', title: 'SecretProviderClass', checks: [classMissing, classInvalid, regionUnknown] },
    { id: 'store', title: 'SecretStore', checks: [storeMissing, storeRefusesNamespace] },
    {
      id: 'identity',
      title: 'identity',
      checks: [identityMissing, identityModeDiffers, roleRefusesProvider, storeIdentityMissing, storeSessionRefused, storeNotReady],
    },
    { id: 'token', title: 'token', checks: [tokenNotRequested] },
    { id: 'network', title: 'network to AWS', checks: [serviceUnreachable, serviceConnectionDenied] },
    {
      id: 'secret',
      title: 'secret',
      checks: [secretMissing, parameterMissing, secretScheduledForDeletion, secretVersionMissing, storedSecretMissing],
    },
    { id: 'permission', title: 'permission', checks: [readDenied, storeReadDenied] },
    { id: 'key', title: 'key', checks: [defaultKeyAcrossAccounts, keyUnusable, keyNotUsable, storeKeyNotUsable] },
    { id: 'files', title: 'files', checks: [valuePathInvalid, fileNameHasSlash, fileNamesCollide, subPathNotMounted] },
    {
      id: 'synced-secret',
      title: 'synced Secret',
      checks: [
        syncedSecretIncomplete,
        syncNotPermitted,
        syncedKeyMissing,
        syncedSecretNotMounted,
        externalSecretNotSynced,
        externalKeyMissing,
      ],
    },
    {
      id: 'rotation',
      title: 'rotation',
      checks: [rotationOff, describeDeniedForRotation, versionPinned, rotationIntervalTooLong, refreshTooSeldom],
    },
    { id: 'version', title: 'mounted version', checks: [mountedVersionStale] },
    { id: 'notice', title: 'application', checks: [updateNotNoticed] },
  ],
  safe: [
    installedTwice,
    roleReadsUnmountedSecrets,
    wholeSecretMounted,
    syncedSecretMadeTwice,
    replicaFailed,
    rotationFailing,
    driverLogsTokens,
    providerMakesTokens,
    rotationRbacLeftOver,
    classUnused,
    clusterStoreOpenToAll,
    externalSecretTargetShared,
  ],

  starts: secretsStoreStarts,
})
