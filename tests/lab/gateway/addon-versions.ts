import { isRefusal, jsonAnswer } from './answers.ts'
import type { Handler } from './request.ts'

/** Two versions of each, the newer the default: enough to be behind. Their numbers are the lab's own. */
const versions: Readonly<Record<string, readonly [string, string]>> = {
  'amazon-cloudwatch-observability': ['v4.4.0-eksbuild.1', 'v4.3.1-eksbuild.1'],
  'aws-ebs-csi-driver': ['v1.50.1-eksbuild.1', 'v1.49.0-eksbuild.1'],
  'aws-guardduty-agent': ['v1.11.0-eksbuild.4', 'v1.10.0-eksbuild.2'],
  'aws-secrets-store-csi-driver-provider': ['v3.1.0-eksbuild.1', 'v2.2.2-eksbuild.1'],
  'eks-pod-identity-agent': ['v1.3.9-eksbuild.3', 'v1.3.8-eksbuild.2'],
  'vpc-cni': ['v1.20.4-eksbuild.1', 'v1.20.3-eksbuild.1'],
}
const clusterVersions = ['1.37', '1.36', '1.35']

/** eks:DescribeAddonVersions, by name and for a version of Kubernetes. An add-on that nobody knows gives an empty list. */
export const addonVersions: Handler = {
  operation: 'eks:DescribeAddonVersions',
  matches: ({ service, method, path }) => service === 'eks' && method === 'GET' && path === '/addons/supported-versions',
  async answer(request, upstream) {
    const answer = await upstream(request)
    if (isRefusal(answer)) return answer
    const query = new URLSearchParams(request.target.split('?')[1])
    const [name, cluster] = [query.get('addonName'), query.get('kubernetesVersion')]
    const addons = Object.entries(versions).flatMap(([addonName, numbers]) =>
      name === null || name === addonName
        ? [{ addonName, owner: 'aws', publisher: 'eks', addonVersions: numbers.map(ofVersion(cluster)) }]
        : [],
    )
    return jsonAnswer({ addons })
  },
}

const ofVersion = (cluster: string | null) => (addonVersion: string, index: number) => ({
  addonVersion,
  architecture: ['amd64', 'arm64'],
  computeTypes: ['ec2', 'auto'],
  compatibilities: clusterVersions
    .filter(version => cluster === null || version === cluster)
    .map(clusterVersion => ({ clusterVersion, platformVersions: ['*'], defaultVersion: index === 0 })),
  requiresConfiguration: false,
  requiresIamPermissions: false,
})
