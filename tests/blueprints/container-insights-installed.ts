const namespace = 'amazon-cloudwatch'

function daemonSet(name: string, image: string) {
  const labels = { 'k8s-app': name }
  const spec = { serviceAccountName: 'cloudwatch-agent', tolerations: [{ operator: 'Exists' }], containers: [{ name: 'main', image }] }
  const template = { metadata: { labels }, spec }
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name, namespace }, spec: { selector: { matchLabels: labels }, template } }
}

/** The shippers that the add-on amazon-cloudwatch-observability brings, without their configuration. */
export const containerInsightsInstalled: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cloudwatch-agent', namespace } },
  daemonSet('cloudwatch-agent', 'public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300064.1b1344'),
  daemonSet('fluent-bit', 'public.ecr.aws/aws-observability/aws-for-fluent-bit:3.2.4'),
]
