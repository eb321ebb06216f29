import { defineCheck } from '#joints/define.ts'
import { isTrue, vpcCniOf } from '#joints/vpc-cni.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from '../branch-interface.ts'
import { settingAt, settingVariable } from '../enforcing-mode.ts'

const name = 'ENABLE_POD_ENI'

export default defineCheck({
  id: 'security-groups-for-pods/pod-eni-disabled',
  title: 'The VPC CNI does not ask for trunk interfaces, so no pod gets groups of its own',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: ['k8s/ConfigMap'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-pods-deployment.html',
    'https://github.com/aws/amazon-vpc-cni-k8s#enable_pod_eni-v170',
  ],

  test({ subject: daemonSet, world }) {
    if (daemonSet.id !== 'kube-system/aws-node') return skip('not the VPC CNI')
    const cluster = clusterOf(daemonSet.scope)
    const cni = vpcCniOf(world, cluster)
    if (cni === undefined) return skip('not the VPC CNI')
    const setting = cni.variable(name)
    if (isTrue(setting)) return pass(settingAt(cni, setting, 'nodes get a trunk interface'))
    const misplaced = inConfigMap(world, cluster)
    const change = settingVariable(
      cni,
      'containers',
      name,
      'true',
      'aws-node is restarted on every node, and each node gives up one of its network interfaces for the trunk. The add-on keeps the value unless its conflicts are resolved by OVERWRITE: set it in its configuration too.',
    )
    return fail({
      message: `SecurityGroupPolicies select pods of cluster ${cluster}, and ${name} of the VPC CNI is ${setting.value === undefined ? 'not set' : JSON.stringify(setting.value)}`,
      evidence: [
        settingAt(cni, setting, setting.path === undefined ? `the container aws-node has no ${name}` : 'this is not true'),
        ...misplaced,
      ],
      effect:
        'Nodes have no trunk interface and offer no vpc.amazonaws.com/pod-eni, so pods that a policy selects stay Pending (Insufficient vpc.amazonaws.com/pod-eni).',
      ...(change === undefined
        ? { help: `Set ${name} to true in the container aws-node of the DaemonSet aws-node.` }
        : { fix: { title: `set ${name} of the VPC CNI to true`, safe: false, changes: [change] } }),
    })
  },
})

/** A key that the VPC CNI does not look for there. */
function inConfigMap(world: Reader<'k8s/ConfigMap'>, cluster: string): readonly Evidence[] {
  const configMap = world
    .seen('k8s/ConfigMap')
    .find(({ id, scope }) => id === 'kube-system/amazon-vpc-cni' && 'cluster' in scope && scope.cluster === cluster)
  const key = Object.keys(configMap?.body.data ?? {}).find(candidate => candidate.toUpperCase().replaceAll('-', '_') === name)
  return configMap === undefined || key === undefined ? [] : [configMap.at(['data', key], 'the VPC CNI does not read it from here')]
}
