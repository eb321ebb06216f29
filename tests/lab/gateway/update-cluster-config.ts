import { randomUUID } from 'node:crypto'
import { identity } from '../versions.ts'
import { jsonAnswer, jsonError } from './answers.ts'
import { controlPlaneLogs, type UpdatedClusters } from './describe-cluster.ts'
import type { Principals } from './principals.ts'
import type { Handler } from './request.ts'

const path = /^\/clusters\/([^/]+)\/update-config$/

interface Setup {
  readonly types?: readonly string[]
  readonly enabled?: boolean
}

/**
 * ministack has no eks:UpdateClusterConfig. Here it changes what the control plane logs, at once, and what is not named stays as it is; EKS takes minutes.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
 */
export function updateClusterConfig({ accountOf, refusal }: Principals): { readonly row: Handler; readonly updated: UpdatedClusters } {
  const updated = new Map<string, Readonly<Record<string, unknown>>>()
  const row: Handler = {
    operation: 'eks:UpdateClusterConfig',
    matches: ({ service, method, path: at }) => service === 'eks' && method === 'POST' && path.test(at),
    async answer(request, upstream) {
      const name = path.exec(request.path)?.[1] ?? ''
      const arn = `arn:aws:eks:${request.region ?? identity.region}:${accountOf(request) ?? identity.accountId}:cluster/${name}`
      const no = await refusal(request, upstream, 'eks:UpdateClusterConfig', arn)
      if (no !== undefined) return no
      const { logging } = JSON.parse(request.body.toString('utf8')) as { logging?: { clusterLogging?: readonly Setup[] } }
      if (logging?.clusterLogging === undefined)
        return jsonError('InvalidParameterException', 'the lab updates the logging of clusters alone')
      const on = new Set(enabledIn(updated.get(arn)?.['logging'] as { clusterLogging?: readonly Setup[] } | undefined))
      for (const { types: named = [], enabled } of logging.clusterLogging)
        for (const type of named) {
          if (enabled === true) on.add(type)
          else on.delete(type)
        }
      updated.set(arn, { logging: { clusterLogging: setups(on) } })
      return jsonAnswer({
        update: { id: randomUUID(), status: 'Successful', type: 'LoggingUpdate', params: [], createdAt: Date.now() / 1000, errors: [] },
      })
    },
  }
  return { row, updated }
}

const enabledIn = (logging: { readonly clusterLogging?: readonly Setup[] } | undefined): readonly string[] =>
  (logging?.clusterLogging ?? []).flatMap(({ enabled, types: named = [] }) => (enabled === true ? named : []))

/** As DescribeCluster tells it: one entry of what is on, and one of what is off. */
function setups(on: ReadonlySet<string>): readonly Setup[] {
  const [yes, no] = [controlPlaneLogs.filter(type => on.has(type)), controlPlaneLogs.filter(type => !on.has(type))]
  return [...(yes.length === 0 ? [] : [{ types: yes, enabled: true }]), ...(no.length === 0 ? [] : [{ types: no, enabled: false }])]
}
