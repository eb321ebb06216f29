import type { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { eksCluster } from './clusters.ts'
import type { Clue } from './clues.ts'
import { components } from './component-versions/all.ts'
import { isImageOf } from './component-versions/define.ts'
import { guardDutyAgent } from './component-versions/guardduty.ts'
import type { Workload } from './workloads.ts'

/** Kinds in which a service says how that is which it brought to a cluster. */
export const healthKinds = ['aws/eks/Addon', 'aws/guardduty/Coverage'] as const

/** What EKS says of the add-on that a workload is part of, and GuardDuty of the nodes that its agent covers. */
export function healthClues(world: World, { cluster: name, template }: Workload): readonly Clue[] {
  const images = template.spec.containers.flatMap(({ image }) => image ?? [])
  const parts = components.filter(component => images.some(image => isImageOf(component, image)))
  const cluster = eksCluster(world, name)
  if (parts.length === 0 || cluster === undefined) return []
  const addons = new Set(parts.flatMap(component => component.addons ?? []))
  return [
    ...world
      .seen('aws/eks/Addon')
      .filter(addon => addons.has(addon.body.addonName) && addon.body.clusterName === name && isBeside(addon, cluster))
      .flatMap(issuesOf),
    ...world
      .seen('aws/guardduty/Coverage')
      .filter(({ body }) => parts.includes(guardDutyAgent) && body.ResourceDetails?.EksClusterDetails?.ClusterName === name)
      .filter(coverage => isBeside(coverage, cluster))
      .flatMap(issueOf),
  ]
}

/** In the account and region of the cluster, of whose name others have one too. */
const isBeside = ({ scope }: Pick<Resource, 'scope'>, { scope: home }: Pick<Resource, 'scope'>): boolean =>
  'account' in scope && 'account' in home && scope.account === home.account && scope.region === home.region

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonIssue.html */
const issuesOf = (addon: Resource<'aws/eks/Addon'>): readonly Clue[] =>
  (addon.body.health?.issues ?? []).flatMap(({ message = '' }, index) =>
    message === ''
      ? []
      : [
          {
            text: message,
            from: `health of add-on ${addon.body.addonName}`,
            evidence: addon.at(['health', 'issues', index, 'message'], ''),
          },
        ],
  )

/** https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html */
function issueOf(coverage: Resource<'aws/guardduty/Coverage'>): readonly Clue[] {
  const { Issue: text = '', UpdatedAt: at, CoverageStatus: status } = coverage.body
  if (text === '') return []
  const said = { text, from: 'coverage by GuardDuty', evidence: coverage.at(['Issue'], ''), ...(at === undefined ? {} : { at }) }
  return [status === 'HEALTHY' ? { ...said, past: true } : said]
}
