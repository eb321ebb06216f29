import { Unread } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { homeOf, type Cluster } from './home.ts'

export type Coverage = Resource<'aws/guardduty/Coverage'>

/**
 * What GuardDuty says of its agent in the cluster.
 * https://docs.aws.amazon.com/guardduty/latest/ug/eks-runtime-monitoring-coverage.html
 * @throws Unread when it says nothing, or was not asked
 */
export function coverageOf(world: Reader<'aws/guardduty/Coverage'>, cluster: Cluster): Coverage {
  const home = homeOf(cluster)
  const [found] = world.where('aws/guardduty/Coverage', 'cluster', `${home.account}\n${cluster.body.name}`, home)
  if (found !== undefined) return found
  throw new Unread({
    kind: 'aws/guardduty/Coverage',
    reason: `GuardDuty lists no coverage of cluster ${cluster.body.name}`,
    settle: { by: 'user', step: 'wait: a cluster is listed some minutes after runtime monitoring is switched on' },
  })
}
