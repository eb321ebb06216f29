import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { desiredPods, freeOn, missingPods } from '../capacity.ts'
import { allocatablePath, branchInterfacesOf, eligibleNodes } from '../eligible-nodes.ts'
import { runsOnFargate } from '../fargate.ts'
import { growthOf } from '../node-groups.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/capacity-short-at-peak',
  title: 'A workload may grow beyond the branch interfaces of the nodes it may run on',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'aws/eks/Cluster', 'aws/eks/Nodegroup', 'k8s/HorizontalPodAutoscaler', 'k8s/Node', 'k8s/NodePool'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const desired = desiredPods(workload)
    if (desired === undefined) return skip('it makes pods by the node or by the clock')
    const nodes = eligibleNodes(world, workload).filter(node => branchInterfacesOf(node) > 0)
    if (nodes.length === 0) return skip('no node that fits offers branch interfaces')
    workload.pods()
    const scaled = scaledTo(world, workload)
    const count = Math.max(desired.count, scaled?.count ?? 0)
    const surge = surgeOf(workload, count)
    const placed = desired.count - missingPods(workload)
    const free = nodes.reduce((sum, node) => sum + freeOn(world, node), 0)
    const most = count + surge.count - placed
    const here = nodes.slice(0, 3).map(node => node.at(allocatablePath, `${freeOn(world, node)} of these are left`))
    if (most <= free) return pass(...(scaled === undefined ? [] : [scaled.at]), ...here)
    if (world.list('k8s/NodePool', { cluster: workload.cluster }).length > 0) return skip('Karpenter adds nodes where pods ask for more')
    const cluster = eksCluster(world, workload.cluster)
    if (cluster === undefined) throw new Unread(whyNoCluster(world, workload.cluster))
    const growth = growthOf(world, workload.cluster, cluster.scope, nodes)
    if (growth === undefined) throw ofNobody(nodes[0]?.id)
    const groups = growth.groups.map(group => group.at(['scalingConfig'], 'the node group may grow this far'))
    if (most <= free + growth.interfaces) return pass(...groups, ...here)
    return fail({
      message: peakText(workload, { count, surge: surge.count, most, free, growth: growth.interfaces }),
      evidence: [
        scaled?.at ?? workload.resource.at(desired.path, 'the pods of now'),
        ...(surge.at === undefined ? [] : [surge.at]),
        ...here,
        ...groups,
      ],
      effect:
        'The last pods stay Pending, and a rollout that must first add pods stands still. Interfaces of deleted pods rest for a minute (branch-eni-cooldown) before they count again, which the scheduler does not know.',
      help: 'Let the node groups grow further, choose a type with more branch interfaces, lower maxReplicas, or let rollouts take pods away first (maxSurge 0).',
    })
  },
})

/** How far an autoscaler may go. */
function scaledTo(
  world: Reader<'k8s/HorizontalPodAutoscaler'>,
  { cluster, resource, namespace }: Workload,
): { count: number; at: Evidence } | undefined {
  const target = `${resource.kind.slice(4)}/${namespace}/${resource.body.metadata.name}`
  const [autoscaler] = world.where('k8s/HorizontalPodAutoscaler', 'target', target, { cluster })
  const count = autoscaler?.body.spec?.maxReplicas
  if (autoscaler === undefined || count === undefined) return undefined
  return { count, at: autoscaler.at(['spec', 'maxReplicas'], 'it may be scaled to this') }
}

/** Pods that a rolling update makes before it takes others away: 25%, rounded up, unless it says otherwise. */
function surgeOf({ resource }: Workload, replicas: number): { count: number; at?: Evidence } {
  if (resource.kind !== 'k8s/Deployment') return { count: 0 }
  const { strategy } =
    (resource.body as { spec?: { strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string } } } }).spec ?? {}
  if (strategy?.type === 'Recreate') return { count: 0 }
  const given = strategy?.rollingUpdate?.maxSurge
  const text = String(given ?? '25%')
  const count = text.endsWith('%') ? Math.ceil((replicas * Number(text.slice(0, -1))) / 100) : Number(text)
  return given === undefined
    ? { count }
    : { count, at: resource.at(['spec', 'strategy', 'rollingUpdate', 'maxSurge'], 'a rollout makes this many more') }
}

const ofNobody = (node: string | undefined): Unread =>
  new Unread({
    kind: 'aws/eks/Nodegroup',
    ...(node === undefined ? {} : { id: node }),
    reason: 'a node is of no managed node group that was read, so nobody tells how many more like it may come',
    settle: {
      by: 'user',
      step: 'compare the most pods that the workload may have with the branch interfaces of the largest size of its Auto Scaling group',
    },
  })

interface Peak {
  readonly count: number
  readonly surge: number
  readonly most: number
  readonly free: number
  readonly growth: number
}

function peakText({ name }: Workload, { count, surge, most, free, growth }: Peak): string {
  const pods = `${count} pod${count === 1 ? '' : 's'}${surge === 0 ? '' : ` and ${surge} more in a rollout`}`
  const wanted = `${most} more branch interface${most === 1 ? '' : 's'}`
  return `${name} may have ${pods}, which takes ${wanted}, and the nodes that it may run on have ${free} left${growth === 0 ? '' : ` and may bring ${growth}`}`
}
