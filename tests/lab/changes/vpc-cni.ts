import type { apply } from '../irsa/workloads.ts'

/** The VPC CNI as its add-on makes it. */
export function vpcCni(env: Readonly<Record<string, string>>, isEnforcing = false): Parameters<typeof apply>[1] {
  const labels = { 'k8s-app': 'aws-node' }
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
      data: { 'enable-network-policy-controller': String(isEnforcing) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'aws-node', namespace: 'kube-system' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { nowhere: 'true' },
            initContainers: [{ name: 'aws-vpc-cni-init', image: 'amazon-k8s-cni-init:v1.20.4' }],
            containers: [
              { name: 'aws-node', image: 'amazon-k8s-cni:v1.20.4', env: Object.entries(env).map(([key, value]) => ({ name: key, value })) },
              {
                name: 'aws-eks-nodeagent',
                image: 'amazon/aws-network-policy-agent:v1.2.7',
                args: [`--enable-network-policy=${String(isEnforcing)}`],
              },
            ],
          },
        },
      },
    },
  ]
}
