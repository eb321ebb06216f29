/** How the driver and the provider stand in a cluster. */
interface Installed {
  /** Of the driver. */
  readonly version?: string
  readonly audiences?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
}

const folder = '/var/run/secrets-store-csi-providers'
const namespace = 'kube-system'
const provider = 'csi-secrets-store-provider-aws'

function daemonSet(name: string, annotations: object, spec: object) {
  const labels = { app: name }
  const volumes = [{ name: 'providers', hostPath: { path: folder } }]
  const template = { metadata: { labels }, spec: { tolerations: [{ operator: 'Exists' }], volumes, ...spec } }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace, annotations },
    spec: { selector: { matchLabels: labels }, template },
  }
}

const volumeMounts = [{ name: 'providers', mountPath: folder }]

/** The objects that the add-on aws-secrets-store-csi-driver-provider brings, as far as the joint looks at them. */
export function secretsStoreInstalled({
  version = '1.6.0',
  audiences = ['sts.amazonaws.com', 'pods.eks.amazonaws.com'],
  annotations = {},
}: Installed = {}): readonly object[] {
  const rbac = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: provider }
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: 'secrets-store.csi.k8s.io', annotations },
      spec: {
        podInfoOnMount: true,
        attachRequired: false,
        volumeLifecycleModes: ['Ephemeral'],
        requiresRepublish: true,
        tokenRequests: audiences.map(audience => ({ audience })),
      },
    },
    daemonSet('csi-secrets-store', annotations, {
      containers: [
        {
          name: 'secrets-store',
          image: `registry.k8s.io/csi-secrets-store/driver:v${version}`,
          args: [`--provider-volume=${folder}`, '--enable-secret-rotation=true'],
          volumeMounts,
        },
      ],
    }),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: provider, namespace } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: provider },
      rules: [{ apiGroups: [''], resources: ['serviceaccounts', 'pods', 'nodes'], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: provider },
      roleRef: rbac,
      subjects: [{ kind: 'ServiceAccount', name: provider, namespace }],
    },
    daemonSet(provider, annotations, {
      serviceAccountName: provider,
      containers: [
        { name: 'provider', image: 'public.ecr.aws/aws-secrets-manager/secrets-store-csi-driver-provider-aws:3.1.1', volumeMounts },
      ],
    }),
  ]
}
