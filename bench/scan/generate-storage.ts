import {
  account,
  arn,
  clusterArn,
  clusterName,
  hex,
  instanceId,
  isNotEncrypted,
  keyArn,
  namespaceOf,
  nodeName,
  nodesOf,
  numbered,
  region,
  roleArn,
  zoneOf,
  type WorldSize,
} from './workload-sorts.ts'

const driverName = 'ebs.csi.aws.com'
const classes = 5

/** StorageClasses with keys, the driver's controller and its role, and on each node what the drivers registered. Volumes come with their pods. */
export const generateStorage = (size: WorldSize): readonly object[] => [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: driverName },
    spec: { attachRequired: true, podInfoOnMount: false },
  },
  ...numbered(classes, storageClass),
  ...numbered(nodesOf(size), csiNode),
  controller(),
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: controllerName, namespace: 'kube-system' } },
  {
    kind: 'aws/eks/PodIdentityAssociation',
    associationArn: arn('eks', `podidentityassociation/${clusterName}/a-ebscsi`),
    associationId: 'a-ebscsi',
    clusterName,
    namespace: 'kube-system',
    serviceAccount: controllerName,
    roleArn: roleArn('ebs-csi'),
    createdAt: '2025-03-05T08:00:00.000Z',
  },
  role(),
  {
    kind: 'aws/ec2/EbsEncryptionByDefault',
    account,
    region,
    EbsEncryptionByDefault: true,
    KmsKeyId: 'alias/aws/ebs',
  },
]

export const claimTemplate = (workload: number): object => ({
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: className(workload), resources: { requests: { storage: '20Gi' } } },
})

export const claimVolume = (pod: string): object => ({ name: 'data', persistentVolumeClaim: { claimName: `data-${pod}` } })
export const claimMount = { name: 'data', mountPath: '/data' }

/** The claim of one pod of a StatefulSet, its volume on both sides, and the attachment. */
export function volumeOfPod(pod: string, index: number, workload: number, node: number): readonly object[] {
  const name = `pvc-${hex(index, 8)}`
  const volumeId = `vol-${hex(index)}`
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: `data-${pod}`, namespace: namespaceOf(workload) },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: className(workload),
        volumeName: name,
        resources: { requests: { storage: '20Gi' } },
      },
      status: { phase: 'Bound' },
    },
    persistentVolume(name, volumeId, `data-${pod}`, workload),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name: `csi-${hex(index)}` },
      spec: { attacher: driverName, nodeName: nodeName(node), source: { persistentVolumeName: name } },
      status: { attached: true },
    },
    volume(name, volumeId, workload, node),
  ]
}

const className = (workload: number): string => `encrypted-${workload % classes}`
const controllerName = 'ebs-csi-controller-sa'

const storageClass = (index: number): object => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: className(index), creationTimestamp: '2025-03-05T08:00:00Z' },
  provisioner: driverName,
  parameters: { type: 'gp3', encrypted: 'true', kmsKeyId: keyArn(index) },
  volumeBindingMode: 'WaitForFirstConsumer',
  reclaimPolicy: 'Delete',
})

const persistentVolume = (name: string, volumeHandle: string, claim: string, workload: number): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, creationTimestamp: '2025-06-02T09:00:00Z', annotations: { 'pv.kubernetes.io/provisioned-by': driverName } },
  spec: {
    capacity: { storage: '20Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: className(workload),
    persistentVolumeReclaimPolicy: 'Delete',
    claimRef: { namespace: namespaceOf(workload), name: claim },
    csi: { driver: driverName, volumeHandle },
  },
})

const volume = (name: string, VolumeId: string, workload: number, node: number): object => ({
  kind: 'aws/ec2/Volume',
  Arn: arn('ec2', `volume/${VolumeId}`),
  VolumeId,
  State: 'in-use',
  AvailabilityZone: zoneOf(node),
  Size: 20,
  VolumeType: 'gp3',
  ...(isNotEncrypted(workload) ? { Encrypted: false } : { Encrypted: true, KmsKeyId: keyArn(workload % classes) }),
  Attachments: [{ InstanceId: instanceId(node), State: 'attached' }],
  Tags: [
    { Key: 'ebs.csi.aws.com/cluster', Value: 'true' },
    { Key: `kubernetes.io/cluster/${clusterName}`, Value: 'owned' },
    { Key: 'kubernetes.io/created-for/pv/name', Value: name },
  ],
})

const csiNode = (index: number): object => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSINode',
  metadata: { name: nodeName(index) },
  spec: {
    drivers: [
      { name: 'secrets-store.csi.k8s.io', nodeID: nodeName(index), topologyKeys: [] },
      { name: driverName, nodeID: instanceId(index), topologyKeys: ['topology.ebs.csi.aws.com/zone'], allocatable: { count: 25 } },
    ],
  },
})

const controller = (): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'ebs-csi-controller', namespace: 'kube-system', labels: { app: 'ebs-csi-controller' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'ebs-csi-controller' } },
    template: {
      metadata: { labels: { app: 'ebs-csi-controller' } },
      spec: {
        serviceAccountName: controllerName,
        containers: [
          {
            name: 'ebs-plugin',
            image: 'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.60.0',
            args: ['controller', `--k8s-tag-cluster-id=${clusterName}`],
          },
        ],
      },
    },
  },
  status: { replicas: 2, readyReplicas: 2, availableReplicas: 2 },
})

function role(): object {
  const keys = numbered(classes, keyArn)
  const volumes = 'arn:aws:ec2:*:*:volume/*'
  const allow = (Action: string | string[], Resource: string | string[], Condition?: object): object => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  })
  return {
    kind: 'aws/iam/Role',
    Arn: roleArn('ebs-csi'),
    RoleName: 'ebs-csi',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'pods.eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: {
            StringEquals: {
              'aws:RequestTag/eks-cluster-arn': clusterArn,
              'aws:RequestTag/kubernetes-namespace': 'kube-system',
              'aws:RequestTag/kubernetes-service-account': controllerName,
            },
          },
        },
      ],
    },
    RolePolicyList: [
      {
        PolicyName: 'volumes',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            allow(['ec2:DescribeAvailabilityZones', 'ec2:DescribeInstances', 'ec2:DescribeSnapshots', 'ec2:DescribeVolumes'], '*'),
            allow('ec2:CreateVolume', volumes, { StringEquals: { 'aws:RequestTag/ebs.csi.aws.com/cluster': 'true' } }),
            allow(['ec2:AttachVolume', 'ec2:DetachVolume', 'ec2:DeleteVolume'], volumes, {
              StringEquals: { 'ec2:ResourceTag/ebs.csi.aws.com/cluster': 'true' },
            }),
            allow(['ec2:AttachVolume', 'ec2:DetachVolume'], 'arn:aws:ec2:*:*:instance/*'),
            allow(['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:DescribeKey'], keys, {
              StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` },
            }),
            allow('kms:CreateGrant', keys, { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
          ],
        },
      },
    ],
    AttachedManagedPolicies: [],
    InstanceProfileList: [],
  }
}
