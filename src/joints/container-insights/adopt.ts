import { ownOf } from '#joints/clusters.ts'
import { defineAdoption, nowhere } from '#joints/define-adoption.ts'
import type { ControlPlaneLog } from '#model/blueprint.ts'
import { isObservability } from './addon.ts'
import { enabledTypes } from './control-plane.ts'
import { clusterOfGroup } from './destinations.ts'

/** The add-on, the control plane's logs, and how long the cluster's groups keep them, where all say the same. */
export default defineAdoption({
  fills: 'logs',
  reads: ['aws/eks/Addon', 'aws/logs/LogGroup'],
  adopt(world, cluster) {
    const { name } = cluster.body
    const addOns = world.where('aws/eks/Addon', 'cluster', name, ownOf(cluster))
    const groups = world.list('aws/logs/LogGroup', cluster.scope).filter(({ body }) => clusterOfGroup(body.logGroupName) === name)
    const retentions = new Set(groups.map(({ body }) => body.retentionInDays))
    const keys = new Set(groups.map(({ body }) => body.kmsKeyId))
    const [retentionDays] = retentions
    const [key] = keys
    const logs = {
      ...(addOns.some(isObservability) ? { insights: true } : {}),
      ...(retentions.size === 1 && retentionDays !== undefined ? { retentionDays } : {}),
      controlPlane: [...enabledTypes(cluster)].sort() as ControlPlaneLog[],
      ...(keys.size === 1 && key !== undefined ? { key } : {}),
      where: nowhere,
    }
    const remarks =
      retentions.size > 1 ? ['logs: the log groups of the cluster keep events for different times; retention would make them alike.'] : []
    const isSomething = logs.insights === true || logs.controlPlane.length > 0 || groups.length > 0
    return isSomething ? { part: { logs }, remarks } : undefined
  },
})
