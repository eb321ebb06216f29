import { Unread } from '#base/errors.ts'
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
