import { seenRoleOf } from '#joints/node-instance.ts'
import { perWorld } from '#joints/per-world.ts'
import { serviceAccountKey, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { bearersByAccount, type Bearer, type BearerReader } from './role-bearers.ts'

type NeighbourReader = BearerReader & Reader<'aws/ec2/Instance' | 'k8s/Node' | (typeof workloadKinds)[number]>

const nodeKey = (pod: Resource<'k8s/Pod'>): string => `${'cluster' in pod.scope ? pod.scope.cluster : ''}\n${pod.body.spec?.nodeName ?? ''}`

/** Who asks for a role on each node: built once, so that no workload is compared with every other. */
const bearersOnNode = perWorld((world: NeighbourReader): ReadonlyMap<string, ReadonlySet<Bearer>> => {
  const found = new Map<string, Set<Bearer>>()
  for (const pod of world.seen('k8s/Pod')) {
    if (pod.body.spec?.nodeName === undefined || !('cluster' in pod.scope)) continue
    const bearer = bearersByAccount(world).get(
      serviceAccountKey(pod.scope.cluster, pod.body.metadata.namespace, pod.body.spec.serviceAccountName ?? 'default'),
    )
    if (bearer === undefined) continue
    const key = nodeKey(pod)
    const set = found.get(key)
    if (set === undefined) found.set(key, new Set([bearer]))
    else set.add(bearer)
  }
  return found
})

const roleOfNode = perWorld((world: NeighbourReader): ReadonlyMap<string, string> => {
  const pairs = world.seen('k8s/Node').flatMap(node => {
    const { scope, body } = node
    const role = seenRoleOf(world, node)
    return role === undefined || !('cluster' in scope) ? [] : [[`${scope.cluster}\n${body.metadata.name}`, role.id] as const]
  })
  return new Map(pairs)
})

/** What a workload's pods find on the nodes that they run on now. */
export interface OnNodes {
  readonly nodes: number
  /** Roles of the nodes. */
  readonly nodeRoles: readonly string[]
  /** Other service accounts that ask for roles there. */
  readonly neighbours: readonly Bearer[]
}

export function onNodesOf(world: NeighbourReader, workload: Workload): OnNodes {
  const keys = [...new Set(workload.seenPods.filter(pod => pod.body.spec?.nodeName !== undefined).map(nodeKey))]
  const own = bearersByAccount(world).get(serviceAccountKey(workload.cluster, workload.namespace, workload.serviceAccountName))
  const neighbours = new Set(keys.flatMap(key => [...(bearersOnNode(world).get(key) ?? [])]))
  return {
    nodes: keys.length,
    nodeRoles: [...new Set(keys.flatMap(key => roleOfNode(world).get(key) ?? []))].sort(),
    neighbours: [...neighbours].filter(bearer => bearer !== own),
  }
}
