/** The controller that the add-on aws-ebs-csi-driver brings, as far as the joint looks at it. */
export const ebsCsiInstalled: readonly object[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ebs-csi-controller-sa', namespace: 'kube-system' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'ebs-csi-controller', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: { app: 'ebs-csi-controller' } },
      template: {
        metadata: { labels: { app: 'ebs-csi-controller' } },
        spec: {
          serviceAccountName: 'ebs-csi-controller-sa',
          containers: [{ name: 'ebs-plugin', image: 'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.60.0' }],
        },
      },
    },
  },
]
