import type { KubernetesStorageBodies } from '#model/kinds-kubernetes-storage.ts'
import type { Form } from './conform.ts'
import { metadata } from './kubernetes-form-parts.ts'

const snapshotError: Form = { fields: { time: 'text', message: 'text' } }

const syncedSecret: Form = {
  fields: {
    secretName: 'text',
    type: 'text',
    labels: 'labels',
    annotations: 'labels',
    data: { list: { fields: { objectName: 'text', key: 'text', plainValue: 'text' } } },
  },
}

export const storageForms: Readonly<Record<keyof KubernetesStorageBodies, Form>> = {
  'k8s/CSIDriver': {
    fields: {
      metadata,
      spec: {
        fields: {
          attachRequired: 'flag',
          podInfoOnMount: 'flag',
          requiresRepublish: 'flag',
          storageCapacity: 'flag',
          seLinuxMount: 'flag',
          fsGroupPolicy: 'text',
          volumeLifecycleModes: 'texts',
          tokenRequests: { list: { fields: { audience: 'text', expirationSeconds: 'number' } } },
        },
      },
    },
    required: ['spec'],
  },
  'k8s/CSINode': {
    fields: {
      metadata,
      spec: {
        fields: {
          drivers: {
            list: {
              fields: { name: 'text', nodeID: 'text', topologyKeys: 'texts', allocatable: { fields: { count: 'number' } } },
              required: ['name', 'nodeID'],
            },
          },
        },
      },
    },
    required: ['spec'],
  },
  'k8s/PersistentVolume': {
    fields: {
      metadata,
      spec: {
        fields: {
          accessModes: 'texts',
          claimRef: { fields: { namespace: 'text', name: 'text', uid: 'text' } },
          storageClassName: 'text',
          persistentVolumeReclaimPolicy: 'text',
          volumeMode: 'text',
          awsElasticBlockStore: { fields: { volumeID: 'text', fsType: 'text', readOnly: 'flag' }, required: ['volumeID'] },
          csi: {
            fields: { driver: 'text', volumeHandle: 'text', fsType: 'text', readOnly: 'flag', volumeAttributes: 'labels' },
            required: ['driver', 'volumeHandle'],
          },
        },
      },
      status: { fields: { phase: 'text', message: 'text', reason: 'text' } },
    },
  },
  'k8s/PersistentVolumeClaim': {
    fields: {
      metadata,
      spec: {
        fields: {
          accessModes: 'texts',
          storageClassName: 'text',
          volumeName: 'text',
          volumeMode: 'text',
          dataSource: { fields: { apiGroup: 'text', kind: 'text', name: 'text' } },
        },
      },
      status: { fields: { phase: 'text' } },
    },
  },
  'k8s/Secret': { fields: { metadata } },
  'k8s/SecretProviderClass': {
    fields: {
      metadata,
      spec: { fields: { provider: 'text', parameters: 'labels', secretObjects: { list: syncedSecret } } },
      status: { fields: { byPod: { list: { fields: { id: 'text', namespace: 'text' } } } } },
    },
  },
  'k8s/SecretProviderClassPodStatus': {
    fields: {
      metadata,
      status: {
        fields: {
          podName: 'text',
          secretProviderClassName: 'text',
          mounted: 'flag',
          targetPath: 'text',
          objects: { list: { fields: { id: 'text', version: 'text' } } },
        },
      },
    },
  },
  'k8s/StorageClass': {
    fields: {
      metadata,
      provisioner: 'text',
      parameters: 'labels',
      reclaimPolicy: 'text',
      volumeBindingMode: 'text',
      allowVolumeExpansion: 'flag',
      mountOptions: 'texts',
    },
    required: ['provisioner'],
  },
  'k8s/VolumeAttachment': {
    fields: {
      metadata,
      spec: {
        fields: { attacher: 'text', nodeName: 'text', source: { fields: { persistentVolumeName: 'text' } } },
        required: ['attacher', 'nodeName', 'source'],
      },
      status: { fields: { attached: 'flag', attachError: snapshotError, detachError: snapshotError } },
    },
    required: ['spec'],
  },
  'k8s/VolumeSnapshot': {
    fields: {
      metadata,
      spec: {
        fields: {
          source: { fields: { persistentVolumeClaimName: 'text', volumeSnapshotContentName: 'text' } },
          volumeSnapshotClassName: 'text',
        },
        required: ['source'],
      },
      status: {
        fields: { boundVolumeSnapshotContentName: 'text', creationTime: 'text', readyToUse: 'flag', error: snapshotError },
      },
    },
    required: ['spec'],
  },
  'k8s/VolumeSnapshotClass': {
    fields: { metadata, driver: 'text', deletionPolicy: 'text', parameters: 'labels' },
    required: ['driver', 'deletionPolicy'],
  },
  'k8s/VolumeSnapshotContent': {
    fields: {
      metadata,
      spec: {
        fields: {
          volumeSnapshotRef: { fields: { namespace: 'text', name: 'text', uid: 'text' } },
          deletionPolicy: 'text',
          driver: 'text',
          volumeSnapshotClassName: 'text',
          source: { fields: { volumeHandle: 'text', snapshotHandle: 'text' } },
          sourceVolumeMode: 'text',
        },
        required: ['volumeSnapshotRef', 'deletionPolicy', 'driver', 'source'],
      },
      status: {
        fields: { snapshotHandle: 'text', creationTime: 'number', restoreSize: 'number', readyToUse: 'flag', error: snapshotError },
      },
    },
    required: ['spec'],
  },
}
