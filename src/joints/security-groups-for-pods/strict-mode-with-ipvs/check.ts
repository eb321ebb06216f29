import { load, YAMLException } from 'js-yaml'
import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../branch-interface.ts'
import { enforcingOf } from '../enforcing-mode.ts'

export default defineCheck({
  id: 'security-groups-for-pods/strict-mode-with-ipvs',
  title: 'Security groups for pods are in strict mode, and kube-proxy uses IPVS',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: ['k8s/ConfigMap'],
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110',
    'https://docs.aws.amazon.com/eks/latest/best-practices/ipvs.html',
  ],

  test({ subject: daemonSet, world }) {
    if (daemonSet.id !== 'kube-system/aws-node') return skip('not the VPC CNI')
    const enforcing = enforcingOf(world, clusterOf(daemonSet.scope))
    if (enforcing === undefined) return skip('not the VPC CNI')
    if (enforcing.mode === 'standard') return pass(enforcing.at)
    const configMap = world.find('k8s/ConfigMap', 'kube-system/kube-proxy-config', daemonSet.scope)
    const mode = configMap === undefined ? undefined : proxyMode(configMap)
    if (configMap === undefined || mode !== 'ipvs')
      return pass(configMap?.at(['data', 'config'], 'kube-proxy does not use IPVS') ?? enforcing.at)
    return fail({
      message: `security groups for pods are in strict mode in cluster ${clusterOf(daemonSet.scope)}, and kube-proxy uses IPVS, which strict mode does not support`,
      evidence: [enforcing.at, configMap.at(['data', 'config'], 'mode: ipvs')],
      effect: 'Pods with groups of their own do not reach addresses of Services, that of DNS among them.',
      help: 'Set POD_SECURITY_GROUP_ENFORCING_MODE of aws-node to standard and replace the pods, or run kube-proxy in the mode iptables or nftables.',
    })
  },
})

/** @throws Unread when the configuration cannot be read */
function proxyMode(configMap: Resource<'k8s/ConfigMap'>): string | undefined {
  try {
    const configuration = load(configMap.body.data?.['config'] ?? '')
    if (typeof configuration !== 'object' || configuration === null) return undefined
    return String((configuration as { mode?: unknown }).mode ?? '')
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw new Unread({ kind: configMap.kind, id: configMap.id, reason: 'the configuration of kube-proxy is no YAML' })
  }
}
