import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { offeredVersions, updateAddon } from '../addon-versions.ts'
import { addonName, addonOf } from '../agent.ts'

export default defineCheck({
  id: 'guardduty/agent-outdated',
  title: 'The GuardDuty agent is older than the version that EKS installs',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/eks/Addon', 'aws/eks/AddonVersions'],
  sources: ['https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-agent-release-history.html'],

  test({ subject: cluster, world }) {
    const addon = addonOf(world, cluster)
    if (addon?.body.addonVersion === undefined) return skip(`the cluster has no add-on ${addonName} that tells its version`)
    const offered = offeredVersions(world, cluster, addon)
    if (offered?.defaultVersion === undefined) return skip('EKS offers no version for the cluster')
    if (offered.own !== undefined && !offered.isForCluster) return skip('guardduty/agent-version-incompatible says so')
    const index = (offered.list.body.addonVersions ?? []).findIndex(({ addonVersion }) => addonVersion === offered.defaultVersion)
    const standard = offered.list.at(['addonVersions', index, 'addonVersion'], 'what EKS installs on such a cluster')
    const own = addon.at(['addonVersion'], 'the agent of the cluster')
    if (!offered.isBehind) return pass(own, standard)
    return fail({
      message: `agent ${addon.body.addonVersion} of cluster ${cluster.body.name} is older than ${offered.defaultVersion}`,
      evidence: [own, standard],
      effect: 'Newer kernels and operating systems, and what newer finding types need, are not covered.',
      fix: updateAddon(addon, offered.defaultVersion),
    })
  },
})
