import { compareVersions, parseVersion } from '#joints/container-image.ts'
import { regionalId } from '#model/kinds-aws-operations.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { addonName, type Addon } from './agent.ts'
import { homeOf, type Cluster } from './home.ts'

/** Which of the add-on's versions are for the cluster. */
export interface OfferedVersions {
  readonly list: Resource<'aws/eks/AddonVersions'>
  /** Index of the version that the cluster has; undefined: EKS no longer lists it. */
  readonly own: number | undefined
  readonly isForCluster: boolean
  /** What EKS would install by itself. */
  readonly defaultVersion: string | undefined
  /** The default is newer. */
  readonly isBehind: boolean
}

/**
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonVersions.html
 * @throws Unread when the versions were not read
 */
export function offeredVersions(world: Reader<'aws/eks/AddonVersions'>, cluster: Cluster, addon: Addon): OfferedVersions | undefined {
  const { account, region } = homeOf(cluster)
  const list = world.find('aws/eks/AddonVersions', regionalId(account, region, addonName), { account, region })
  if (list === undefined) return undefined
  const versions = list.body.addonVersions ?? []
  const isFor = ({ compatibilities = [] }: (typeof versions)[number]) =>
    compatibilities.some(({ clusterVersion }) => clusterVersion === cluster.body.version)
  const own = versions.findIndex(({ addonVersion }) => addonVersion === addon.body.addonVersion)
  const standard = versions.find(({ compatibilities = [] }) =>
    compatibilities.some(({ clusterVersion, defaultVersion }) => clusterVersion === cluster.body.version && defaultVersion === true),
  )?.addonVersion
  return {
    list,
    own: own < 0 ? undefined : own,
    isForCluster: versions[own] !== undefined && isFor(versions[own]),
    defaultVersion: standard,
    isBehind: isOlder(addon.body.addonVersion, standard),
  }
}

/** `v1.10.0-eksbuild.2`: what is no version is not older. */
function isOlder(own: string | undefined, other: string | undefined): boolean {
  const [a, b] = [own, other].map(text => (text === undefined ? undefined : parseVersion(text)))
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0
}

export const updateAddon = (addon: Addon, version: string): Fix => ({
  title: `update the add-on to ${version}`,
  safe: false,
  changes: [
    {
      target: targetOf(addon),
      edit: setting(addon, ['addonVersion'], version),
      permissions: ['eks:UpdateAddon'],
      risk: 'The agent is replaced node by node, and each node is not covered for as long as its pod starts. Where GuardDuty manages the agent it does this by itself.',
    },
  ],
})
