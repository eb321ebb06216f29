import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { offeredVersions, updateAddon } from '../addon-versions.ts'
import { addonName, addonOf } from '../agent.ts'

export default defineCheck({
  id: 'guardduty/agent-version-incompatible',
  title: 'The version of the GuardDuty agent is not made for the Kubernetes version of the cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/eks/Addon', 'aws/eks/AddonVersions'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/prereq-runtime-monitoring-eks-support.html',
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonVersions.html',
  ],

  test({ subject: cluster, world }) {
    const addon = addonOf(world, cluster)
    if (addon?.body.addonVersion === undefined) return skip(`the cluster has no add-on ${addonName} that tells its version`)
    const { version } = cluster.body
    if (version === undefined) return skip('the cluster does not tell its Kubernetes version')
    const offered = offeredVersions(world, cluster, addon)
    if (offered?.own === undefined) return skip(`EKS does not list version ${addon.body.addonVersion}`)
    const { list, own, isForCluster, defaultVersion } = offered
    const at = list.at(
      ['addonVersions', own, 'addonVersion'],
      isForCluster ? 'it is for the version of the cluster' : `it is not for Kubernetes ${version}`,
    )
    if (isForCluster) return pass(addon.at(['addonVersion'], 'the agent of the cluster'), at)
    return fail({
      message: `agent ${addon.body.addonVersion} is not made for Kubernetes ${version} of cluster ${cluster.body.name}`,
      evidence: [addon.at(['addonVersion'], 'the version of the agent'), cluster.at(['version'], 'the version of the cluster'), at],
      effect: 'GuardDuty reports Addon Creation Failed or an unhealthy coverage, and the agent gets no updates.',
      ...(defaultVersion === undefined
        ? {
            help: `No version of the agent is for Kubernetes ${version} in this region: GuardDuty covers the cluster again when one is, or the cluster is upgraded.`,
          }
        : { fix: updateAddon(addon, defaultVersion) }),
    })
  },
})
