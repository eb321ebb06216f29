import { Unread } from '#base/errors.ts'
import { targetOf, type Change } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'

export type Cluster = Resource<'aws/eks/Cluster'>

/** How the streams of each type of log begin. https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html#viewing-control-plane-logs */
export const streamPrefix: Readonly<Record<string, string>> = {
  api: 'kube-apiserver-',
  audit: 'kube-apiserver-audit-',
  authenticator: 'authenticator-',
  controllerManager: 'kube-controller-manager-',
  scheduler: 'kube-scheduler-',
}

/** The types of control-plane logs that are switched on. @throws Unread when the answer does not say */
export function enabledTypes({ kind, id, body }: Cluster): ReadonlySet<string> {
  const setups = body.logging?.clusterLogging
  if (setups === undefined)
    throw new Unread({
      kind,
      id,
      reason: 'the cluster was read without its logging',
      settle: { by: 'iam', action: 'eks:DescribeCluster' },
    })
  return new Set(setups.flatMap(({ enabled, types = [] }) => (enabled === true ? types : [])))
}

const all = Object.keys(streamPrefix)

/**
 * The edit after which these types are on as well; the others stay as they are.
 * @throws Unread as `enabledTypes`
 */
export const loggingChange = (cluster: Cluster, wanted: readonly string[]): Change => ({
  target: targetOf(cluster),
  edit: {
    do: 'set',
    path: ['logging', 'clusterLogging'],
    before: cluster.body.logging?.clusterLogging,
    after: settingsWith(cluster, new Set([...enabledTypes(cluster), ...wanted])),
  },
  permissions: ['eks:UpdateClusterConfig'],
  risk: 'Audit logs of a busy cluster are gigabytes a day, each paid for. The update takes minutes and up to five free addresses in each of the cluster’s subnets.',
})

/** As DescribeCluster gives it: what is on, and what is off. */
function settingsWith(cluster: Cluster, on: ReadonlySet<string>): readonly object[] {
  const types = [...new Set([...all, ...(cluster.body.logging?.clusterLogging ?? []).flatMap(({ types: each = [] }) => each)])]
  const [yes, no] = [types.filter(type => on.has(type)), types.filter(type => !on.has(type))]
  return [{ types: yes, enabled: true }, ...(no.length === 0 ? [] : [{ types: no, enabled: false }])]
}
