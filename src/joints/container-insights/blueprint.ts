import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { namedKey } from '#joints/named-key.ts'
import type { BlueprintLogs } from '#model/blueprint.ts'
import { agentParts } from '../pod-identity/agent-proposals.ts'
import { enabledTypes, loggingChange } from './control-plane.ts'
import { controlPlaneGroup, homeOf } from './destinations.ts'
import { groupProposals, logKeyProposals } from './group-proposals.ts'
import { insightsGroups, shipperKinds, shipperProposals } from './shipper-proposals.ts'

export default {
  joint: 'container-insights',
  parts: ({ logs }) =>
    logs === undefined ? [] : [...groupParts(logs), ...(logs.insights === true ? insightsParts(logs) : []), ...controlPlaneParts(logs)],
} satisfies JointBlueprint

/** Groups come before what writes to them: whoever makes one sets neither retention nor key. */
const groupParts = (logs: BlueprintLogs) => [
  definePart({
    about: 'the log groups of the cluster',
    reads: ['aws/eks/Cluster', 'aws/kms/Key', 'aws/logs/LogGroup'],
    propose(world, cluster) {
      const home = homeOf(world, cluster.body.name)
      const key = logs.key === undefined ? undefined : namedKey(world, cluster, logs.key, logs.where)
      // Those of a control plane that logs nothing are never written.
      const logsAny = logs.controlPlane.length > 0 || enabledTypes(cluster).size > 0
      const names = [...(logs.insights === true ? insightsGroups(home.name) : []), ...(logsAny ? [controlPlaneGroup(home.name)] : [])]
      return [
        ...(key === undefined ? [] : logKeyProposals(key, home, names)),
        ...names.flatMap(name => groupProposals(world, home, name, { retentionDays: logs.retentionDays, key })),
      ]
    },
  }),
]

const insightsParts = (logs: BlueprintLogs) => [
  definePart({
    about: 'Container Insights',
    reads: shipperKinds,
    propose: (world, cluster) => shipperProposals(world, homeOf(world, cluster.body.name), logs.where),
  }),
  // Of the association that the agent and Fluent Bit then have.
  ...agentParts([], true),
]

const controlPlaneParts = ({ controlPlane }: BlueprintLogs) => [
  definePart({
    about: 'logs of the control plane',
    reads: [],
    propose(_world, cluster) {
      const enabled = enabledTypes(cluster)
      const off = controlPlane.filter(type => !enabled.has(type))
      if (off.length === 0) return []
      return [
        {
          change: loggingChange(cluster, off),
          title: `keep the ${off.join(', ')} log${off.length === 1 ? '' : 's'} of the control plane`,
          makes: 'container-insights: control-plane logs',
          // The cluster says what it logs when the update is over.
          wait: { for: 'ready', seconds: 600 },
        },
      ]
    },
  }),
]
