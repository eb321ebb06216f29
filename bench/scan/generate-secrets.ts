import { arn, keyArn, mayNotRead, mountsSecrets, namespaceOf, numbered, region, uuid, type WorldSize } from './workload-sorts.ts'

/** Two secrets and a parameter for each workload that mounts them, and as many secrets again that nothing mounts. */
export function generateSecrets(size: WorldSize): readonly object[] {
  const mounting = numbered(size.serviceAccounts, workload => workload).filter(mountsSecrets)
  return [
    driver(),
    ...providerAccess(),
    ...mounting.flatMap(workload => [providerClass(workload), parameter(workload), ...mounted.map(name => secret(workload, name))]),
    ...numbered(mounting.length * mounted.length, index => secret(index, 'unmounted')),
  ]
}

const mounted = ['db', 'tls'] as const
const secretName = (workload: number, name: string): string => `app-${workload}/${name}`
const secretArn = (workload: number, name: string, suffix: string): string =>
  arn('secretsmanager', `secret:${secretName(workload, name)}-${suffix}`)
const versionOf = (workload: number): string => uuid(2, workload)
const keyOf = (workload: number): string => keyArn(workload)

export const secretsVolume = (workload: number): object => ({
  name: 'secrets',
  csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: `app-${workload}` } },
})

export const secretsMount = { name: 'secrets', mountPath: '/var/run/secrets/app', readOnly: true }

/** What the role of a workload has to be allowed so that its secrets are mounted. */
export const secretStatements = (workload: number): object[] => [
  {
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: mounted.filter(name => !mayNotRead(workload) || name !== 'tls').map(name => secretArn(workload, name, '??????')),
  },
  { Effect: 'Allow', Action: 'ssm:GetParameters', Resource: arn('ssm', `parameter/app-${workload}/rates`) },
  {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: keyOf(workload),
    Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
  },
]

/** What the driver writes beside each pod that mounts a class. */
export const podStatus = (pod: string, workload: number, node: string): object => ({
  apiVersion: 'secrets-store.csi.x-k8s.io/v1',
  kind: 'SecretProviderClassPodStatus',
  metadata: {
    name: `${pod}-${namespaceOf(workload)}-app-${workload}`,
    namespace: namespaceOf(workload),
    labels: { 'internal.secrets-store.csi.k8s.io/node-name': node },
  },
  status: {
    mounted: true,
    podName: pod,
    secretProviderClassName: `app-${workload}`,
    objects: [...mounted.map(id => ({ id, version: versionOf(workload) })), { id: 'rates', version: '3' }],
  },
})

const providerClass = (workload: number): object => ({
  apiVersion: 'secrets-store.csi.x-k8s.io/v1',
  kind: 'SecretProviderClass',
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload) },
  spec: {
    provider: 'aws',
    parameters: {
      region,
      objects: [
        ...mounted.map(name => `- objectName: ${secretName(workload, name)}\n  objectType: secretsmanager\n  objectAlias: ${name}\n`),
        `- objectName: /app-${workload}/rates\n  objectType: ssmparameter\n  objectAlias: rates\n`,
      ].join(''),
    },
  },
})

const secret = (workload: number, name: string): object => ({
  kind: 'aws/secretsmanager/Secret',
  ARN: secretArn(workload, name, 'AbCdEf'),
  Name: secretName(workload, name),
  KmsKeyId: keyOf(workload),
  ResourcePolicy: null,
  VersionIdsToStages: { [versionOf(workload)]: ['AWSCURRENT'] },
  LastChangedDate: '2025-11-01T06:30:00.000Z',
})

const parameter = (workload: number): object => ({
  kind: 'aws/ssm/Parameter',
  ARN: arn('ssm', `parameter/app-${workload}/rates`),
  Name: `/app-${workload}/rates`,
  Type: 'String',
  Tier: 'Standard',
  Version: 3,
  DataType: 'text',
  LastModifiedDate: '2025-11-01T06:30:00.000Z',
})

const driver = (): object => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name: 'secrets-store.csi.k8s.io' },
  spec: {
    attachRequired: false,
    podInfoOnMount: true,
    requiresRepublish: true,
    volumeLifecycleModes: ['Ephemeral'],
    tokenRequests: [{ audience: 'sts.amazonaws.com' }, { audience: 'pods.eks.amazonaws.com' }],
  },
})

const providerName = 'csi-secrets-store-provider-aws'

const providerAccess = (): object[] => [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: providerName },
    rules: [{ apiGroups: [''], resources: ['serviceaccounts', 'pods', 'nodes'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: providerName },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: providerName },
    subjects: [{ kind: 'ServiceAccount', name: providerName, namespace: 'kube-system' }],
  },
]
