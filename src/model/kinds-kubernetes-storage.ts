import type {
  V1CSIDriver,
  V1CSINode,
  V1CSINodeSpec,
  V1ObjectMeta,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1StorageClass,
  V1VolumeAttachment,
} from '@kubernetes/client-node'
import type { KindTable, Named, Namespaced } from './kubernetes-kind-facts.ts'

/**
 * A Secret without what it holds: neither `data` nor `stringData`, nor `type`, which the API server gives with them alone. Of its annotations
 * only those of `kubernetes.io/` itself are kept: tools like kubectl repeat the whole object in theirs.
 */
interface SecretMetadata {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: V1ObjectMeta
}

/** https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/main/apis/v1/secretproviderclass_types.go */
interface SecretProviderClass {
  readonly metadata?: V1ObjectMeta
  readonly spec?: {
    readonly provider?: string
    readonly parameters?: Readonly<Record<string, string>>
    readonly secretObjects?: readonly SyncedSecret[]
  }
  readonly status?: { readonly byPod?: readonly { readonly id?: string; readonly namespace?: string }[] }
}

interface SyncedSecret {
  readonly secretName?: string
  readonly type?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly data?: readonly { readonly objectName?: string; readonly key?: string; readonly plainValue?: string }[]
}

/** What the driver mounted into one pod: names and versions. */
interface SecretProviderClassPodStatus {
  readonly metadata?: V1ObjectMeta
  readonly status?: {
    readonly podName?: string
    readonly secretProviderClassName?: string
    readonly mounted?: boolean
    readonly targetPath?: string
    readonly objects?: readonly { readonly id?: string; readonly version?: string }[]
  }
}

interface SnapshotError {
  readonly time?: string
  readonly message?: string
}

/** https://github.com/kubernetes-csi/external-snapshotter/blob/master/client/apis/volumesnapshot/v1/types.go */
interface VolumeSnapshot {
  readonly metadata?: V1ObjectMeta
  readonly spec: {
    /** One of the two. */
    readonly source: { readonly persistentVolumeClaimName?: string; readonly volumeSnapshotContentName?: string }
    readonly volumeSnapshotClassName?: string
  }
  readonly status?: {
    readonly boundVolumeSnapshotContentName?: string
    readonly creationTime?: string
    readonly readyToUse?: boolean
    readonly restoreSize?: string
    readonly error?: SnapshotError
    readonly volumeGroupSnapshotName?: string
  }
}

interface VolumeSnapshotClass {
  readonly metadata?: V1ObjectMeta
  readonly driver: string
  readonly parameters?: Readonly<Record<string, string>>
  /** `Delete` or `Retain`. */
  readonly deletionPolicy: string
}

interface VolumeSnapshotContent {
  readonly metadata?: V1ObjectMeta
  readonly spec: {
    readonly volumeSnapshotRef: { readonly name?: string; readonly namespace?: string; readonly uid?: string }
    readonly deletionPolicy: string
    readonly driver: string
    readonly volumeSnapshotClassName?: string
    /** One of the two: an EBS volume, or a snapshot that was there before. */
    readonly source: { readonly volumeHandle?: string; readonly snapshotHandle?: string }
    readonly sourceVolumeMode?: string
  }
  readonly status?: {
    readonly snapshotHandle?: string
    /** Nanoseconds since 1970. */
    readonly creationTime?: number
    /** Bytes. */
    readonly restoreSize?: number
    readonly readyToUse?: boolean
    readonly error?: SnapshotError
    readonly volumeGroupSnapshotHandle?: string
  }
}

export interface KubernetesStorageBodies {
  'k8s/CSIDriver': Named<V1CSIDriver>
  /** Without drivers: Go writes none as null, which reading leaves out. */
  'k8s/CSINode': Named<Omit<V1CSINode, 'spec'> & { spec: Partial<V1CSINodeSpec> }>
  'k8s/PersistentVolume': Named<V1PersistentVolume>
  'k8s/PersistentVolumeClaim': Namespaced<V1PersistentVolumeClaim>
  'k8s/Secret': Namespaced<SecretMetadata>
  'k8s/SecretProviderClass': Namespaced<SecretProviderClass>
  'k8s/SecretProviderClassPodStatus': Namespaced<SecretProviderClassPodStatus>
  'k8s/StorageClass': Named<V1StorageClass>
  'k8s/VolumeAttachment': Named<V1VolumeAttachment>
  'k8s/VolumeSnapshot': Namespaced<VolumeSnapshot>
  'k8s/VolumeSnapshotClass': Named<VolumeSnapshotClass>
  'k8s/VolumeSnapshotContent': Named<VolumeSnapshotContent>
}

const core = { group: '', version: 'v1' }
const storage = { group: 'storage.k8s.io', version: 'v1', namespaced: false }
const snapshot = { group: 'snapshot.storage.k8s.io', version: 'v1', custom: true } as const
// v1alpha1 has the same fields: its objects are the same ones. https://secrets-store-csi-driver.sigs.k8s.io/concepts
const secretsStore = {
  group: 'secrets-store.csi.x-k8s.io',
  version: 'v1',
  alsoIn: ['v1alpha1'],
  namespaced: true,
  custom: true,
} as const

/** `payments/db`, when there is a name. */
const within = (namespace: string | undefined, name: string | undefined) => (name === undefined ? undefined : `${namespace ?? ''}/${name}`)

export const kubernetesStorageKinds: KindTable<KubernetesStorageBodies> = {
  'k8s/CSIDriver': { ...storage, plural: 'csidrivers' },
  'k8s/CSINode': { ...storage, plural: 'csinodes' },
  'k8s/PersistentVolume': {
    ...core,
    plural: 'persistentvolumes',
    namespaced: false,
    indexes: {
      claim: ({ spec }) => within(spec?.claimRef?.namespace, spec?.claimRef?.name),
      storageClass: ({ spec }) => spec?.storageClassName,
      /** `vol-0abc…` of CSI volumes; `aws://eu-west-1a/vol-0abc…` of those that are older. */
      volumeHandle: ({ spec }) => spec?.csi?.volumeHandle ?? spec?.awsElasticBlockStore?.volumeID,
    },
  },
  'k8s/PersistentVolumeClaim': {
    ...core,
    plural: 'persistentvolumeclaims',
    namespaced: true,
    indexes: { storageClass: ({ spec }) => spec?.storageClassName, volume: ({ spec }) => spec?.volumeName },
  },
  // RBAC cannot tell reading metadata from reading values: `list` on secrets allows both. Whatever needs this kind makes every scanner able to
  // read every Secret, so a check that can do without it (a missing Secret shows in the pod's status and events) must.
  'k8s/Secret': { ...core, plural: 'secrets', namespaced: true, metadataOnly: true },
  'k8s/SecretProviderClass': { ...secretsStore, plural: 'secretproviderclasses' },
  'k8s/SecretProviderClassPodStatus': {
    ...secretsStore,
    plural: 'secretproviderclasspodstatuses',
    indexes: {
      pod: ({ metadata, status }) => within(metadata.namespace, status?.podName),
      secretProviderClass: ({ metadata, status }) => within(metadata.namespace, status?.secretProviderClassName),
    },
  },
  'k8s/StorageClass': { ...storage, plural: 'storageclasses', indexes: { provisioner: body => body.provisioner } },
  'k8s/VolumeAttachment': {
    ...storage,
    plural: 'volumeattachments',
    indexes: { node: ({ spec }) => spec.nodeName, volume: ({ spec }) => spec.source.persistentVolumeName },
  },
  'k8s/VolumeSnapshot': {
    ...snapshot,
    plural: 'volumesnapshots',
    namespaced: true,
    indexes: {
      claim: ({ metadata, spec }) => within(metadata.namespace, spec.source.persistentVolumeClaimName),
      content: ({ status }) => status?.boundVolumeSnapshotContentName,
    },
  },
  'k8s/VolumeSnapshotClass': { ...snapshot, plural: 'volumesnapshotclasses', namespaced: false, indexes: { driver: body => body.driver } },
  'k8s/VolumeSnapshotContent': {
    ...snapshot,
    plural: 'volumesnapshotcontents',
    namespaced: false,
    indexes: {
      snapshot: ({ spec: { volumeSnapshotRef } }) => within(volumeSnapshotRef.namespace, volumeSnapshotRef.name),
      snapshotHandle: ({ spec, status }) => status?.snapshotHandle ?? spec.source.snapshotHandle,
    },
  },
}
